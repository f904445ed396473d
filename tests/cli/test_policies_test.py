"""`lexloci policies test`: the scenarios of packs, shipped and of one's own."""

import subprocess
from pathlib import Path

from tests.cli.command import lexloci

LACKING = Path(__file__).parents[2] / "policies" / "tests" / "lacking.txt"

FILE = """\
pack: core
facts:
  tagged: {resource.is_store: true, data.classification: sante}
scenarios:
  - {control: CORE-02, name: a tagged store, on: tagged, expect: pass}
  - {control: CORE-02, name: a store without tags, on: tagged, given: {data.classification: ""}, expect: fail}
  - {control: CORE-02, name: tags not read, on: tagged, without: [data.classification], expect: unknown}
  - {control: CORE-02, name: no store, given: {resource.is_store: false}, expect: not_applicable}
"""


def run(tmp_path: Path, text: str) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "ours.yaml"
    path.write_text(text, encoding="utf-8")
    return lexloci("policies", "test", str(path))


def test_scenarios_that_hold_are_counted(tmp_path: Path) -> None:
    done = run(tmp_path, FILE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("4 scenarios of ")
    assert "4 as expected, 0 not" in done.stdout


def test_another_verdict_is_told_with_its_place_and_reason(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        FILE.replace(
            "name: tags not read, on: tagged, without: [data.classification], expect: unknown",
            "name: tags not read, on: tagged, without: [data.classification], expect: pass",
        ),
    )
    assert done.returncode == 1
    assert "ours.yaml:7:" in done.stdout
    assert "expected pass, found unknown" in done.stdout
    assert "missing: data.classification" in done.stdout


def test_another_reason_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, FILE.replace("expect: fail}", "expect: fail, because: something_else}"))
    assert done.returncode == 1
    assert "expected fail (something_else), found fail (no_classification)" in done.stdout


def test_an_unconfirmed_fact_holds_back_a_pass(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        FILE.replace(
            "on: tagged, expect: pass}",
            "on: tagged, unconfirmed: [data.classification], expect: unknown, because: unconfirmed}",
        ),
    )
    assert done.returncode == 0, done.stdout


def test_every_mistake_has_its_place_and_a_suggestion(tmp_path: Path) -> None:
    wrong = """\
pack: core
facts:
  a: {resource.is_stor: true, data.health: maybe, copies: [{kindd: x, direction: up}]}
scenarios:
  - {control: CORE-2, name: x, on: b, expect: pass}
  - {control: CORE-02, name: x, on: a, without: [q], params: {country: [FR]}, unconfirmed: [key.id], expect: pass}
"""
    done = run(tmp_path, wrong)
    assert done.returncode == 2
    told = done.stderr
    assert "ours.yaml:3:7: there is no fact 'resource.is_stor'; did you mean 'resource.is_store'?" in told
    assert "ours.yaml:3:31: 'maybe' is no value of data.health" in told
    assert "an entry of copies has no field 'kindd'; did you mean 'kind'?" in told
    assert "'up' is no value of 'direction' in an entry of copies" in told
    assert "ours.yaml:5:15: the pack core has no control 'CORE-2'" in told
    assert "ours.yaml:5:36: this file names no facts 'b'" in told
    assert "'q' is not among the facts of 'a'" in told
    assert "'key.id' is not among the facts given" in told
    assert "the pack core has no parameter 'country'" in told


def test_a_pack_of_ones_own_is_found_beside_its_scenarios(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "policies" / "hdh.yaml"
    own = shipped.read_text(encoding="utf-8").replace("id: hdh\n", "id: ours\n")
    (tmp_path / "pack.yaml").write_text(own, encoding="utf-8")
    done = run(
        tmp_path, "pack: pack.yaml\nscenarios:\n  - {control: HDH-01, name: nothing is known, expect: unknown}\n"
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_shipped_scenarios_hold_and_the_list_of_what_lacks_one_is_true() -> None:
    done = lexloci("policies", "test", "--lacking")
    assert done.returncode == 0, done.stdout
    *lines, _ = done.stdout.splitlines()
    excused = [line.partition("  # ") for line in LACKING.read_text(encoding="utf-8").splitlines()]
    assert lines == [line for line, _, _ in excused], "the list may only become shorter"
    assert all(reason for _, _, reason in excused), "each says why there can be no such scenario"
