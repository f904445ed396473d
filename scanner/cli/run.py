"""One scan, from the request to its reports and exit code. The only place that knows all the rooms."""

import hashlib
import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from scanner import __version__
from scanner.cli.clock import Clock, rfc3339
from scanner.cli.judge import Judge
from scanner.cli.options import Scanning
from scanner.cli.sample import tell
from scanner.cli.signals import stopping
from scanner.cli.terminal import Terminal, notice
from scanner.errors import CannotRunError, UsageError
from scanner.providers.contract import Collector, Limits
from scanner.providers.plugins import load_provider
from scanner.scan.gather import gather
from scanner.scan.lasting import lasting
from scanner.scan.sampling import sampling
from scanner.scan.stop import Stop
from scanner.scan.work import Pool, Threads
from scanner.store.journal import Journal
from scanner.store.origin import Origin, gathered, remember
from scanner.store.shard import Shard, parse


def run_scan(cloud: str, options: Mapping[str, Any], asked: Scanning) -> int:
    """Scan what `options` say of a cloud, and report.

    Returns the exit code of a scan that ran (0, 1, 3, 130 or 143). Errors are raised as LexlociError.
    """
    shard = _shard(asked)
    clock = Clock(reproducible=asked.reproducible)
    limits = Limits(workers=asked.workers, read_timeout=asked.timeout)
    may_read = int(options.get("sample") or 0)
    with lasting():
        judge = Judge(asked, clock)
        provider, described = load_provider(cloud, plugins=not asked.no_plugins)
        if may_read:
            tell(may_read)
        stop = Stop(asked.seconds())
        collector = provider.open(options, limits)
    scope = dict(collector.scope)
    digest = _digest(scope)
    with closing(collector), Journal(asked.journal or _default_journal(digest)) as journal:
        journal.bind(digest, resume=asked.resume)
        origin = Origin(
            provider=cloud,
            options=dict(options),
            scope=scope,
            started_at=rfc3339(clock.started),
            plugins=(described,),
            tool_version=__version__,
            shard=str(shard or ""),
        )
        remember(journal, origin)
        pool = _pool(cloud, options, asked, collector, limits, journal.path.parent)
        with Terminal(asked) as progress, stopping(stop) as signals:
            try:
                last = sampling(collector, journal, may_read, asked.workers, stop=stop, progress=progress)
                whole = gather(collector, journal, pool, stop=stop, progress=progress, shard=shard, last=last)
                if whole:
                    gathered(journal)
            finally:
                pool.leave()
            if shard is None:
                judge.conclude(journal, origin, provider.source, progress, interrupted=bool(stop.why))
        ended = _ended(stop, journal, whole=whole)
        if shard is not None:
            exit_code = _tell_shard(shard, journal, ended)
        else:
            exit_code = _report(judge, journal, ended, interrupted=signals.number is not None)
        if asked.journal is None and not ended:
            journal.discard()
    return 128 + signals.number if signals.number is not None else exit_code


def _shard(asked: Scanning) -> Shard | None:
    """The part to scan. It has no report of its own, because keys and totals are known only to the whole."""
    if not asked.shard:
        return None
    shard = parse(asked.shard)
    if asked.journal is None:
        raise UsageError("--shard goes with --journal: the parts are joined by `lexloci merge` from their journals.")
    if asked.output or asked.format:
        raise UsageError("A shard has no report of its own; `lexloci merge` writes that of all shards.")
    return shard


def _pool(
    cloud: str, options: Mapping[str, Any], asked: Scanning, collector: Collector, limits: Limits, folder: Path
) -> Pool:
    if not asked.executor:
        return Threads(collector, asked.workers, folder)
    from scanner.scan.cluster import cluster

    return cluster(asked.executor, cloud, options, limits, collector.scope, plugins=not asked.no_plugins)


def _tell_shard(shard: Shard, journal: Journal, ended: str) -> int:
    """Say how far one part of a scan came; its exit code."""
    units = len(journal.done())
    complete = f"shard {shard} is complete: {units} units in {journal.path}; join the parts with lexloci merge"
    notice(ended or complete)
    return 3 if ended else 0


def _report(judge: Judge, journal: Journal, ended: str, *, interrupted: bool) -> int:
    """Write the reports of a whole scan; its exit code."""
    try:
        scan = judge.report(journal, interrupted=interrupted)
    except CannotRunError:
        notice(ended or f"what was scanned is kept; --resume writes the report again (journal {journal.path})")
        raise
    judge.tell(scan, ended)
    return scan.summary.exit_code


def _ended(stop: Stop, journal: Journal, *, whole: bool) -> str:
    """What to say of a scan that was ended early, or lost units to its executor; empty for others."""
    why = stop.why or ("" if whole else "not everything was done, the coverage says what")
    return f"{why}; what is complete is kept, go on with --resume (journal {journal.path})" if why else ""


def _digest(scope: Mapping[str, Any]) -> str:
    return hashlib.sha256(__version__.encode() + msgspec.json.encode(scope, order="sorted")).hexdigest()


def _default_journal(digest: str) -> Path:
    """Where a scan that named no journal keeps it: one file a scope, so that `--resume` finds it again."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "lexloci" / f"{digest[:16]}.journal"
