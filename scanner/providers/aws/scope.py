"""Which types of the catalog a scan is about."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from scanner.errors import UsageError
from scanner.providers.aws.catalog import Catalog, Type


def choose(
    catalog: Catalog,
    *,
    types: Sequence[str] = (),
    services: Sequence[str] = (),
    exclude_types: Sequence[str] = (),
    exclude_services: Sequence[str] = (),
) -> dict[str, Type]:
    """The types asked for, in catalog order; UsageError for an unknown word or when nothing is left.

    A type listed once per resource of another brings that one along, since it cannot be listed without.
    """
    _known("resource type", (*types, *exclude_types), catalog.types)
    _known("service", (*services, *exclude_services), catalog.by_service)
    chosen = {
        id_
        for id_, type_ in catalog.types.items()
        if (not types and not services) or id_ in types or type_.service in services
    }
    chosen -= set(exclude_types)
    chosen -= {id_ for id_ in chosen if catalog.types[id_].service in exclude_services}
    if not chosen:
        raise UsageError("No resource type is left to scan: what is asked for is also excluded.")
    for id_ in tuple(chosen):
        parent = catalog.types[id_].parent
        while parent:
            chosen.add(parent)
            parent = catalog.types[parent].parent
    return {id_: type_ for id_, type_ in catalog.types.items() if id_ in chosen}


def _known(what: str, words: Sequence[str], known: Collection[str]) -> None:
    for word in words:
        if word not in known:
            near = get_close_matches(word, known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise UsageError(f"There is no {what} '{word}' in the catalog.{hint}")
