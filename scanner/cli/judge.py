"""From a gathered journal to reports and exit code: what a scan and a merge have in common."""

import sys
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec import Struct

from scanner import __version__
from scanner.cli.claims import readings_of
from scanner.cli.notices import tell_statements, tell_waivers
from scanner.cli.outputs import STDOUT, Output, parse_outputs, read_sign_key, write_outputs
from scanner.cli.packs import evaluator_for
from scanner.cli.reading import read_scan
from scanner.cli.terminal import notice
from scanner.facts.registry import Registry, shipped
from scanner.facts.statements import Statements, load_statements
from scanner.facts.waivers import Waiver, load_waivers
from scanner.model import Severity
from scanner.policy.evaluate import Evaluator
from scanner.report.claims import lines
from scanner.scan.conclude import Conclusions, conclude
from scanner.scan.outcome import threshold
from scanner.scan.progress import Progress
from scanner.scan.settle import Baseline
from scanner.store.journal import Journal
from scanner.store.origin import Origin
from scanner.store.scan import JournalScan

DEFAULT_CONFIG = Path("lexloci.yaml")


class Judging(Struct, frozen=True, kw_only=True):
    """What the command line asked for in the way of verdicts and reports."""

    tags: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    config: Path | None = None
    claims: tuple[str, ...] = ()
    """Claims files whose readings stand before a table."""
    format_: str | None = None
    outputs: tuple[str, ...] = ()
    sign_key: Path | None = None
    fail_on: str = "info"
    allow_incomplete: bool = False
    quiet: bool = False
    waivers: Path | None = None
    strict_waivers: bool = False
    baseline: Path | None = None


class Judge:
    """Everything that a verdict needs, read before the first call, so that a mistake costs no scan."""

    def __init__(self, asked: Judging, today: date) -> None:
        """UsageError for a word, file or policy that is wrong."""
        self._asked = asked
        self._today = today
        self._outputs: tuple[Output, ...] = parse_outputs(asked.format_, asked.outputs)
        self._sign_key = read_sign_key(asked.sign_key, self._outputs)
        self._fail_on: frozenset[Severity] = threshold(asked.fail_on)
        self._registry: Registry = shipped()
        self._statements = _statements(asked, today)
        more = load_waivers(asked.waivers, today) if asked.waivers is not None else ()
        self._waivers: tuple[Waiver, ...] = (*self._statements.waivers, *more)
        self._baseline = Baseline(read_scan(asked.baseline)) if asked.baseline is not None else None
        self._evaluator: Evaluator = evaluator_for(asked.policies, asked.params)

    def conclude(
        self,
        journal: Journal,
        origin: Origin,
        source: Callable[[str, str], str],
        progress: Progress,
        *,
        interrupted: bool,
    ) -> None:
        """Store the verdicts in the journal."""
        conclusions = Conclusions(
            scope=origin.scope,
            source=source,
            evaluator=self._evaluator,
            registry=self._registry,
            statements=self._statements,
            today=self._today,
            tags=self._asked.tags,
            fail_on=self._fail_on,
            allow_incomplete=self._asked.allow_incomplete,
            scan_id=str(uuid.uuid4()),
            started_at=origin.started_at,
            now=lambda: rfc3339(datetime.now(UTC)),
            interrupted=interrupted,
            tool_version=__version__,
            plugins=origin.plugins,
            waivers=self._waivers,
            strict_waivers=self._asked.strict_waivers,
            baseline=self._baseline,
        )
        conclude(journal, conclusions, progress)

    def report(self, journal: Journal) -> JournalScan:
        """Write the reports of a concluded journal."""
        scan = JournalScan(journal)
        if self._asked.claims and any(o.path == STDOUT and o.format == "table" for o in self._outputs):
            readings = readings_of(scan, self._asked.claims, self._today)
            sys.stdout.write("\n".join(lines(readings)) + "\n\n")
            sys.stdout.flush()
        write_outputs(scan, self._outputs, self._sign_key)
        return scan

    def tell(self, scan: JournalScan, ended: str) -> None:
        """What the reader of a terminal should know beside the report; `ended` is why the scan ended early."""
        if self._asked.quiet:
            return
        tell_statements(scan, self._statements, self._today)
        tell_waivers(scan)
        if ended:
            notice(ended)
        elif not scan.header.complete:
            notice("not everything in scope could be read; the report's coverage says what and why")


def rfc3339(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")


def _statements(asked: Judging, today: date) -> Statements:
    if asked.config is not None:
        return load_statements(asked.config, today)
    return load_statements(DEFAULT_CONFIG, today) if DEFAULT_CONFIG.exists() else Statements()
