"""The catalog: what is asked of each resource type, as data in `catalog/*.yaml`.

A path names members with dots and `[]` for every element of an array. Member names are compared without regard to
letter case, because Resource Graph and older api-versions change it. Every path is held to the published type
definitions by `tests/providers/azure/test_catalog.py`.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from msgspec import Struct

from scanner.model import Holds
from scanner.strictyaml import load_file


class _Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class When(_Entry, frozen=True, kw_only=True):
    """A condition on one member: its value is one of `values` (any letter case), or it is not there and `absent`."""

    path: str
    values: list[str]
    otherwise: list[str] = []
    """Values with which the condition does not hold. What a value that is in neither list means nobody knows."""
    absent: bool = False
    required: bool = False
    """Azure always gives the member; an answer without it leaves the condition open."""


class KeyPaths(_Entry, frozen=True, kw_only=True):
    """Where a reference to one key stands. The first form that is filled in wins, in the order of the members here."""

    each: str = ""
    """Array whose elements each hold a reference; the other paths then start at the element."""
    uri: str = ""
    """Address of the key, version included or not."""
    packed: str = ""
    """SQL's `VAULT_KEY_VERSION`."""
    vault: str = ""
    """Address of the vault; `name` and `version` complete it."""
    vault_id: str = ""
    """ARM id of the vault; `name` and `version` complete it."""
    name: str = ""
    version: str = ""
    set: str = ""
    """ARM id of a disk encryption set, which names the key."""


class KeySource(_Entry, frozen=True, kw_only=True):
    """The member that says whose key it is."""

    path: str
    customer: list[str]
    platform: list[str]


class Encryption(_Entry, frozen=True, kw_only=True):
    """How a type says that it is encrypted at rest."""

    default: Literal["platform", "nothing", "parent", "link", "elsewhere", "per-item", "unstated"]
    """What holds when no key is named.
    platform: the service always encrypts, with a key of its own. nothing: it keeps nothing at rest. parent: as the
    resource of type `parent` that contains it. link: as the resource that `link` names, otherwise as `platform`.
    elsewhere: the data is in another resource, of which the questions are asked. per-item: each object inside names its
    own key, on the data plane. unstated: the api-version shows no key although the service may use one.
    """
    parent: str = ""
    link: str = ""
    plain: When | None = None
    """Values with which data really lies unencrypted."""
    source: KeySource | None = None
    keys: list[KeyPaths] = []
    other: dict[str, KeyPaths] = {}
    """Second keys by purpose."""
    full_read: bool = False
    """Lists are known to leave the key block out; only a read of the resource itself proves its absence."""
    since: str = ""
    """First stable api-version from which on every version shows the key. An older answer proves no absence."""


class CopyOf(_Entry, frozen=True, kw_only=True):
    """One way in which data of a type comes to be somewhere else. Of several entries of one kind the first that finds
    something counts."""

    kind: str
    each: str = ""
    """Array whose elements are one copy each; `regions` and `link` then start at the element."""
    regions: str = ""
    """Path to region names. Together with `link`: the region of that one resource."""
    pair: Literal["", "region", "vault"] = ""
    """The copy is in the region's pair; `vault`: where vaults are copied there, which not all are."""
    link: str = ""
    """Path to the id, the name or the address of the other resource."""
    names: Literal["", "account"] = ""
    """`account`: `link` is the bare name of a storage account."""
    place: str = ""
    """A fixed place; `global` stands for edge sites worldwide."""
    foreign: bool = False
    """The other end may be in another subscription, and nothing here says which."""
    inbound: bool = False
    when: When | None = None
    unless: When | None = None
    inbound_when: When | None = None


class SizeOf(_Entry, frozen=True, kw_only=True):
    """What was reserved for a resource. How much of it is filled the management plane does not tell."""

    bytes: str = ""
    gib: str = ""
    """One of the two."""


class TiesOf(_Entry, frozen=True, kw_only=True):
    """What a resource runs: signs of health data may follow."""

    images: str = ""
    images_in_graph: str = ""
    """Where a row of Resource Graph has them, if not where the resource's own answer does."""
    ports: str = ""


