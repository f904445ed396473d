"""What a finding means for the one who called: decided on before (a waiver), known before (a baseline), or open.

Neither changes a verdict. A waiver is a decision with an owner and an end; a baseline only helps to adopt the scanner.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from msgspec.structs import replace

from scanner.facts.waivers import Waiver
from scanner.model import Finding, Severity, Status, Waived
from scanner.model.document import BaselineUse, WaiverState, WaiverUse
from scanner.model.finished import FinishedScan

SOON = timedelta(days=30)
"""A waiver that ends within these days is told, so that somebody looks at it in time."""

STALE = frozenset({WaiverState.EXPIRED, WaiverState.UNUSED})
"""Waivers that hold nothing back and should go, or be decided anew."""

Fingerprint = tuple[str, str]
"""Id of a finding and the condition that decided it: a fail for another reason is a new one."""


class Baseline:
    """The fails of an earlier scan. Those that were waived then are left out: they return when their waiver ends."""

    def __init__(self, scan: FinishedScan) -> None:
        self.scan_id = scan.header.id
        self.started_at = scan.header.started_at
        self.fails: frozenset[Fingerprint] = frozenset(
            (found.id, found.reason) for found in scan.findings(Status.FAIL) if found.waiver is None
        )


class Settlement:
    """Settles findings one at a time, and counts what is left open."""

    def __init__(self, waivers: Iterable[Waiver], baseline: Baseline | None, today: date) -> None:
        self._waivers = tuple(waivers)
        self._baseline = baseline
        self._today = today
        self._covered: Counter[int] = Counter()
        self._seen: set[Fingerprint] = set()
        self.open_fails: Counter[Severity] = Counter()
        self.settled_fails = 0
        """Fails that are waived, or known from the baseline."""
        self.acknowledged = 0
        """Unknown results that a waiver in force acknowledges."""

    def settle(self, finding: Finding) -> Finding:
        """The finding with its waiver in force, if any, and whether it is known. Status and reason stay."""
        finding = self._waived(finding)
        if finding.status is Status.UNKNOWN:
            self.acknowledged += finding.waiver is not None
        elif finding.status is Status.FAIL:
            fingerprint = (finding.id, finding.reason)
            if self._baseline is not None and fingerprint in self._baseline.fails:
                self._seen.add(fingerprint)
                finding = replace(finding, known=True)
            if finding.waiver is None and not finding.known:
                self.open_fails[finding.severity] += 1
            else:
                self.settled_fails += 1
        return finding

    def _waived(self, finding: Finding) -> Finding:
        for index, waiver in enumerate(self._waivers):
            if waiver.covers(finding):
                self._covered[index] += 1
                if waiver.expires >= self._today and finding.waiver is None:
                    given = Waived(reason=waiver.reason, owner=waiver.owner, expires=waiver.expires.isoformat())
                    finding = replace(finding, waiver=given)
        return finding

    def waivers(self) -> tuple[WaiverUse, ...]:
        """Every waiver with what became of it, in the order of the file."""
        return tuple(
            WaiverUse(
                control=waiver.control,
                resource=waiver.resource,
                reason=waiver.reason,
                owner=waiver.owner,
                expires=waiver.expires.isoformat(),
                approver=waiver.approver,
                ticket=waiver.ticket,
                state=self._state(waiver, self._covered[index]),
                findings=self._covered[index],
            )
            for index, waiver in enumerate(self._waivers)
        )

    def _state(self, waiver: Waiver, covered: int) -> WaiverState:
        if waiver.expires < self._today:
            return WaiverState.EXPIRED
        if not covered:
            return WaiverState.UNUSED
        return WaiverState.ENDS_SOON if waiver.expires - self._today <= SOON else WaiverState.IN_FORCE

    def baseline(self) -> BaselineUse | None:
        """How this scan stands to the baseline; None without one."""
        if self._baseline is None:
            return None
        return BaselineUse(
            scan=self._baseline.scan_id,
            started_at=self._baseline.started_at,
            known=len(self._seen),
            gone=len(self._baseline.fails - self._seen),
        )
