"""The run behind `lexloci merge`."""

import tempfile
from pathlib import Path

from scanner.cli.clock import Clock
from scanner.cli.judge import Judge
from scanner.cli.options import Merging
from scanner.cli.sample import tell
from scanner.cli.signals import stopping
from scanner.cli.terminal import Terminal
from scanner.errors import CannotRunError, UsageError
from scanner.model import Coverage, CoverageState
from scanner.model.coverage import beside_units
from scanner.providers.contract import Limits, Provider
from scanner.providers.plugins import load_provider
from scanner.scan.gather import second_pass
from scanner.scan.lasting import lasting
from scanner.scan.progress import Progress
from scanner.scan.sampling import sampling
from scanner.scan.stop import Stop
from scanner.scan.work import Threads
from scanner.store.broken import DamagedJournalError
from scanner.store.journal import Journal
from scanner.store.merge import Part, merge, read_parts, refuse_damaged
from scanner.store.origin import Origin

_LOOK_UP = "looking up"
"""Name of the coverage rows of what the second pass did not look up."""


def run_merge(asked: Merging) -> int:
    """Join, look up, judge and report; the exit code of the whole scan. Errors are raised as LexlociError."""
    with lasting():
        judge = Judge(asked, Clock(reproducible=asked.reproducible))
    if asked.journal is not None and asked.journal.resolve() in {path.resolve() for path in asked.journals}:
        raise UsageError(f"{asked.journal} is one of the journals to be joined.")
    parts = read_parts(asked.journals)
    provider, _ = load_provider(parts[0].origin.provider, plugins=not asked.no_plugins)
    with tempfile.TemporaryDirectory(prefix="lexloci-") as folder:
        try:
            return _joined(asked, judge, provider, parts, asked.journal or Path(folder) / "merged.journal")
        except DamagedJournalError:
            refuse_damaged(parts)
            raise


def _joined(asked: Merging, judge: Judge, provider: Provider, parts: list[Part], target: Path) -> int:
    stop = Stop(asked.seconds())
    with Journal(target) as journal:
        origin = merge(journal, parts)
        with Terminal(asked) as progress, stopping(stop) as signals:
            if any(part.origin.shard for part in parts):
                journal.add_coverage(_LOOK_UP, _looked_up(asked, provider, parts, origin, journal, stop, progress))
            judge.conclude(journal, origin, provider.source, progress, interrupted=bool(stop.why))
        scan = judge.report(journal, interrupted=signals.number is not None)
        judge.tell(scan, f"{stop.why}; merge again to look up the rest" if stop.why else "")
    return 128 + signals.number if signals.number is not None else scan.summary.exit_code


def _looked_up(
    asked: Merging,
    provider: Provider,
    parts: list[Part],
    origin: Origin,
    journal: Journal,
    stop: Stop,
    progress: Progress,
) -> list[Coverage]:
    """Look up what no part could look up by itself; the rows of what was not looked up."""
    references = journal.open_references()
    may_read = int(origin.options.get("sample") or 0)
    if not references and not may_read:
        return []
    if asked.offline:
        reason = f"not_scanned: --offline; {len(references)} references to keys and destinations were not looked up"
        rows = [_row(origin, account, reason) for account in sorted({one.account for one in references})]
        return [*rows, _row(origin, "", "not_scanned: --offline; no content was sampled")] if may_read else rows
    if may_read:
        tell(may_read)
    collector = provider.open(origin.options, Limits(workers=asked.workers, read_timeout=asked.timeout))
    pool = Threads(collector, asked.workers, journal.path.parent)
    try:
        if list(collector.scope["accounts"]) != list(origin.scope["accounts"]):
            raise CannotRunError(
                f"These credentials reach other accounts than the shards in {parts[0].path}. Sign in as they did, or "
                "use --offline."
            )
        missed = second_pass(collector, journal, pool, stop=stop, progress=progress)
        last = sampling(collector, journal, may_read, asked.workers, stop=stop, progress=progress)
        return [*missed, *(last() if last is not None else ())]
    finally:
        pool.leave()
        collector.close()


def _row(origin: Origin, account: str, reason: str) -> Coverage:
    partition = str(origin.scope.get("partition", ""))
    return beside_units(origin.provider, partition, account, CoverageState.SKIPPED, reason)
