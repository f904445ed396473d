"""Azure region names in one spelling, and the region that geo-redundant copies go to."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from scanner.providers.azure.members import text, values

ANYWHERE = "global"
"""Edge sites or machines in any region: not a place."""
LOCATIONS_VERSION = "2022-12-01"


def normalise(name: str) -> str:
    """`France Central`, `FranceCentral` and `francecentral` are one region."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


class Pairs:
    """Paired regions, as the cloud's own list of locations tells them."""

    def __init__(self, pairs: Mapping[str, str]) -> None:
        self._pairs = pairs

    @classmethod
    def of(cls, locations: Iterable[Mapping[str, Any]]) -> "Pairs":
        """From the elements of `GET /subscriptions/{id}/locations`; logical locations have no pair and are left out."""
        return cls(
            {
                normalise(text(location, "name")): normalise(text(location, "metadata.pairedRegion[].name"))
                for location in locations
                if text(location, "metadata.regionType").lower() == "physical"
                or values(location, "metadata.pairedRegion")
            }
        )

    def of_region(self, region: str) -> str | None:
        """The pair; empty when the region has none, None when the region is not known."""
        return self._pairs.get(region)
