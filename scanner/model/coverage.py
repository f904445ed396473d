"""What was looked at, unit by unit, and what was not."""

from enum import StrEnum

from msgspec import Struct


class CoverageState(StrEnum):
    COMPLETE = "complete"
    PARTIAL = "partial"
    DENIED = "denied"
    NOT_ENABLED = "not_enabled"
    FAILED = "failed"
    SKIPPED = "skipped"


class Coverage(Struct, frozen=True, kw_only=True, gc=False):
    """One row of coverage. A unit has a row for itself and one more for every call of it that did not succeed."""

    provider: str
    partition: str
    account: str
    region: str
    service: str
    type: str
    """Catalog type the row is about; empty when it is about the whole unit."""
    state: CoverageState
    reason: str
    permission: str
    """Missing permission, when that is the reason."""
    count: int = 0
    """Resources found (for the unit's own row)."""


class Unit(Struct, frozen=True, kw_only=True, gc=False, order=True):
    """The grain of work: scanned once, committed once, never twice."""

    provider: str
    partition: str
    account: str
    region: str
    service: str

    @property
    def id(self) -> str:
        return "/".join((self.provider, self.partition, self.account, self.region, self.service))

    def row(
        self, state: CoverageState, reason: str = "", *, type_: str = "", permission: str = "", count: int = 0
    ) -> Coverage:
        """A row about the unit, or about one `type_` in it."""
        return Coverage(
            provider=self.provider,
            partition=self.partition,
            account=self.account,
            region=self.region,
            service=self.service,
            type=type_,
            state=state,
            reason=reason,
            permission=permission,
            count=count,
        )
