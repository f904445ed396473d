"""What a scan looked at and what it did not, as the verdicts need it."""

from collections import Counter
from collections.abc import Iterator

from scanner.facts.health import table
from scanner.model import Coverage, CoverageState, Gap, GapReason
from scanner.model.coverage import SETTLED

_MOST_GAPS = 6
_TAGGING = "resourcegroupstaggingapi"


class Seen:
    """Coverage rows, looked through once. Rows of complete units are counted, not kept, but for those of tags."""

    def __init__(self, rows: Iterator[Coverage]) -> None:
        self.tagging: dict[tuple[str, str], Coverage] = {}
        self.undiscovered: dict[tuple[str, str], Coverage] = {}
        """Discovery that was not read, by the type of resource it could have spoken of and the account."""
        self.measured = False
        gaps: dict[Gap, Coverage] = {}
        units: Counter[str] = Counter()
        for row in rows:
            if row.service == _TAGGING and not row.type:
                self.tagging[(row.account, row.region)] = row
            for type_ in _unspoken_of(row):
                self.undiscovered.setdefault((type_, row.account), row)
            self.measured = self.measured or row.state in (CoverageState.COMPLETE, CoverageState.PARTIAL)
            # Rows about single calls are not units.
            units[row.state.value] += not row.type
            if row.state not in SETTLED:
                gaps.setdefault(gap_of(row), row)
        self.units = {state: count for state, count in sorted(units.items()) if count}
        """How many units ended in which state."""
        self.gaps = _summed_up(tuple(_told_once(gaps)))
        self.complete = not gaps


def _unspoken_of(row: Coverage) -> Iterator[str]:
    """Types of resources of which a discovery service might have said something, had it answered."""
    if row.state in SETTLED:
        return
    for id_, source in table().discovery.sources.items():
        whole = not row.type and row.state is not CoverageState.PARTIAL and row.service == id_.partition(".")[0]
        if row.type == id_ or whole:
            yield from source.of


def _told_once(gaps: dict[Gap, Coverage]) -> Iterator[Gap]:
    """Without the row of a unit where that of a type in it says the same: the same place, the same permission."""
    of_types = {(row.account, row.region, row.service, row.permission) for row in gaps.values() if row.type}
    for gap, row in gaps.items():
        if row.type or (row.account, row.region, row.service, row.permission) not in of_types:
            yield gap


def _summed_up(gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
    """The first few, and how many more: a verdict about the scan does not repeat the coverage rows."""
    if len(gaps) <= _MOST_GAPS:
        return gaps
    rest = Gap(fact="coverage.complete", reason=GapReason.NOT_SCANNED, detail=f"and {len(gaps) - _MOST_GAPS} more rows")
    return (*gaps[:_MOST_GAPS], rest)


def gap_of(row: Coverage) -> Gap:
    """The coverage row of something that was not read, as a gap."""
    word = row.reason.partition(":")[0]
    known = {reason.value for reason in GapReason}
    fallback = GapReason.NOT_SCANNED if row.state is CoverageState.SKIPPED else GapReason.PROVIDER_ERROR
    return Gap(
        fact="coverage.complete",
        reason=GapReason(word) if word in known else fallback,
        detail=f"{row.type or row.service or 'scope'} in {row.region or 'the account'}: {row.state.value}",
        permission=row.permission,
    )
