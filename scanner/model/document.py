"""The document of a scan: what `--format json` prints. Additive changes only within a major schema version."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from scanner.model.assessed import Key, Resource
from scanner.model.coverage import Coverage
from scanner.model.finding import Finding

SCHEMA_VERSION = "1.0"


class Tool(Struct, frozen=True, kw_only=True):
    name: str
    version: str
    facts_as_of: str
    """Date of the oldest fact table."""


class PackRef(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    title: str
    edition: str
    digest: str
    """SHA-256 of the pack file, so that a verdict names the exact text it was reached with."""
    reading: str = ""
    """What a pass of all of it would mean, and what not, in the pack's words."""


class CallCount(Struct, frozen=True, kw_only=True):
    total: int
    by_operation: dict[str, int]


class OwnFactsUse(Struct, frozen=True, kw_only=True):
    """The fact file of the user's that a scan was judged with, and what came of it."""

    name: str
    digest: str
    """SHA-256 of the file."""
    entries: tuple[str, ...]
    """References to what it holds: `operators/…`, `regions/…`, `destinations/…`, `accounts/…`."""
    replaced: tuple[str, ...]
    """Those that stand in the place of a shipped entry."""
    decided: dict[str, int]
    """Resources about which an entry decided something, by its reference; entries that decided nothing are left out."""


class Sampling(Struct, frozen=True, kw_only=True):
    """What a scan read of content, where its user asked for that."""

    budget: int
    """Most bytes of content that it was allowed to read."""
    bytes: int
    """Bytes of content that it read."""
    objects: int
    opaque: int
    """Objects of which nothing can be told: neither text nor of a known format."""
    stores: int
    """Stores of a kind that can be sampled."""
    sampled: int
    """Stores of which at least one object was read."""
    with_signs: int
    """Those that showed a sign of health data. The others showed none in these objects; that says no more."""
    already_known: int
    """Stores that were left alone, because their tags or their kind say that they hold health data."""
    beyond_budget: int
    """Stores that the budget did not reach."""
    not_read: int
    """Stores of which no object was read. A gap of each says why; an empty one has no gap."""


class ScanHeader(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    started_at: str
    """RFC 3339, UTC."""
    ended_at: str
    complete: bool
    """Every unit in scope was read completely."""
    interrupted: bool
    scope: dict[str, Any]
    policies: tuple[PackRef, ...]
    calls: CallCount
    plugins: tuple[str, ...]
    own_facts: OwnFactsUse | None = None
    """None: judged with the shipped tables alone."""
    sampling: Sampling | None = None
    """None: no content was looked into."""


class ControlSummary(Struct, frozen=True, kw_only=True):
    """One control over the whole scan. A control fails if any subject fails, and passes only if all of them do."""

    control: str
    pack: str
    title: str
    severity: str
    status: str
    assurance: str
    counts: dict[str, int]
    """Subjects by status; waived fails are counted under `waived` too."""
    reason: str = ""
    """`coverage_incomplete` when only what was not read stands in the way of a pass."""
    beside: str = ""
    """What the pack wants read beside the result."""


class LawReach(Struct, frozen=True, kw_only=True):
    """How far orders under one law would reach: the headline."""

    law: str
    country: str
    name: str
    status: str
    """`in_force`, or `lapsed_grandfathered`: lapsed, while acts made under it still run."""
    stores: int
    """Stores whose operator is reached, of all stores."""
    health_stores: int
    cleartext: int
    """Health stores whose key the reached operator can use by itself."""
    external_key: int
    """Health stores under an external key: ciphertext while it is withheld, cleartext in use."""
    ciphertext: int
    """Health stores encrypted before they reach the operator."""
    not_established: int


class Volume(Struct, frozen=True, kw_only=True):
    """How much some stores hold, added up over those that tell it. A store may be among `filled` and `counted` both."""

    stores: int = 0
    filled: int = 0
    """Stores whose content's bytes are told, and `bytes` their sum."""
    bytes: int = 0
    counted: int = 0
    """Stores whose items are told, and `items` their sum."""
    items: int = 0
    allotted: int = 0
    """Stores of which only the bytes reserved are told, and `allotted_bytes` their sum."""
    allotted_bytes: int = 0


class WaiverState(StrEnum):
    IN_FORCE = "in_force"
    ENDS_SOON = "ends_soon"
    """In force for 30 more days at most."""
    EXPIRED = "expired"
    UNUSED = "unused"
    """In force, and nothing in this scan is what it speaks of."""


class WaiverUse(Struct, frozen=True, kw_only=True):
    """A waiver, and what became of it."""

    control: str
    resource: str
    reason: str
    owner: str
    expires: str
    approver: str = ""
    ticket: str = ""
    state: WaiverState
    findings: int
    """Findings it speaks of; for an expired one, those that have returned."""


class BaselineUse(Struct, frozen=True, kw_only=True):
    """How a scan stands to an earlier one."""

    scan: str
    started_at: str
    known: int
    """Fails that were there already, decided by the same condition."""
    gone: int
    """Fails of the earlier scan that this one does not have: mended, unknown now, or not in its scope."""


class WorstResource(Struct, frozen=True, kw_only=True):
    """A resource against which much stands, with what the four questions are answered by. `null`: not established."""

    resource: str
    type: str
    health: str | None
    country: str | None
    elsewhere: tuple[str, ...]
    """Countries, other than its own, where copies of it are and streams from it end (the seat of the one who receives
    them, where only that is known); `worldwide`, or `not established`, where no country can be named."""
    custody: str
    rung: str
    parent_country: str | None
    fails: tuple[str, ...]
    """Controls that fail and are neither waived nor known from the baseline, the most severe first."""
    unknown: int
    """Controls that are not established."""


class Summary(Struct, frozen=True, kw_only=True):
    verdict: str
    """`violations`, `not_established`, `below_threshold` or `nothing_found`; never "compliant"."""
    exit_code: int
    resources: int
    stores: int
    health_stores: int
    unclassified_stores: int
    """Stores without any health signal or declaration; they are not stores without health data."""
    statuses: dict[str, int]
    by_country: dict[str, int]
    by_custody: dict[str, int]
    by_parent_country: dict[str, int]
    reach: tuple[LawReach, ...]
    units: dict[str, int]
    """Units by coverage state."""
    controls: tuple[ControlSummary, ...]
    health_volume: Volume = Volume()
    """How much the stores of health data hold."""
    waivers: tuple[WaiverUse, ...] = ()
    baseline: BaselineUse | None = None
    worst: tuple[WorstResource, ...] = ()
    """The resources with the most, and the most severe, open fails: at most 20, the worst first."""

    @property
    def units_read(self) -> int:
        """Units that were read completely."""
        return self.units.get("complete", 0)

    @property
    def units_closed(self) -> int:
        """Units of services and regions that are not offered or not enabled: there is nothing to read."""
        return self.units.get("not_enabled", 0)

    @property
    def units_wanted(self) -> int:
        """Units that should have been read: all but the closed ones."""
        return sum(self.units.values()) - self.units_closed


class Document(Struct, frozen=True, kw_only=True):
    schema_version: str
    tool: Tool
    scan: ScanHeader
    summary: Summary
    coverage: tuple[Coverage, ...]
    resources: tuple[Resource, ...]
    keys: tuple[Key, ...]
    findings: tuple[Finding, ...]
