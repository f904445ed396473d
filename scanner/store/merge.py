"""Journals of the parts of one scan, joined. Joining the same journal twice changes nothing."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from scanner.errors import UsageError
from scanner.model import Coverage, CoverageState
from scanner.model.coverage import beside_units
from scanner.store.journal import NOT_REACHED, PRELIMINARY, Journal, by_account
from scanner.store.origin import Origin, gathered, is_gathered, origin_of, remember
from scanner.store.shard import Shard, parse

_MISSING = "missing shards"
_SECOND_PASS = "resolve:"
"""With what the service of its units begins, see `scanner.providers.contract.Collector.resolution_units`."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A journal to be joined, as far as it is read beforehand."""

    path: Path
    digest: str
    origin: Origin
    gathered: bool
    preliminary: tuple[Coverage, ...]
    not_reached: tuple[Coverage, ...]


def read_parts(paths: Sequence[Path]) -> list[Part]:
    """What the journals are; UsageError when they are not parts of one scan, or one is in use."""
    parts = [_read(path) for path in paths]
    for part in parts[1:]:
        if part.digest != parts[0].digest:
            raise UsageError(
                f"{part.path} is of another scope or version than {parts[0].path}; only parts of one scan are joined."
            )
    divisions = {shard.of for part in parts if (shard := _shard(part)) is not None}
    if len(divisions) > 1:
        found = " and ".join(f"i/{division}" for division in sorted(divisions))
        raise UsageError(f"These are shards of different divisions ({found}) of one scan.")
    return parts


def merge(target: Journal, parts: Sequence[Part]) -> Origin:
    """Fill the empty `target` with what the parts hold; the origin of the whole.

    A shard that is not there, or did not come to its end, is a coverage row. References are joined and not looked up.
    """
    target.bind(parts[0].digest, resume=False)
    for part in parts:
        target.absorb(part.path)
    rows = dict.fromkeys(row for part in parts for row in part.preliminary)
    target.add_coverage(PRELIMINARY, by_account(rows))
    done = target.done()
    unreached = dict.fromkeys(
        row
        for part in parts
        for row in part.not_reached
        # What a part did not look up is still an open reference, for whoever has the whole.
        if unit_id(row) not in done and not row.service.startswith(_SECOND_PASS)
    )
    target.add_coverage(NOT_REACHED, unreached)
    missing = _missing(parts)
    target.add_coverage(_MISSING, missing)
    origin = msgspec.structs.replace(
        parts[0].origin,
        shard="",
        started_at=min(part.origin.started_at for part in parts),
        plugins=tuple(sorted({plugin for part in parts for plugin in part.origin.plugins})),
    )
    remember(target, origin)
    if not missing and not unreached:
        gathered(target)
    return origin


def refuse_damaged(parts: Sequence[Part]) -> None:
    """CannotRunError that names the first journal with a row that cannot be read.

    Rows are joined as they are and read in the whole, where nothing tells any more which journal they come from.
    """
    for part in parts:
        with Journal(part.path) as journal:
            journal.read_through()


def unit_id(row: Coverage) -> str:
    """Id of the unit that a row is about."""
    return "/".join((row.provider, row.partition, row.account, row.region, row.service))


def _read(path: Path) -> Part:
    if not path.is_file():
        raise UsageError(f"There is no journal {path}.")
    with Journal(path) as journal:
        journal.refuse_damaged()
        return Part(
            path=path,
            digest=journal.meta("digest") or "",
            origin=origin_of(journal),
            gathered=is_gathered(journal),
            preliminary=tuple(journal.coverage_named(PRELIMINARY)),
            not_reached=tuple(journal.coverage_named(NOT_REACHED)),
        )


def _shard(part: Part) -> Shard | None:
    return parse(part.origin.shard) if part.origin.shard else None


def _missing(parts: Sequence[Part]) -> list[Coverage]:
    """Rows for the shards, or for the whole scan where there are none, of which no complete journal is there."""
    if any(part.gathered for part in parts if not part.origin.shard):
        return []
    shards = {shard: part.gathered for part in parts if (shard := _shard(part)) is not None}
    if not shards:
        return [_row(parts[0].origin, "not_scanned: the scan did not come to its end; what is not listed was not read")]
    complete = {shard for part in parts if part.gathered and (shard := _shard(part)) is not None}
    of = next(iter(shards)).of
    rows = []
    for index in range(1, of + 1):
        shard = Shard(index, of)
        if shard not in complete:
            why = "did not come to its end" if shard in shards else "was not among the journals"
            rows.append(_row(parts[0].origin, f"not_scanned: shard {shard} {why}"))
    return rows


def _row(origin: Origin, reason: str) -> Coverage:
    partition = str(origin.scope.get("partition", ""))
    return beside_units(origin.provider, partition, "", CoverageState.SKIPPED, reason)
