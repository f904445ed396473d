"""Blocks of the table: fails and unknowns about which somebody decided, by a waiver or a baseline."""

from collections.abc import Callable, Iterator

from scanner.model import Finding, Status
from scanner.model.document import WaiverState
from scanner.model.finished import FinishedScan
from scanner.report.columns import MOST_ROWS, under
from scanner.report.text import printable


def findings(scan: FinishedScan, width: int) -> list[str]:
    """The fails and unknowns themselves: known from the baseline, waived, acknowledged."""
    lines: list[str] = []
    for status, chosen, title in _BLOCKS:
        shown, total = _first(found for found in scan.findings(status) if chosen(found))
        if not total:
            continue
        rows = [
            (f.severity.value, f.control, _waived(f) if f.waiver is not None else f.reason.replace("_", " "))
            for f in shown
        ]
        lines += [title, under([f.resource for f in shown], rows, ("severity", "control", "why"), width)]
        if total > len(shown):
            lines.append(f"… and {total - len(shown)} more; --format json has them all")
        lines.append("")
    return lines[:-1]


_BLOCKS: tuple[tuple[Status, Callable[[Finding], bool], str], ...] = (
    (Status.FAIL, lambda found: found.known and found.waiver is None, "KNOWN FROM THE BASELINE, and still there"),
    (Status.FAIL, lambda found: found.waiver is not None, "WAIVED, and still there"),
    (Status.UNKNOWN, lambda found: found.waiver is not None, "ACKNOWLEDGED, and still not established"),
)


def _waived(finding: Finding) -> str:
    waiver = finding.waiver
    return f"until {waiver.expires} by {waiver.owner}: {waiver.reason}" if waiver is not None else ""


def waivers(scan: FinishedScan, width: int) -> list[str]:
    """Waivers that hold nothing back, and those that soon will not; the ones in force stand with their findings."""
    found = [waiver for waiver in scan.summary.waivers if waiver.state is not WaiverState.IN_FORCE]
    if not found:
        return []
    rows = [
        (waiver.state.value.replace("_", " "), waiver.control, waiver.expires, waiver.owner, waiver.findings)
        for waiver in found
    ]
    headers = ("waiver", "control", "expires", "owner", "findings")
    return ["WAIVERS THAT NEED A LOOK", under([waiver.resource for waiver in found], rows, headers, width)]


def in_words(scan: FinishedScan) -> str:
    """The fails that do not count for the exit code, in words; empty when there are none."""
    waived = sum(control.counts.get("waived", 0) for control in scan.summary.controls)
    told = f" ({waived} of the fails waived)" if waived else ""
    baseline = scan.summary.baseline
    if baseline is None:
        return told
    known = f"{baseline.known} fails known from scan {printable(baseline.scan)}"
    return f"{told}; {known}, {baseline.gone} of its fails are gone"


def _first(findings: Iterator[Finding]) -> tuple[list[Finding], int]:
    shown: list[Finding] = []
    total = 0
    for finding in findings:
        total += 1
        if len(shown) < MOST_ROWS:
            shown.append(finding)
    return shown, total
