"""What an order under one law could reach in a scan, and what it would yield. Two questions, never merged."""

from enum import StrEnum

from msgspec import Struct

from scanner.model.document import Volume
from scanner.model.observed import Size


class Grip(StrEnum):
    """How firmly it is known that a law binds somebody, strongest first."""

    ESTABLISHED = "established"
    """Through its own seat, its controlling parent, or whoever runs its machines."""
    EXERCISED = "exercised"
    ARGUABLE = "arguable"
    TECHNOLOGY_ONLY = "technology_only"
    """Foreign technology without control: about availability and updates, not about disclosure."""
    NONE_RECORDED = "none_recorded"
    """The tables know the operator and its parent, and record no such law. Not the same as immunity."""
    NOT_ESTABLISHED = "not_established"
    """The operator, its parent or the entry about them is unknown, unconfirmed or out of date."""


class Yield(StrEnum):
    """What somebody under order could hand over."""

    CLEARTEXT = "cleartext"
    """It can use the key by itself, or there is none."""
    EXTERNAL_KEY = "external_key"
    """Ciphertext while the key's holder refuses; cleartext while the service works with the data."""
    CIPHERTEXT = "ciphertext"
    """Encrypted before it reached the operator."""
    NOT_ESTABLISHED = "not_established"
    """Who can use the key could not be read."""


class StoreUnderLaw(Struct, frozen=True, kw_only=True):
    """One store of health data. `null` is always *not established*."""

    id: str
    type: str
    account: str
    region: str
    country: str | None
    health: str
    operator: str | None
    reached: Grip
    """Whether the law binds the operator."""
    via: str
    """Through what, when it is recorded: `parent`, `entity`, `operator`, `subsidiary`, `minority`, `technology`;
    or `territory`, for a law that follows the machines."""
    why: str
    custody: str
    yields: Yield
    """What the operator could hand over if it were bound."""
    size: Size | None
    """How much it holds; None: no call that the scan made tells it."""
    key_holder: str | None
    """Who holds an external key: an operator's id, or `customer`. None also where no external holder is involved."""
    key_holder_reached: Grip | None
    """Whether the same law binds that holder, so that it could be ordered to give the key."""


class LawTotals(Struct, frozen=True, kw_only=True):
    """Counts of stores. `cleartext`, `external_key`, `ciphertext` and `key_not_established` add up to
    `health_reached`; the `health_…` counts add up to all stores of health data."""

    stores: int
    stores_reached: int
    unclassified_stores: int
    """Stores without any health signal or declaration, or whose tags were not read; no stores without health data."""
    health_stores: int
    health_reached: int
    health_arguable: int
    """Exercised through a subsidiary, or arguable."""
    health_technology_only: int
    health_none_recorded: int
    health_not_established: int
    cleartext: int
    external_key: int
    external_key_and_holder_reached: int
    """Of `external_key`: the law binds the key's holder too."""
    ciphertext: int
    key_not_established: int
    volume: Volume
    """How much the stores of `health_reached` hold."""
    volume_by_yield: dict[str, Volume]
    """The same by what an order would yield; without those that come to no store."""


class UnderLaw(Struct, frozen=True, kw_only=True):
    """What an order under one law could reach in a scan, and what it would yield."""

    law: str
    country: str
    name: str
    title: str
    instrument: str
    status: str
    what_defeats_it: str
    source: str
    as_of: str
    confirmed: bool
    """Whether the entry about the law was read in its source, at most 180 days before the scan."""
    scan: str
    complete: bool
    """Every unit in scope was read. Otherwise there may be more stores."""
    totals: LawTotals
    stores: tuple[StoreUnderLaw, ...]
    """The firmest reach and the most readable first."""
    assumptions: tuple[str, ...]
