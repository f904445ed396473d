"""A finished scan from wherever it is kept: a sealed folder, a JSON document, standard input."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.model.finished import FinishedScan


def read_scan(path: Path) -> "FinishedScan":
    """UsageError when there is neither a sealed scan nor a document at `path` (`-` is standard input)."""
    if path.is_dir():
        from scanner.store.sealed import SealedScan

        return SealedScan(path)
    from scanner.report.document import read

    return read(path)
