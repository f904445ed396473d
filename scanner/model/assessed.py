"""What follows from an observation: country, operator, law, custody, health. These are the document's nouns."""

from enum import StrEnum

from msgspec import Struct

from scanner.model.gap import Gap
from scanner.model.observed import EncryptionState, Holds, Principal, Retention, Size
from scanner.model.sample import Sample


class Custody(StrEnum):
    """Who can use the key. The ladder of `docs/custody.md`; its rungs are ordinal labels, never a score."""

    NONE = "none"
    PROVIDER_SHARED = "provider_shared"
    PROVIDER_MANAGED = "provider_managed"
    CUSTOMER_MANAGED_IN_PROVIDER_KMS = "customer_managed_in_provider_kms"
    CUSTOMER_IMPORTED = "customer_imported"
    PROVIDER_HSM = "provider_hsm"
    EXTERNAL_HOLDER_NOT_ESTABLISHED = "external_holder_not_established"
    EXTERNAL_THIRD_PARTY = "external_third_party"
    EXTERNAL_CUSTOMER = "external_customer"
    CLIENT_SIDE = "client_side"
    INHERITED = "inherited"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"

    @property
    def rung(self) -> str:
        return _RUNGS[self]


_RUNGS = {
    Custody.NONE: "K0",
    Custody.PROVIDER_SHARED: "K1",
    Custody.PROVIDER_MANAGED: "K1",
    Custody.CUSTOMER_MANAGED_IN_PROVIDER_KMS: "K2",
    Custody.CUSTOMER_IMPORTED: "K2",
    Custody.PROVIDER_HSM: "K3",
    Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED: "K4?",
    Custody.EXTERNAL_THIRD_PARTY: "K4",
    Custody.EXTERNAL_CUSTOMER: "K5",
    Custody.CLIENT_SIDE: "K6",
    Custody.INHERITED: "-",
    Custody.NOT_APPLICABLE: "-",
    Custody.UNKNOWN: "-",
}


class HealthLevel(StrEnum):
    """How sure it is that a resource holds health data, strongest first."""

    DECLARED = "declared"
    CONFIRMED = "confirmed"
    LIKELY = "likely"
    POSSIBLE = "possible"
    NONE_DECLARED = "none_declared"
    NO_SIGNAL = "no_signal"
    """Nothing found, which is not the same as no health data."""


class HealthSignal(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One sign of health data."""

    family: str
    """`tag`, `name`, `service`, `schema`, `discovery`, `content`, `neighbour`; `statement` speaks against."""
    strength: str
    """`declaration`, `strong`, `medium`, `weak`."""
    value: str
    """What matched, cut to 80 characters."""
    rule: str
    """Entry of the signal table that matched."""


class Health(Struct, frozen=True, kw_only=True, gc=False):
    level: HealthLevel | None
    """None: the tags, which could declare health data, were not read, and what is left establishes nothing."""
    signals: tuple[HealthSignal, ...] = ()
    classification: str | None = None
    """The account's own classification tag, normalised; empty when the tags were read and hold none."""


class Exposure(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A law of a third country that reaches an operator, and how firmly that is established."""

    law: str
    country: str
    via: str
    strength: str
    """`established`, `exercised`, `arguable`, `technology_only`."""
    status: str = ""
    reason: str = ""


class Encryption(Struct, frozen=True, kw_only=True, gc=False):
    state: EncryptionState
    custody: Custody
    rung: str
    key: str | None
    """Id of the deciding key in `keys`, empty when no key of the account is involved, null when not read."""


class Alongside(Struct, frozen=True, kw_only=True, gc=False):
    """Whether key and data are together, each way on its own. None: not established."""

    operator: bool | None
    exposure: bool | None
    account: bool | None
    region: bool | None


class Copy(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A copy or flow of data inside the cloud, with the place it goes to."""

    kind: str
    target: str
    region: str | None
    country: str | None
    account: str | None
    operator: str | None
    inbound: bool = False
    worldwide: bool = False
    """The provider may use any of its countries, so that no one country is given and none is excluded."""
    key: str = ""


class Egress(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    kind: str
    target: str
    operator: str | None
    country: str | None
    """Country of the endpoint where the host name tells it."""
    parent_country: str | None


class Resource(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A resource with everything the scan knows of it. `null` is always *not established*; `gaps` says why."""

    id: str
    type: str
    provider: str
    partition: str
    account: str
    account_name: str = ""
    """As the organisation calls the account, where the scan was about an organisation."""
    account_path: str = ""
    region: str
    zone: str
    country: str | None
    name: str
    category: str
    holds: Holds
    tags: dict[str, str] | None
    operator: str | None
    parent_country: str | None
    health: Health
    encryption: Encryption
    alongside: Alongside | None
    """None: there is no key to compare with (plain, inherited, nothing kept)."""
    copies: tuple[Copy, ...] | None
    egress: tuple[Egress, ...] | None
    retention: Retention | None
    gaps: tuple[Gap, ...]
    size: Size | None = None
    """None without a gap on it: no call that a scan makes tells the size of this type."""
    sample: Sample | None = None
    """None without a gap on it: the scan was not asked to look into content, or had no need to here."""
    own_facts: tuple[str, ...] = ()
    """Entries of the user's own fact file that decided something about it: `facts.yaml: operators/…`."""

    @property
    def is_store(self) -> bool:
        """True when the questions about data at rest are asked of this resource itself."""
        return self.holds.is_store and self.encryption.state not in (
            EncryptionState.INHERITED,
            EncryptionState.NOT_APPLICABLE,
        )


class Holder(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Who holds the key material, and how that is known."""

    operator: str | None
    country: str | None
    parent_country: str | None
    basis: str
    """`provider` (the cloud itself), `declared` (an attestation), `indicated` (a host name or an account)."""
    declared_by: str = ""
    until: str = ""


class Key(Struct, frozen=True, kw_only=True, gc=False):
    id: str
    provider: str
    account: str
    region: str
    country: str | None
    name: str
    custody: Custody
    rung: str
    origin: str | None
    holder: Holder | None
    store: str
    """Id of the custom key store, empty for the provider's standard key service."""
    endpoint: str
    connectivity: str = ""
    """How the provider reaches the external store, `public_endpoint` or `vpc_endpoint_service`; empty where none is."""
    service_owner: str = ""
    """Account that owns the VPC endpoint service; empty where there is none."""
    state: str
    expires_at: str
    replicas: tuple[Copy, ...] | None
    decrypt_principals: tuple[Principal, ...] | None
    gaps: tuple[Gap, ...]