class EgressOf(_Entry, frozen=True, kw_only=True):
    kind: str
    path: str


class Child(_Entry, frozen=True, kw_only=True):
    """A read below a resource."""

    type: str
    suffix: str
    use: Literal["resource", "copies", "encryption", "deployments"]
    """resource: each child is a resource of its own. copies, encryption: the child completes its parent. deployments:
    the child tells where an AI account computes."""
    single: bool = False
    """One object at this path instead of a list."""
    at: Literal["resource", "group"] = "resource"
    """group: `suffix` is below the resource group's `providers/{namespace}`, with `{region}` filled in."""
    owner: str = ""
    partner: str = ""
    """Paths in a child of a group to the ids of the resources that it is about."""
    when: When | None = None


class ResourceType(_Entry, frozen=True, kw_only=True):
    type: str
    category: str
    holds: Holds
    api_version: str
    """Newest stable version, not after mid-2025, that has every path; the oldest later one where none has."""
    read: Literal["graph", "list", "parent", "tenant"]
    """graph: in Resource Graph's `resources` table. list: only in the generic list, then read one by one. parent:
    through the parent. tenant: one object of the tenant."""
    location: list[str]
    """Paths to the region; none: the parent's."""
    encryption: Encryption
    source: str
    """Folder of the specification the type definitions are generated from."""
    medical: bool = False
    newest: str = ""
    """Newest stable version seen, when it is not `api_version`."""
    copies: list[CopyOf] = []
    egress: list[EgressOf] = []
    retention: str = ""
    """Path to the days after which the service deletes."""
    size: SizeOf | None = None
    ties: TiesOf = TiesOf()
    children: list[Child] = []
    diagnostics: bool = False
    """Read the resource's diagnostic settings: copies of what happens in it go where they say."""
    expand: str = ""
    """Value of `$expand` that a read of the resource needs for the paths above."""
    notes: str = ""

    @property
    def namespace(self) -> str:
        return self.type.partition("/")[0]

    @property
    def operation(self) -> str:
        """The read of this type, as it is counted and named in gaps."""
        namespace, _, rest = self.type.partition("/")
        return f"{namespace}:GET {rest}"


class _File(_Entry, frozen=True, kw_only=True):
    source: str
    as_of: str
    types: list[ResourceType]


@cache
def catalog() -> Mapping[str, ResourceType]:
    """Every type by its name in lower case; SourceError with file and line when a file is wrong."""
    folder = Path(__file__).with_name("catalog")
    found: dict[str, ResourceType] = {}
    for path in sorted(folder.glob("*.yaml")):
        for entry in load_file(path, _File, path.name).value.types:
            found[entry.type.lower()] = entry
    return found


@cache
def deciding_types() -> frozenset[str]:
    """Types, in lower case, whose encryption other resources of the same unit take over."""
    return frozenset(entry.encryption.parent.lower() for entry in catalog().values() if entry.encryption.parent)


class _NoData(_Entry, frozen=True, kw_only=True):
    source: str
    as_of: str
    confirmed: bool
    types: list[str]


@cache
def types_without_data() -> frozenset[str]:
    """Types, in lower case, that are in no catalog because they keep nothing of the customer's."""
    path = Path(__file__).with_name("no_data.yaml")
    return frozenset(name.lower() for name in load_file(path, _NoData, path.name).value.types)


class DeploymentSku(_Entry, frozen=True, kw_only=True):
    """Where prompts and answers of a deployment with this SKU are computed."""

    sku: str
    processing: Literal["region", "data-zone", "global"]


class _Deployments(_Entry, frozen=True, kw_only=True):
    source: str
    as_of: str
    confirmed: bool
    skus: list[DeploymentSku]


@cache
def deployment_skus() -> Mapping[str, str]:
    """`region`, `data-zone` or `global` by SKU in lower case."""
    path = Path(__file__).with_name("deployments.yaml")
    return {entry.sku.lower(): entry.processing for entry in load_file(path, _Deployments, path.name).value.skus}
