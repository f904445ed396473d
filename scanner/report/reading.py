"""What the results of a pack mean, in the pack's own words."""

from collections.abc import Iterator

from scanner.model.finished import FinishedScan
from scanner.report.text import printable


def readings(scan: FinishedScan) -> Iterator[tuple[str, str]]:
    """Pack and its reading, control and what stands beside its result; those that say something."""
    yield from ((pack.id, pack.reading) for pack in scan.header.policies if pack.reading)
    yield from ((control.control, control.beside) for control in scan.summary.controls if control.beside)


def block(scan: FinishedScan) -> list[str]:
    """As a block of the table, a line each; empty when no pack says anything."""
    lines = [f"  {id_}: {printable(text)}" for id_, text in readings(scan)]
    return ["HOW TO READ IT", *lines] if lines else []
