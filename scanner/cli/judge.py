"""From a gathered journal to reports and exit code: what a scan and a merge have in common."""

from collections.abc import Callable
from datetime import date

from scanner import __version__
from scanner.cli.anchor import anchor
from scanner.cli.claims import claims_evaluator, readings_of
from scanner.cli.clock import Clock
from scanner.cli.notices import tell_own_facts, tell_statements, tell_waivers
from scanner.cli.options import Judging
from scanner.cli.outputs import Manner, Output, parse_outputs, read_pseudonyms, read_sign_key, write_outputs
from scanner.cli.own_facts import registry_with
from scanner.cli.packs import evaluator_for
from scanner.cli.reading import read_scan
from scanner.cli.settings import file_in_use
from scanner.cli.terminal import failure, notice, speak
from scanner.errors import CannotRunError, UsageError
from scanner.facts.registry import Registry
from scanner.facts.statements import Statements, load_statements
from scanner.facts.waivers import Waiver, load_waivers
from scanner.model import Severity
from scanner.model.claims import ClaimReading
from scanner.model.finished import FinishedScan
from scanner.policy.evaluate import Evaluator
from scanner.scan.asked import Conclusions
from scanner.scan.conclude import conclude
from scanner.scan.outcome import threshold
from scanner.scan.progress import Progress
from scanner.scan.settle import Baseline
from scanner.store.journal import Journal
from scanner.store.origin import Origin
from scanner.store.scan import JournalScan


class Judge:
    """Everything that a verdict needs, read before the first call, so that a mistake costs no scan."""

    def __init__(self, asked: Judging, clock: Clock) -> None:
        """UsageError for a word, file or policy that is wrong."""
        self._asked = asked
        self._clock = clock
        self._today = today = clock.started.date()
        speak(asked)
        self._outputs: tuple[Output, ...] = parse_outputs(asked.format, asked.output)
        self._sign_key = read_sign_key(asked.sign_key, self._outputs)
        self._pseudonyms = read_pseudonyms(asked.redact, asked.redact_key)
        self._fail_on: frozenset[Severity] = threshold(asked.fail_on)
        self._registry: Registry = registry_with(asked.facts)
        self._statements = _statements(asked, today)
        more = load_waivers(asked.waivers, today) if asked.waivers is not None else ()
        self._waivers: tuple[Waiver, ...] = (*self._statements.waivers, *more)
        self._baseline = Baseline(read_scan(asked.baseline)) if asked.baseline is not None else None
        self._evaluator: Evaluator = evaluator_for(asked.policy, asked.param)
        if asked.claims:
            claims_evaluator(asked.claims)

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
            tags=self._asked.tag,
            fail_on=self._fail_on,
            allow_incomplete=self._asked.allow_incomplete,
            scan_id=self._clock.scan_id(f"{sorted(origin.scope.items())} {origin.shard}"),
            started_at=origin.started_at,
            now=self._clock.now,
            interrupted=interrupted,
            tool_version=__version__,
            plugins=origin.plugins,
            waivers=self._waivers,
            strict_waivers=self._asked.strict_waivers,
            baseline=self._baseline,
        )
        conclude(journal, conclusions, progress)

    def report(self, journal: Journal, *, interrupted: bool) -> JournalScan:
        """Write the reports of a concluded journal; CannotRunError for one that cannot be written.

        A scan whose own code is 2, and one that a signal `interrupted`, keep theirs: the failure is told only.
        """
        scan = JournalScan(journal)
        asked = self._asked
        manner = Manner(
            lang=asked.lang,
            ocsf_version=asked.ocsf_version,
            claims=self._claims if asked.claims else None,
            anchor=anchor(self._outputs, file_in_use(asked.config, none=asked.no_config), asked.policy),
        )
        try:
            write_outputs(scan, self._outputs, self._sign_key, self._pseudonyms, manner)
        except CannotRunError as error:
            if not interrupted and scan.summary.exit_code != UsageError.exit_code:
                raise
            for line in str(error).splitlines():
                failure(line)
        return scan

    def _claims(self, scan: FinishedScan) -> tuple[ClaimReading, ...]:
        return readings_of(scan, self._asked.claims, self._registry, self._today)

    def tell(self, scan: JournalScan, ended: str) -> None:
        """What the reader of a terminal should know beside the report; `ended` is why the scan ended early."""
        tell_statements(scan, self._statements, self._registry, self._today)
        tell_own_facts(scan)
        tell_waivers(scan)
        if ended:
            notice(ended)
        elif not scan.header.complete:
            notice("not everything in scope could be read; the report's coverage says what and why")


def _statements(asked: Judging, today: date) -> Statements:
    path = file_in_use(asked.config, none=asked.no_config)
    if path is None:
        return Statements()
    notice(f"using {path}")
    return load_statements(path, today)
