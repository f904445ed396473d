"""What a provider read in an account, before anything is concluded from it.

Convention for every struct here: `None` means *not read*, and the record's `gaps` then hold an entry for that
field. What was read and is simply not there has a value of its own: an empty string, tuple or mapping.
"""

from enum import StrEnum

from msgspec import Struct

from scanner.model.gap import Gap


class Holds(StrEnum):
    """What kind of thing a resource type keeps. Fixed per type in the catalog."""

    CONTENT = "content"
    DERIVED = "derived"
    PERSONAL = "personal"
    LOG = "log"
    SECRET = "secret"
    KEY = "key"
    PROCESSING = "processing"
    CONFIG = "config"
    ROUTE = "route"

    @property
    def is_store(self) -> bool:
        """True for types that keep data at rest, so that location, custody and copies are questions about data."""
        return self in _STORES


_STORES = frozenset({Holds.CONTENT, Holds.DERIVED, Holds.PERSONAL, Holds.LOG, Holds.SECRET})


class EncryptionState(StrEnum):
    """Encryption at rest as the control plane states it."""

    ENCRYPTED = "encrypted"
    PLAIN = "plain"
    INHERITED = "inherited"
    """Decided by the store this resource points to."""
    NOT_APPLICABLE = "not_applicable"
    """The resource keeps nothing at rest."""
    UNKNOWN = "unknown"
    """Not read or not shown; a gap on `encryption.state` or `encryption.key` says why."""


class KeyOwner(StrEnum):
    """Whose key the encryption uses, as far as the resource itself says."""

    REFERENCED = "referenced"
    """A key is named; what it is must be asked of the key store."""
    PROVIDER_SHARED = "provider_shared"
    """A key of the provider's own fleet, invisible in the account."""
    PROVIDER_MANAGED = "provider_managed"
    """A key that the provider creates, keeps and rotates: in the account and region of what it encrypts and in no other
    region, and opened to no other account. A provider of whose keys that is not documented says `unknown` instead.
    """
    NOBODY = "nobody"
    """Not encrypted, or nothing to encrypt."""
    UNKNOWN = "unknown"


