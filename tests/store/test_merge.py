from pathlib import Path

from scanner.model import Coverage, CoverageState, Unit
from scanner.model.records import Reference
from scanner.store.journal import NOT_REACHED, Journal
from scanner.store.merge import merge, read_parts
from scanner.store.origin import Origin, remember
from tests import samples

KEYS = samples.unit("resolve:kms")
MINE, THEIRS = (Reference(kind="key", target="k", account=account, region="r") for account in ("1", "2"))


def part(path: Path, index: int, *done: tuple[Unit, Reference], missed: tuple[Unit, ...] = ()) -> Path:
    """The journal of a part, in which each unit of the second pass was done for a reference that another unit left."""
    journal = Journal(path)
    journal.bind("scope", resume=False)
    origin = Origin(
        provider="aws", options={}, scope={}, started_at="", plugins=(), tool_version="", shard=f"{index}/2"
    )
    remember(journal, origin)
    for unit, reference in done:
        journal.commit_unit(samples.unit(f"s{index}"), [], [reference])
        if unit is KEYS:
            journal.commit_unit(
                unit, [samples.key(id=f"key-{index}"), samples.coverage(unit)], [], looked_up=[reference]
            )
    journal.add_coverage(NOT_REACHED, [unit.row(CoverageState.SKIPPED, "interrupted") for unit in missed])
    journal.close()
    return path


def merged(folder: Path, *paths: Path) -> tuple[list[Reference], list[Reference], list[Coverage]]:
    """What is left to look up, what was looked up for keys, and the coverage."""
    target = Journal(folder / "merged")
    merge(target, read_parts(paths))
    try:
        return target.open_references(), target.looked_up_by(KEYS), list(target.coverage())
    finally:
        target.close()


def test_what_a_part_looked_up_is_not_asked_again_and_the_rest_is(tmp_path: Path) -> None:
    one = part(tmp_path / "1", 1, (KEYS, MINE))
    two = part(tmp_path / "2", 2, (samples.unit(), THEIRS))
    left, known, _ = merged(tmp_path, one, two)
    assert (left, known) == ([THEIRS], [MINE])


def test_a_reference_is_open_where_another_journal_s_answer_to_fewer_was_taken(tmp_path: Path) -> None:
    """Two journals of one unit: its records are those of the first, which was asked for less."""
    one = part(tmp_path / "1", 1, (KEYS, MINE))
    two = part(tmp_path / "2", 2, (KEYS, THEIRS))
    assert merged(tmp_path, one, two)[:2] == ([THEIRS], [MINE])
    assert merged(tmp_path, two, one)[:2] == ([MINE], [THEIRS])


def test_what_a_part_did_not_come_to_look_up_is_left_to_the_merge_and_no_row(tmp_path: Path) -> None:
    one = part(tmp_path / "1", 1, (samples.unit(), MINE), missed=(KEYS, samples.unit("lost")))
    left, _, rows = merged(tmp_path, one, part(tmp_path / "2", 2))
    assert left == [MINE]
    assert [row.service for row in rows if row.reason == "interrupted"] == ["lost"]
