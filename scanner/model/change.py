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


class Read(StrEnum):
    """What became of the reading of a unit, or of one type in it."""

    WORSE = "worse"
    """It was read, and is not; or a call failed that did not before."""
    BETTER = "better"
    """It was looked for and not read, and is read now."""
    ENTERED = "entered"
    """It was not in the scope."""
    LEFT = "left"
    """It is not in the scope any more, and was not read when it was."""
    OTHERWISE = "otherwise"
    """Another state, in which as much is known as before: opened, closed, or not read for another reason."""


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
    """A unit, or a type in it, whose state is not that of before."""

    change: Read
    provider: str
    account: str
    region: str
    service: str
    type: str
    old: str
    """State before; empty when there was no such row."""
    new: str
    reason: str


AnyChange = VerdictChange | ResourceChange | CoverageChange
