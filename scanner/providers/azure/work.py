"""One unit of work: what it reads, what it remembers while it runs, and what became of it."""

from collections.abc import Iterator

from msgspec.structs import replace

from scanner.model import CoverageState, GapReason, Unit
from scanner.providers.azure.call import Tally
from scanner.providers.azure.observe import Seen
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.contract import Record


class Work:
    """The state of one unit; used by one thread."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.tally = Tally()
        self.found = 0
        self.seen: set[str] = set()
        """Ids given out, so that overlapping pages give no doubles."""
        self.encryptions: dict[str, Seen] = {}
        """Encryption of resources that others take theirs from."""
        self._asleep: dict[str, str] = {}
        self._notes: dict[str, tuple[str, int]] = {}
        self._problems: dict[tuple[str, CoverageState, str, str, str], tuple[str, int]] = {}

    def refused(self, type_: str, error: RefusalError, *, account: str = "") -> None:
        """Remember a read that failed; alike ones share a coverage row. `account`: when it is not the unit's."""
        self.problem(
            type_,
            error.state,
            error.reason,
            error.sentence,
            permission=error.permission,
            key=f"{error.reason} {error.operation}",
            account=account,
        )

    def problem(
        self,
        type_: str,
        state: CoverageState,
        reason: GapReason,
        detail: str,
        *,
        permission: str = "",
        key: str = "",
        times: int = 1,
        account: str = "",
    ) -> None:
        """A row to give out at the end; `times` is added up over alike ones."""
        place = (type_, state, permission, key or detail, account)
        first, before = self._problems.get(place, (f"{reason.value}: {detail}", 0))
        self._problems[place] = (first, before + times)

    def note(self, type_: str, reason: str, count: int) -> None:
        """Remember a type that needed no reading."""
        self._notes[type_] = (reason, count)

    def asleep(self, type_: str, reason: str) -> None:
        """Remember a service that nobody has turned on, which is an answer."""
        self._asleep[type_] = f"{GapReason.NOT_ENABLED.value}: {reason}"

    def end(self, fatal: RefusalError | None = None, *, known: int = 0) -> Iterator[Record]:
        """The last records: rows of what failed, the calls, and the row of the unit. `fatal` ended the unit early.

        `known` resources were there before the unit read anything; they count, and make no failed unit a partial one.
        """
        incomplete = False
        count = self.found + known
        for (type_, state, permission, _, account), (reason, times) in sorted(self._problems.items()):
            incomplete = incomplete or state is not CoverageState.SKIPPED
            told = reason if times == 1 else f"{reason} ({times} times)"
            row = self.unit.row(state, told, type_=type_, permission=permission, count=times)
            yield replace(row, account=account) if account else row
        for type_, (reason, noted) in sorted(self._notes.items()):
            yield self.unit.row(CoverageState.COMPLETE, reason, type_=type_, count=noted)
        for type_, reason in sorted(self._asleep.items()):
            yield self.unit.row(CoverageState.NOT_ENABLED, reason, type_=type_)
        yield self.tally.calls()
        if fatal is not None:
            state = CoverageState.PARTIAL if self.found else fatal.state
            told = f"{fatal.reason.value}: {fatal.sentence}"
            yield self.unit.row(state, told, permission=fatal.permission, count=count)
        elif incomplete:
            yield self.unit.row(CoverageState.PARTIAL, "some reads failed; their rows say which", count=count)
        else:
            yield self.unit.row(CoverageState.COMPLETE, count=count)
