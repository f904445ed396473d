"""One scan, from the request to its reports and exit code. The only place that knows all the rooms."""

import hashlib
import os
import signal
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from importlib.metadata import entry_points
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
from msgspec import Struct

from scanner import __version__
from scanner.cli.claims import readings_of
from scanner.cli.notices import tell_statements, tell_waivers
from scanner.cli.outputs import STDOUT, parse_outputs, write_outputs
from scanner.cli.packs import evaluator_for
from scanner.cli.terminal import Terminal, notice
from scanner.errors import UsageError
from scanner.facts.registry import shipped
from scanner.facts.statements import Statements, load_statements
from scanner.facts.waivers import Waiver, load_waivers
from scanner.providers.contract import Limits, Provider
from scanner.report.claims import lines
from scanner.report.document import read
from scanner.scan.conclude import Conclusions, conclude
from scanner.scan.gather import gather
from scanner.scan.outcome import threshold
from scanner.scan.settle import Baseline
from scanner.store.journal import Journal
from scanner.store.scan import JournalScan

DEFAULT_CONFIG = Path("lexloci.yaml")


class Request(Struct, frozen=True, kw_only=True):
    """What the command line asked for."""

    provider: str
    options: Mapping[str, Any]
    tags: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    config: Path | None = None
    claims: tuple[str, ...] = ()
    """Claims files whose readings stand before a table."""
    format_: str | None = None
    outputs: tuple[str, ...] = ()
    fail_on: str = "info"
    allow_incomplete: bool = False
    workers: int = 16
    journal: Path | None = None
    resume: bool = False
    quiet: bool = False
    waivers: Path | None = None
    strict_waivers: bool = False
    baseline: Path | None = None


def run_scan(request: Request) -> int:
    """Scan and report; the exit code of a scan that ran (0, 1, 3, 130 or 143). Errors are raised as LexlociError."""
    outputs = parse_outputs(request.format_, request.outputs)
    fail_on = threshold(request.fail_on)
    started = datetime.now(UTC)
    registry, statements = shipped(), _statements(request, started.date())
    waivers = _waivers(request, statements, started.date())
    baseline = Baseline(read(request.baseline)) if request.baseline is not None else None
    evaluator = evaluator_for(request.policies, request.params)
    provider = load_provider(request.provider)
    collector = provider.open(request.options, Limits(workers=request.workers))
    digest = _digest(collector.scope)
    journal = Journal(request.journal or _default_journal(digest))
    try:
        journal.bind(digest, resume=request.resume)
        with Terminal(quiet=request.quiet) as progress, _stoppable() as stop:
            gather(collector, journal, workers=request.workers, stop=stop.event, progress=progress)
            conclude(
                journal,
                Conclusions(
                    scope=collector.scope,
                    source=provider.source,
                    evaluator=evaluator,
                    registry=registry,
                    statements=statements,
                    today=started.date(),
                    tags=request.tags,
                    fail_on=fail_on,
                    allow_incomplete=request.allow_incomplete,
                    scan_id=str(uuid.uuid4()),
                    started_at=_rfc3339(started),
                    now=lambda: _rfc3339(datetime.now(UTC)),
                    interrupted=stop.signal is not None,
                    tool_version=__version__,
                    plugins=(f"{provider.name} {type(provider).__module__}",),
                    waivers=waivers,
                    strict_waivers=request.strict_waivers,
                    baseline=baseline,
                ),
                progress,
            )
        scan = JournalScan(journal)
        if request.claims and any(output.path == STDOUT and output.format == "table" for output in outputs):
            readings = readings_of(scan, request.claims, started.date())
            sys.stdout.write("\n".join(lines(readings)) + "\n\n")
            sys.stdout.flush()
        write_outputs(scan, outputs)
        exit_code = 128 + stop.signal if stop.signal is not None else scan.summary.exit_code
        if not request.quiet:
            tell_statements(scan, statements, started.date())
            tell_waivers(scan)
            _tell(scan, journal, stop.signal)
        if request.journal is None and stop.signal is None:
            journal.discard()
    finally:
        collector.close()
        journal.close()
    return exit_code


def load_provider(name: str) -> Provider:
    """The plugin registered under `lexloci.providers`; UsageError when there is none of that name."""
    found = entry_points(group="lexloci.providers")
    for entry in found:
        if entry.name == name:
            provider: Provider = entry.load()
            return provider
    known = ", ".join(sorted(entry.name for entry in found)) or "none"
    raise UsageError(f"There is no provider '{name}'; installed: {known}.")


def _statements(request: Request, today: date) -> Statements:
    if request.config is not None:
        return load_statements(request.config, today)
    return load_statements(DEFAULT_CONFIG, today) if DEFAULT_CONFIG.exists() else Statements()


def _waivers(request: Request, statements: Statements, today: date) -> tuple[Waiver, ...]:
    more = load_waivers(request.waivers, today) if request.waivers is not None else ()
    return (*statements.waivers, *more)


def _digest(scope: Mapping[str, Any]) -> str:
    return hashlib.sha256(__version__.encode() + msgspec.json.encode(scope, order="sorted")).hexdigest()


def _default_journal(digest: str) -> Path:
    """Where a scan that named no journal keeps it: one file a scope, so that `--resume` finds it again."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "lexloci" / f"{digest[:16]}.journal"


def _tell(scan: JournalScan, journal: Journal, signal_: int | None) -> None:
    if signal_ is not None:
        notice(f"interrupted; what is complete is kept, go on with --resume (journal {journal.path})")
    elif not scan.header.complete:
        notice("not everything in scope could be read; the report's coverage says what and why")


def _rfc3339(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")


class _Stop:
    """Set by the first SIGINT or SIGTERM; a second one ends the process at once."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.signal: int | None = None

    def handle(self, number: int, _: FrameType | None) -> None:
        if self.signal is not None:
            os._exit(128 + number)
        self.signal = number
        self.event.set()


@contextmanager
def _stoppable() -> Iterator[_Stop]:
    stop = _Stop()
    before = {number: signal.signal(number, stop.handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
