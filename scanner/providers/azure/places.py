"""The region that geo-redundant copies go to: what the cloud says today, and the fact table where it does not."""

from collections.abc import Iterable, Mapping
from typing import Any

from scanner.facts import azure_regions
from scanner.facts.located import GLOBAL
from scanner.providers.azure.members import text, values

ANYWHERE = GLOBAL
"""Edge sites or machines in any region: not a place."""
LOCATIONS_VERSION = "2022-12-01"
normalise = azure_regions.normal


class Pairs:
    """Paired regions of one cloud. `live`: the pair by region, as `GET /subscriptions/{id}/locations` tells it."""

    def __init__(self, partition: str, live: Mapping[str, str]) -> None:
        self._partition = partition
        self._live = live

    @classmethod
    def of(cls, partition: str, locations: Iterable[Mapping[str, Any]]) -> "Pairs":
        """From the elements of the list of locations. Logical locations have no pair and are left out."""
        return cls(
            partition,
            {
                normalise(text(location, "name")): normalise(text(location, "metadata.pairedRegion[].name"))
                for location in locations
                if text(location, "metadata.regionType").lower() == "physical"
                or values(location, "metadata.pairedRegion[]")
            },
        )

    def of_region(self, region: str) -> str | None:
        """The pair; empty when the region has none, None when the region is not known."""
        live = self._live.get(region)
        return live if live is not None else azure_regions.pair_of(self._partition, region).region

    def of_vault(self, region: str) -> str | None:
        """The region that a vault's contents are copied to on their own; empty for none, None when not known."""
        known = azure_regions.pair_of(self._partition, region)
        if known.region is None:
            return None
        return self.of_region(region) if known.vault_copy else ""