class ObservedEncryption(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """How a resource says it is encrypted at rest."""

    state: EncryptionState
    owner: KeyOwner
    keys: tuple[str, ...] = ()
    """Every key the resource names (ARN, or vault key URI), as given by the provider."""
    other_keys: dict[str, str] = {}
    """Second keys of the same resource by purpose, e.g. `performance_insights`."""


class ObservedCopy(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A configured copy of a resource's data, or a configured flow of it to another place of the same cloud."""

    kind: str
    """Word of the catalog: `snapshot-copy`, `global-table`, `log-destination`…"""
    target: str
    """Identifier as the provider gives it: ARN, id, bucket name, region."""
    inbound: bool = False
    """True when the data came *from* the target, so that the target is the original."""
    region: str | None = None
    """Region of the target; None when the reference does not say (resolved in the second pass)."""
    account: str | None = None
    key: str = ""
    """Key that encrypts the copy at its target, when the configuration names one."""


class ObservedEgress(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A destination outside the provider, or one named only by host or vendor."""

    kind: str
    target: str


class Retention(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """How long the provider itself keeps the data."""

    days: int | None
    """None: kept until someone deletes it."""
    basis: str = ""
    """The setting this was read from."""


class Size(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """How much a resource holds, as the provider's own calls tell it; some services count only every few hours."""

    bytes: int | None = None
    """None: not told."""
    items: int | None = None
    """Rows, objects, messages, recovery points: whatever the type keeps. None: not told."""
    allotted: bool = False
    """`bytes` is what was reserved, not what is filled."""
    basis: str
    """Members of the answers that say so."""


class Ties(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What a resource runs, and what ties it to others: where signs of health data may come from."""

    images: tuple[str, ...] = ()
    """Container images, as configured."""
    ports: tuple[int, ...] = ()
    """Ports that something listens on."""
    uses: tuple[str, ...] = ()
    """Other resources that its configuration names, by id or name."""
    within: tuple[tuple[str, str], ...] = ()
    """What it is part of, as kind and id: `cluster`, `resource_group`, `vpc`."""


class ObservedResource(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One resource as the provider's API describes it."""

    id: str
    """ARN or ARM id; unique in a scan."""
    type: str
    """Catalog id, e.g. `s3.bucket`."""
    provider: str
    partition: str
    account: str
    account_name: str = ""
    """As the organisation calls the account; empty when the scan was not about an organisation."""
    account_path: str = ""
    """Names from the organisation's root to the account's unit, as `Root/Health`; of a subscription its tenant."""
    region: str
    """Provider's code of the control-plane region; `global` for resources without one."""
    zone: str = ""
    """Local zone, outpost or availability zone where the machines stand, when it differs from the region's own."""
    country: str = ""
    """Country of the site it stands on, by the provider's own record; empty for what stands in a region."""
    name: str
    category: str
    holds: Holds
    medical: bool = False
    """True for types that exist only to hold health data."""
    tags: dict[str, str] | None = {}
    encryption: ObservedEncryption
    copies: tuple[ObservedCopy, ...] | None = ()
    egress: tuple[ObservedEgress, ...] | None = ()
    retention: Retention | None = None
    """None without a gap: the catalog has no retention question for this type."""
    size: Size | None = None
    """None without a gap: the catalog has no question about the size of this type."""
    ties: Ties = Ties()
    gaps: tuple[Gap, ...] = ()


class KeyManager(StrEnum):
    """Who created the key and may change its policy."""

    PROVIDER = "provider"
    CUSTOMER = "customer"


class KeyOrigin(StrEnum):
    """Where the key material was made and is kept, in words common to all providers."""

    PROVIDER_KMS = "provider_kms"
    """Made and kept in the provider's key service (software or shared HSM)."""
    IMPORTED = "imported"
    """Made by the customer; the provider's key service holds a usable copy."""
    PROVIDER_HSM = "provider_hsm"
    """Kept in a single-tenant HSM on the provider's premises."""
    EXTERNAL_STORE = "external_store"
    """Kept in a key manager outside the provider, asked for every use."""


class KeyStore(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The store behind a key that is not the provider's standard key service."""

    id: str
    kind: str
    """`cloudhsm`, `xks` or `managed_hsm`."""
    name: str = ""
    endpoint: str = ""
    """Host name of the external key proxy; where the *proxy* answers, not where the HSM stands."""
    connectivity: str = ""
    """`public_endpoint` or `vpc_endpoint_service`; does not say where the proxy runs."""
    service_owner: str = ""
    """Account that owns the VPC endpoint service."""
    state: str = ""
    cluster: str = ""


class Principal(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Somebody who may decrypt with a key, from its policy or from a grant."""

    id: str
    """Principal as written: ARN, account id, `*`, or a service name."""
    kind: str
    """`account`, `service`, `public`, `federated`, `identity`."""
    account: str = ""
    external: bool = False
    """True when the principal belongs to another account than the key."""
    via: str
    """`policy`, `grant` or `role`."""
    actions: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    """Condition keys that restrain the statement; present means narrower, not harmless."""
    operator: str = ""
    """Who publishes the account as its own, when somebody does, or `customer` for another account of the same scan;
    filled by assessment."""
    parent_country: str = ""
    """Seat of that operator's ultimate parent, when established."""


class ObservedKey(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One encryption key as the key service describes it."""

    id: str
    provider: str
    partition: str
    account: str
    region: str
    name: str = ""
    aliases: tuple[str, ...] = ()
    """Other names that resources use for it: alias ARNs, versioned key URIs."""
    manager: KeyManager | None = None
    origin: KeyOrigin | None = None
    store: KeyStore | None = None
    """None with origin `provider_kms` or `imported`: the standard key service. None otherwise: see the gap."""
    state: str = ""
    protection: str = ""
    """`software` or `hsm`, where the API says."""
    expires_at: str = ""
    """RFC 3339; imported material that expires."""
    replicas: tuple[str, ...] | None = None
    """Regions that hold the same key material, this one excluded."""
    principals: tuple[Principal, ...] | None = None
    exportable: bool = False
    native: dict[str, str] = {}
    """The provider's own words behind `manager`, `origin` and `store`, quoted as evidence."""
    gaps: tuple[Gap, ...] = ()
