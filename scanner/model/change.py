"""What became of one scan in the next: the words and records of a comparison."""

from enum import StrEnum
from typing import Any

from msgspec import Struct


class Change(StrEnum):
    """What became of a verdict, or of a resource."""

    BROKEN = "broken"
    """It passed, was waived, or was not asked, and fails now."""
    ESTABLISHED_FAIL = "established_fail"
    """It was unknown and is known to fail."""
    LOST = "lost"
    """It was known, and can no longer be established."""
    UNSEEN = "unseen"
    """Its subject was not found, and where it was has not been read completely: neither gone nor mended."""
    NOT_ASKED = "not_asked"
    """The control is not among the policies of the newer scan."""
    OTHER_REASON = "other_reason"
    """It fails as before, for another reason."""
    UNKNOWN = "unknown"
    """New, and unknown from the start."""
    APPEARED = "appeared"
    """A pass, or a resource, that was not there."""
    WAIVED = "waived"
    """It failed, and now fails under a waiver."""
    MENDED = "mended"
    """It failed, and passes."""
    ESTABLISHED_PASS = "established_pass"
    """It was unknown, and passes."""
    NOT_APPLICABLE = "not_applicable"
    """Its subject is there, and the control no longer concerns it."""
    GONE = "gone"
    """Its subject is gone, from a unit that was read completely."""
    MOVED = "moved"
    """Data, a copy or a key is somewhere else, or with somebody else."""


WORSE = frozenset({Change.BROKEN, Change.ESTABLISHED_FAIL, Change.OTHER_REASON})
"""Changes after which something fails that did not fail like this before."""

LESS_KNOWN = frozenset({Change.LOST, Change.UNSEEN, Change.NOT_ASKED, Change.UNKNOWN})
"""Changes after which something is not established."""


class VerdictChange(Struct, frozen=True, kw_only=True):
    change: Change
    control: str
    title: str
    severity: str
    resource: str
    account: str
    region: str
    old: str
    """State before (`waived` is a fail under a waiver); empty when there was no finding."""
    new: str
    why: str
    """The deciding condition, or what is missing."""


class Moved(Struct, frozen=True, kw_only=True):
    """One property of a resource that is in both scans."""

    property: str
    old: Any
    new: Any
    """null: no longer established."""
    lost: bool
    """It was established, and is not any more."""


class ResourceChange(Struct, frozen=True, kw_only=True):
    change: Change
    resource: str
    type: str
    account: str
    region: str
    country: str | None
    is_store: bool
    moved: tuple[Moved, ...] = ()


class CoverageChange(Struct, frozen=True, kw_only=True):
    """A unit that is read better or worse than before."""

    provider: str
    account: str
    region: str
    service: str
    type: str
    old: str
    """State before; empty when the unit was not in the scope."""
    new: str
    reason: str
    shrank: bool


AnyChange = VerdictChange | ResourceChange | CoverageChange
