"""What was looked at, unit by unit, and what was not."""

from enum import StrEnum

from msgspec import Struct

from scanner.model.gap import GapReason


class CoverageState(StrEnum):
    COMPLETE = "complete"
    PARTIAL = "partial"
    DENIED = "denied"
    NOT_ENABLED = "not_enabled"
    FAILED = "failed"
    SKIPPED = "skipped"

    @classmethod
    def refused(cls, reason: GapReason) -> "CoverageState":
        """The state of a list that gave nothing for this reason."""
        return _REFUSED.get(reason, cls.FAILED)


SETTLED = frozenset({CoverageState.COMPLETE, CoverageState.NOT_ENABLED})
"""Nothing is missing: all was read, or there is nothing to read."""

_REFUSED = {
    GapReason.DENIED: CoverageState.DENIED,
    GapReason.DENIED_BY_ORGANIZATION: CoverageState.DENIED,
    GapReason.NOT_ENABLED: CoverageState.NOT_ENABLED,
    GapReason.TRUNCATED: CoverageState.PARTIAL,
}


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


def beside_units(
    provider: str,
    partition: str,
    account: str,
    state: CoverageState,
    reason: str,
    *,
    region: str = "",
    permission: str = "",
) -> Coverage:
    """A row about no unit: about an account, a region of it, or with an empty `account` the whole scan."""
    return Coverage(
        provider=provider,
        partition=partition,
        account=account,
        region=region,
        service="",
        type="",
        state=state,
        reason=reason,
        permission=permission,
    )


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
