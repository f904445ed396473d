"""What a control concludes about a subject, and on what evidence."""

from enum import StrEnum
from typing import Any

from msgspec import Struct


class Status(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Assurance(StrEnum):
    """How strong the evidence is; a result is as strong as the weakest evidence it used."""

    PROVEN = "proven"
    """Read from the provider's control plane (still the provider's word about its own physical world)."""
    INDICATED = "indicated"
    """Inferred from a registry, a name, an address or a partial observation."""
    DECLARED = "declared"
    """Rests on a document or a statement that the scanner cannot test."""


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


class Evidence(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One fact a verdict rests on."""

    fact: str
    value: Any
    source: str
    """The call (`s3:GetBucketEncryption`), fact table entry (`operators/aws-emea`) or attestation it comes from."""
    assurance: Assurance
    confirmed: bool = True
    as_of: str = ""
    entries: int = 0
    """How many entries a list has in all, where `value` holds only those that are each enough for the fail."""


class Missing(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One fact a verdict lacked."""

    fact: str
    reason: str
    detail: str = ""
    permission: str = ""


class Waived(Struct, frozen=True, kw_only=True, gc=False):
    reason: str
    owner: str
    expires: str


class Finding(Struct, frozen=True, kw_only=True, gc=False):
    """The result of one control for one subject."""

    id: str
    """Stable across scans: a digest of control, provider, partition, account, region and subject."""
    control: str
    pack: str
    title: str
    severity: Severity
    status: Status
    assurance: Assurance
    resource: str
    """Subject of the finding: id of a resource or key, or `account:…` / `scan` for the wider ones."""
    account: str
    region: str
    reason: str
    """Name of the deciding condition, or the reason code of an unknown or not-applicable result."""
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[Missing, ...] = ()
    waiver: Waived | None = None
    """The decision in force about a fail, or the acknowledgement of an unknown. `status` is never changed by it."""
    subjects: int = 1
    """How many subjects the row stands for; above 1 only where not-applicable results are gathered."""
    account_name: str = ""
    """Of accounts of an organisation, and of subscriptions."""
    account_path: str = ""
    """Names of the organisational units above the account, from the root down; of a subscription its tenant."""
    known: bool = False
    """A fail that the scan given as baseline had too, decided by the same condition."""
