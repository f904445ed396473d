"""The resource types and api-versions that the server accepts, from `types.yaml`."""

from functools import cache
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

from scanner.demo.azure.arm_error import ArmError
from scanner.demo.azure.locations import display_names
from scanner.demo.azure.world import Json
from scanner.strictyaml import load_file


class ResourceType(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    type: str
    versions: list[str]
    """Newest first, previews among them."""
    held: Literal["tracked", "child", "extension"] = "tracked"
    graph: bool = True
    expand: list[str] = field(default_factory=list)

    @property
    def in_graph(self) -> bool:
        return self.graph and self.held == "tracked"


class Singleton(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A child that every parent has, under one fixed name."""

    type: str
    name: str
    properties: Json


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: str
    as_of: str
    types: list[ResourceType]
    around: list[ResourceType]
    singletons: list[Singleton]


@cache
def _file() -> _File:
    return load_file(Path(__file__).with_name("types.yaml"), _File).value


@cache
def table() -> dict[str, ResourceType]:
    """Every known type by its name in lower case."""
    return {entry.type.lower(): entry for entry in (*_file().types, *_file().around)}


@cache
def singletons() -> dict[str, Singleton]:
    return {entry.type.lower(): entry for entry in _file().singletons}


@cache
def namespaces() -> dict[str, list[ResourceType]]:
    """Types by namespace in lower case."""
    found: dict[str, list[ResourceType]] = {}
    for entry in table().values():
        found.setdefault(entry.type.split("/")[0].lower(), []).append(entry)
    return found


def known(type_: str, version: str) -> ResourceType:
    """The entry for `type_`; ArmError as Resource Manager words it for a namespace or a type that does not exist."""
    entry = table().get(type_.lower())
    if entry is not None:
        return entry
    namespace, _, rest = type_.partition("/")
    if namespace.lower() not in namespaces():
        raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
    raise ArmError(
        404,
        "InvalidResourceType",
        f"The resource type '{rest}' could not be found in the namespace '{namespace}' for api version '{version}'.",
    )


def accept(type_: str, version: str, location: str = "") -> ResourceType:
    """The entry for `type_` when it has `version`; ArmError otherwise."""
    entry = known(type_, version)
    if version not in entry.versions:
        rest = entry.type.partition("/")[2]
        raise ArmError(
            400,
            "NoRegisteredProviderFound",
            f"No registered resource provider found for location '{location}' and API version '{version}' for type"
            f" '{rest}'. The supported api-versions are '{', '.join(entry.versions)}'."
            f" The supported locations are '{', '.join(sorted(display_names()))}'.",
        )
    return entry
