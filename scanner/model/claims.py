"""What a scan says of public statements."""

from enum import StrEnum

from msgspec import Struct


class Reading(StrEnum):
    """What a scan says of a statement."""

    SUPPORTED = "supported"
    """Everything it speaks of was read, and agrees."""
    CONTRADICTED = "contradicted"
    """At least one thing that was read disagrees; `against` lists them."""
    NOT_ESTABLISHED = "not established"
    """Nothing disagrees, and something was not read; `missing` says what."""
    NOT_PROVABLE = "not provable from infrastructure"
    """Nothing disagrees, and what is missing no API shows: only a statement could tell."""
    WITHOUT_OBJECT = "without object"
    """Everything was read, and nothing that it speaks of is there."""


class Counterexample(Struct, frozen=True, kw_only=True):
    resource: str
    reason: str
    facts: dict[str, object]


class ClaimReading(Struct, frozen=True, kw_only=True):
    """One statement and what came of it."""

    id: str
    statement: str
    said: str
    """When and where, as the claims file has it."""
    sources: tuple[str, ...]
    reading: Reading
    speaks_of: int
    """Subjects it concerns."""
    agree: int
    against: tuple[Counterexample, ...]
    against_total: int
    missing: dict[str, int]
    """What was missing, with the number of subjects."""
    would_prove: str
    does_not_mean: str
