"""Standard error: a bar on a terminal, notices, with -v what is being done. The result on stdout never mixes with it.

Notices are records of Python's own logging, so that `--log-format json` is a formatter and `--quiet` a level.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING

from scanner.cli.options import Talking

if TYPE_CHECKING:
    from rich.progress import TaskID

    from scanner.model import Coverage, Gap, Unit

_LOG = logging.getLogger("lexloci")
_LOG.propagate = False
_WORDS = {logging.DEBUG: "detail", logging.INFO: "detail", logging.WARNING: "notice", logging.ERROR: "error"}
_COLORS = {logging.WARNING: "33", logging.ERROR: "31"}


def speak(asked: Talking) -> None:
    """Tell notices as the options say, from here on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if asked.log_format == "json" else _Text(colored=colored(asked.color)))
    _LOG.handlers[:] = [handler]
    _LOG.setLevel(logging.ERROR if asked.quiet else logging.INFO if asked.verbose else logging.WARNING)
    logging.raiseExceptions = False  # a reader of stderr that went away is no reason to print a traceback to it


def notice(message: str) -> None:
    """One sentence for the user."""
    _tell(logging.WARNING, message)


def failure(message: str) -> None:
    """Why there is no result; not to be silenced."""
    _tell(logging.ERROR, message)


def colored(word: str) -> bool:
    """Whether stderr is coloured: the flag, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal that can."""
    if word != "auto":
        return word == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


class Terminal:
    """Shows a running scan. A context manager, so that the terminal is restored whatever happens."""

    def __init__(self, asked: Talking) -> None:
        lines = asked.quiet or asked.verbose or asked.log_format == "json"
        terminal = sys.stderr.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"
        self._bar = terminal and not lines
        self._colored = colored(asked.color)
        self._task: TaskID | None = None

    def __enter__(self) -> "Terminal":
        if self._bar:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[unit]}"),
                console=Console(stderr=True, no_color=not self._colored),
                transient=True,
            )
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._progress.stop()

    def phase(self, name: str, total: int | None) -> None:
        _tell(logging.INFO, name if total is None else f"{name}: {total}", total=total)
        if self._bar:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._task = self._progress.add_task(name, total=total, unit="")

    def step(self, unit: "Unit | None", refused: "Iterable[Coverage | Gap]" = ()) -> None:
        if unit is not None:
            _tell(logging.INFO, f"read {unit.id}", unit=unit.id)
        from scanner.model import Gap

        for one in refused if _LOG.isEnabledFor(logging.INFO) else ():
            call = one.operation if isinstance(one, Gap) else one.type or one.service
            why = one.reason.value if isinstance(one, Gap) else one.state.value
            detail = one.detail if isinstance(one, Gap) else one.reason
            where = f" in {unit.id}" if unit is not None else ""
            needed = f"; grant {one.permission}" if one.permission else ""
            message = f"{why}: {call}{where}{needed}; {detail}".removesuffix("; ")
            _tell(logging.INFO, message, state=why, call=call, permission=one.permission, detail=detail)
        if self._bar and self._task is not None:
            where = f"{unit.service} {unit.region}" if unit else ""
            self._progress.update(self._task, advance=1, unit=where)


def _tell(level: int, message: str, **fields: object) -> None:
    if not _LOG.handlers:
        speak(Talking())
    _LOG.log(level, message, extra={"fields": fields})


class _Text(logging.Formatter):
    """`lexloci: message`, without what a name in an account could do to a terminal."""

    def __init__(self, *, colored: bool) -> None:
        super().__init__()
        self._colored = colored

    def format(self, record: logging.LogRecord) -> str:
        from scanner.report.text import printable

        color = _COLORS.get(record.levelno) if self._colored else None
        prefix = f"\x1b[{color}mlexloci:\x1b[0m" if color else "lexloci:"
        return f"{prefix} {printable(record.getMessage())}"


class _Json(logging.Formatter):
    """One object a line: time, level, message, and what the message is made of."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        told = {"time": at, "level": _WORDS[record.levelno], "message": record.getMessage()}
        return json.dumps({**told, **record.__dict__.get("fields", {})}, ensure_ascii=True)
