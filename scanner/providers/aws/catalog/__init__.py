"""The AWS resource types that store, process or route customer data, as declarations.

`types/` holds one file a category. Add a type by adding an entry; no code knows a type by its name.
"""

from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from scanner import strictyaml
from scanner.providers.aws.catalog.declaration import (
    Availability,
    CopyRule,
    Detail,
    EgressRule,
    EncryptionRule,
    Fields,
    FindsRule,
    ListCall,
    NoKey,
    Params,
    RetentionRule,
    SizeRule,
    State,
    TagRule,
    TiesRule,
    ToIs,
    Type,
)

__all__ = [
    "Availability",
    "Catalog",
    "CopyRule",
    "Detail",
    "EgressRule",
    "EncryptionRule",
    "Fields",
    "FindsRule",
    "ListCall",
    "NoKey",
    "Params",
    "RetentionRule",
    "SizeRule",
    "State",
    "TagRule",
    "TiesRule",
    "ToIs",
    "Type",
    "load",
]

_HERE = Path(__file__).parent


class Catalog(Struct, frozen=True, kw_only=True):
    """Every type, parents before the types listed under them."""

    types: dict[str, Type]
    by_service: dict[str, tuple[Type, ...]]
    literals: dict[str, NoKey]
    """Words that stand in a key field and are no key; a trailing `*` stands for any ending."""
    as_of: str
    """Date of the oldest file."""

    def literal(self, key: str) -> NoKey | None:
        """What `key` means when it is such a word; None when it names a key."""
        for word, meaning in self.literals.items():
            if key == word or (word.endswith("*") and key.startswith(word[:-1])):
                return meaning
        return None


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    category: str
    source: str
    as_of: str
    types: dict[str, Type]


class _Literals(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: str
    as_of: str
    literals: dict[str, NoKey]


@cache
def load() -> Catalog:
    """Read the catalog, once a process (about a tenth of a second). SourceError if a file is not as declared."""
    files = [strictyaml.load_file(path, _File, f"{path.parent.name}/{path.name}").value for path in _paths()]
    literals = strictyaml.load_file(_HERE / "literals.yaml", _Literals).value
    types = {
        id_: msgspec.structs.replace(
            type_, id=id_, service=type_.service or id_.partition(".")[0], category=file.category
        )
        for file in files
        for id_, type_ in file.types.items()
    }
    ordered = _parents_first(types)
    by_service: dict[str, list[Type]] = {}
    for type_ in ordered.values():
        by_service.setdefault(type_.service, []).append(type_)
    return Catalog(
        types=ordered,
        by_service={service: tuple(members) for service, members in by_service.items()},
        literals=dict(literals.literals),
        as_of=min(literals.as_of, *(file.as_of for file in files)),
    )


def _paths() -> list[Path]:
    return sorted((_HERE / "types").glob("*.yaml"))


def _parents_first(types: dict[str, Type]) -> dict[str, Type]:
    ordered: dict[str, Type] = {}

    def place(type_: Type) -> None:
        if type_.parent:
            place(types[type_.parent])
        ordered.setdefault(type_.id, type_)

    for type_ in types.values():
        place(type_)
    return ordered
