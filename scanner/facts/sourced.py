"""How well a fact is founded, and for how long."""

from datetime import date
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

FRESH_DAYS = 180
"""Age in days after which a confirmed fact counts as unconfirmed, until somebody has looked again."""


class Basis(StrEnum):
    """Where a fact was read."""

    PRIMARY = "primary"
    """The text itself: a statute, a judgment, a requirement."""
    OFFICIAL = "official"
    """An official page of the body or company concerned."""
    SECONDARY = "secondary"
    """Press, counsel, practitioners, a public register kept by others."""
    SDK = "sdk"
    """A provider's software kit."""
    KNOWLEDGE = "knowledge"
    """General knowledge; a person must check the source named."""
    USER = "user"
    """A fact file of the user's."""


class Sourced(Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """What every entry of every table says about itself."""

    source: str
    as_of: date
    """Day on which the fact was read or last checked."""
    confirmed: bool
    """True: read in the source named. False: may support a failing verdict, never a passing one."""
    basis: Basis


class Dated(Protocol):
    """Anything with a date and a confirmation: an entry, or the result of a look-up."""

    @property
    def as_of(self) -> date: ...

    @property
    def confirmed(self) -> bool: ...


def is_confirmed(entry: Dated, today: date) -> bool:
    """True when `entry` was read in its source, and not longer than `FRESH_DAYS` before `today`."""
    return entry.confirmed and (today - entry.as_of).days <= FRESH_DAYS
