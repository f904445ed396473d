"""In which other regions a managed HSM keeps the same keys."""

from collections.abc import Mapping

from scanner.model import Gap, GapReason
from scanner.providers.azure.call import Json, Reader
from scanner.providers.azure.declaration import catalog
from scanner.providers.azure.members import misshapen, values
from scanner.providers.azure.places import normalise
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.vaults import HSM, Store
from scanner.providers.azure.versions import read
from scanner.providers.azure.work import Work

_PATH = "properties.regions[].name"


def other_regions(store: Store, arm: Reader, work: Work) -> tuple[tuple[str, ...] | None, tuple[Gap, ...]]:
    """The regions beside its own; None with a gap where they could not be read.

    Resource Graph may show an HSM in an older version, which knows of no other regions. Where its row does not speak of
    them the HSM itself is read in the version of the catalog, and only silence there means that there is none.
    """
    body: Json = store.body
    type_ = catalog()[HSM]
    try:
        if not _speaks(body):
            body, _ = read(arm, type_, store.id, work.tally)
        if misshapen(body, _PATH):
            raise RefusalError(GapReason.MALFORMED, "the regions are no list", operation=type_.operation)
    except RefusalError as error:
        work.refused(type_.type, error)
        return None, (error.gap("replicas"),)
    named = {normalise(str(value)) for value in values(body, _PATH)}
    return tuple(sorted(named - {"", store.region})), ()


def _speaks(body: Json) -> bool:
    properties = body.get("properties")
    return isinstance(properties, Mapping) and properties.get("regions") is not None
