"""The country of a resource, from the region and zone that were observed."""

from scanner.facts.located import Located
from scanner.facts.registry import Registry
from scanner.model import ObservedResource


def location_of(resource: ObservedResource, registry: Registry) -> Located:
    """Where the machines behind `resource` stand; a zone elsewhere (an AWS Local Zone) decides before the region."""
    return registry.locate(resource.provider, resource.partition, resource.region, resource.zone)
