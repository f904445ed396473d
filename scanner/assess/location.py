"""The country of a resource, from the region and zone that were observed."""

from collections.abc import Callable
from datetime import date

from scanner.facts.located import Located
from scanner.facts.registry import Registry
from scanner.model import ObservedResource
from scanner.model.records import Place

SITE = "the address of the site, as the provider keeps it"


def location_of(
    resource: ObservedResource, whereabouts: Callable[[str], Place | None], registry: Registry, today: date
) -> Located:
    """Where the machines behind `resource` stand; a zone elsewhere (Local Zone, Outpost) decides before the region.

    Hardware on a site of the customer's is in no table. Its country is what the provider knows of the site, where the
    hardware is itself in the scan.
    """
    located = registry.locate(resource.provider, resource.partition, resource.region, resource.zone)
    if located.country is None and resource.zone:
        site = whereabouts(resource.zone)
        if site is not None and site.country:
            return on_site(site.country, today)
    return located


def on_site(country: str, today: date) -> Located:
    """The place of hardware that the provider delivered to an address: what the provider says is not ours to doubt."""
    return Located(country=country, confirmed=True, source=SITE, as_of=today)
