"""Progress on stderr: a bar on a terminal, nothing in CI. The result on stdout never mixes with it."""

import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING

from scanner.model import Unit

if TYPE_CHECKING:
    from rich.progress import TaskID


class Terminal:
    """Shows a running scan. A context manager, so that the terminal is restored whatever happens."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet or not sys.stderr.isatty() or bool(os.environ.get("CI")) or os.environ.get("TERM") == "dumb"
        self._task: TaskID | None = None

    def __enter__(self) -> "Terminal":
        if not self._quiet:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[unit]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._quiet:
            self._progress.stop()

    def phase(self, name: str, total: int | None) -> None:
        if not self._quiet:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._task = self._progress.add_task(name, total=total, unit="")

    def step(self, unit: Unit | None) -> None:
        if not self._quiet and self._task is not None:
            where = f"{unit.service} {unit.region}" if unit else ""
            self._progress.update(self._task, advance=1, unit=where)


def notice(message: str) -> None:
    """One sentence for the user on stderr."""
    sys.stderr.write(f"lexloci: {message}\n")
