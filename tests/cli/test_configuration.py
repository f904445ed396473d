"""Options from flag, environment, file and default: which one counts, and where the file is looked for."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer.main
from typer.core import TyperGroup

from scanner.cli.main import app
from scanner.cli.settings import commands, options_of, shared
from tests.cli.command import LEXLOCI, SIGNED_OUT
from tests.fixtures.aws import REGION, Aws

ROOT = Path(__file__).parents[2]
TREE = typer.main.get_command(app)
assert isinstance(TREE, TyperGroup)
SCANNING = {name: options_of(one) for name, one in commands(TREE) if shared(one)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [LEXLOCI, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **SIGNED_OUT, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def shown(folder: Path, *arguments: str, **environment: str) -> dict[str, tuple[Any, str]]:
    """Value and origin of each option of `scan aws`."""
    given = ["--", "scan", "aws", *arguments]
    done = run(folder, "config", "show", "--format", "json", *given, **environment)
    assert done.returncode == 0, done.stderr
    return {row["option"]: (row["value"], row["from"]) for row in json.loads(done.stdout)}


def test_a_flag_goes_before_the_environment_before_the_file_before_the_default(folder: Path) -> None:
    assert shown(folder)["fail_on"] == ("low", "default")
    (folder / "lexloci.yaml").write_text("options:\n  fail_on: high\n", encoding="utf-8")
    assert shown(folder)["fail_on"] == ("high", "lexloci.yaml:2:12")
    in_environment = {"LEXLOCI_FAIL_ON": "medium"}
    assert shown(folder, **in_environment)["fail_on"] == ("medium", "environment LEXLOCI_FAIL_ON")
    assert shown(folder, "--fail-on", "low", **in_environment)["fail_on"] == ("low", "flag")


def test_what_is_said_of_one_command_goes_before_what_is_said_of_all_that_scan(folder: Path) -> None:
    text = "commands:\n  scan aws: {workers: 3}\noptions: {workers: 5}\n"
    (folder / "lexloci.yaml").write_text(text, encoding="utf-8")
    done = run(folder, "config", "show", "--format", "json")
    workers = [(row["value"], row["in"]) for row in json.loads(done.stdout) if row["option"] == "workers"]
    assert sorted(workers) == [(3, ["scan aws"]), (5, ["merge", "scan azure"])]


def _some(option: Any) -> Any:
    """A value other than the default."""
    kind = option.type_descriptor
    if kind.choices:
        return kind.choices[-1]
    if kind.annotation is bool:
        return not option.default
    return 7 if kind.annotation in (int, float) else "some"


def test_every_option_of_a_scan_may_stand_in_the_file_and_is_in_its_schema(folder: Path) -> None:
    given = {key: _some(option) for options in SCANNING.values() for key, option in options.items()}
    assert len(given) > 35
    (folder / "lexloci.yaml").write_text(json.dumps({"options": given}), encoding="utf-8")
    rows = json.loads(run(folder, "config", "show", "--format", "json").stdout)
    assert {row["option"] for row in rows} == set(given)
    assert {row["option"] for row in rows if not row["from"].startswith("lexloci.yaml:1:")} == set()
    _schema().validate({"options": given})


@pytest.mark.parametrize("command", SCANNING)
def test_every_option_of_a_scan_may_stand_in_the_environment(command: str, folder: Path) -> None:
    given = {f"LEXLOCI_{key.upper()}": str(_some(option)) for key, option in SCANNING[command].items()}
    done = run(folder, "config", "show", "--format", "json", "--", *command.split(), **given)
    origins = {row["option"]: row["from"] for row in json.loads(done.stdout)}
    assert origins == {key: f"environment LEXLOCI_{key.upper()}" for key in SCANNING[command]}


def test_options_of_other_commands_stand_under_their_name(folder: Path) -> None:
    (folder / "lexloci.yaml").write_text("commands: {regions list: {format: json}}\n", encoding="utf-8")
    assert json.loads(run(folder, "regions", "list").stdout)
    assert run(folder, "regions", "list", LEXLOCI_REGIONS_LIST_FORMAT="table").stdout.startswith("provider")
    assert run(folder, "regions", "list", LEXLOCI_NO_CONFIG="1").stdout.startswith("provider")


def test_the_file_of_the_repository_is_found_from_a_folder_in_it_and_none_above_it(folder: Path) -> None:
    (folder / "lexloci.yaml").write_text("options: {workers: 2}\n", encoding="utf-8")
    inner = folder / "repository" / "deep" / "down"
    inner.mkdir(parents=True)
    assert shown(inner)["workers"] == (16, "default")
    (folder / "repository" / ".git").mkdir()
    assert shown(inner)["workers"] == (16, "default")
    (folder / "repository" / "lexloci.yaml").write_text("options: {workers: 3}\n", encoding="utf-8")
    assert shown(inner)["workers"] == (3, "../../lexloci.yaml:1:20")
    (inner / "lexloci.yaml").write_text("options: {workers: 4}\n", encoding="utf-8")
    assert shown(inner)["workers"] == (4, "lexloci.yaml:1:20")


def test_another_file_may_be_named_and_none_be_wanted(folder: Path) -> None:
    (folder / "lexloci.yaml").write_text("options: {workers: 2}\n", encoding="utf-8")
    (folder / "other.yaml").write_text("options: {workers: 3}\n", encoding="utf-8")
    assert shown(folder, "--config", "other.yaml")["workers"] == (3, "other.yaml:1:20")
    assert shown(folder, LEXLOCI_CONFIG="other.yaml")["workers"] == (3, "other.yaml:1:20")
    assert shown(folder, "--no-config")["workers"] == (16, "default")
    done = run(folder, "scan", "aws", "--no-config", "--config", "other.yaml")
    assert (done.returncode, "contradict" in done.stderr) == (2, True)


def test_a_path_in_the_file_counts_from_the_folder_of_the_file(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / "lexloci.yaml").write_text("options: {waivers: ours/waivers.yaml}\n", encoding="utf-8")
    (folder / "inner").mkdir()
    assert shown(folder / "inner")["waivers"][0] == "../ours/waivers.yaml"


WRONG = {
    "options: {polcy: core}": "1:11: there is no option 'polcy' here; did you mean 'policy'?",
    "options: {config: other.yaml}": "1:11: there is no option 'config' here",
    "options:\n  fail_on: hgih": "2:12: fail_on: 'hgih' is not one of",
    "options:\n  workers: many": "2:12: workers: Input should be a valid integer",
    "options:\n  workers: 65": "2:12: workers: Input should be less than or equal to 64",
    "options:\n  accounts: [112345678901]": "2:13: accounts: expected text; write '112345678901' with quotes",
    "options:\n  deadline: [8h]": "2:13: deadline: expected one value, not a list",
    "options: core": "1:10: expected names with values",
    "commands: {scan aw: {}}": "1:12: there is no command 'scan aw'; did you mean 'scan aws'?",
    "commands: {exposure: {lew: US}}": "1:23: there is no option 'lew' here; did you mean 'law'?",
    "comands: {}": "1:1: Object contains unknown field `comands`; did you mean 'commands'?",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_in_the_file_is_said_with_its_place_before_anything_is_scanned(text: str, folder: Path) -> None:
    (folder / "lexloci.yaml").write_text(text, encoding="utf-8")
    for command in (["scan", "aws"], ["config", "check"]):
        done = run(folder, *command)
        assert done.returncode == 2, command
        assert f"lexloci: lexloci.yaml:{WRONG[text]}" in done.stderr, command
    assert not _schema().is_valid(_loaded(text))


def test_norway_and_an_account_that_begins_with_zero_are_text(folder: Path) -> None:
    (folder / "lexloci.yaml").write_text(
        "options:\n  param: [core.x=NO]\n  tag: NO\n  accounts: [012345678901]\n", encoding="utf-8"
    )
    found = shown(folder)
    assert [found[key][0] for key in ("param", "tag", "accounts")] == ["core.x=NO", "NO", "012345678901"]


def test_check_tells_every_problem_of_options_and_of_statements(folder: Path) -> None:
    text = "options: {polcy: core}\nattestations:\n- name: x\n"
    (folder / "lexloci.yaml").write_text(text, encoding="utf-8")
    done = run(folder, "config", "check")
    assert done.returncode == 2
    assert [line.split(":")[2] for line in done.stderr.splitlines()] == ["1", "3", "3", "3", "3"]
    (folder / "lexloci.yaml").write_text("options: {policy: core}\n", encoding="utf-8")
    assert run(folder, "config", "check").stdout == "lexloci.yaml is sound.\n"


def test_help_is_given_whatever_the_file_says(folder: Path) -> None:
    (folder / "lexloci.yaml").write_text("options: {fail_on: [", encoding="utf-8")
    done = run(folder, "scan", "aws", "--help")
    assert done.returncode == 0
    assert "fails nothing. [default: low]" in " ".join(done.stdout.split())
    assert run(folder, "scan", "aws").returncode == 2


def test_a_variable_that_belongs_to_no_option_is_named(folder: Path) -> None:
    done = run(folder, "config", "show", LEXLOCI_FAILON="high", LEXLOCI_EXPOSURE_LAW="US")
    assert done.stderr == (
        "lexloci: the variable LEXLOCI_FAILON belongs to no option; did you mean 'LEXLOCI_FAIL_ON'?\n"
    )


def test_a_scan_does_what_the_file_says_and_names_it(aws: Aws, folder: Path) -> None:
    aws.client("s3").create_bucket(Bucket="rdv-patients", CreateBucketConfiguration={"LocationConstraint": REGION})
    aws.freeze()
    here = {**aws.process.environment(), "HOME": str(folder)}
    options = {"regions": REGION, "services": ["s3"], "output": ["json=scan.json"], "fail_on": "none"}
    (folder / "lexloci.yaml").write_text(json.dumps({"options": options}), encoding="utf-8")
    done = run(folder, "scan", "aws", **here)
    assert (done.returncode, done.stdout) == (0, ""), "below --fail-on none"
    assert "lexloci: using lexloci.yaml\n" in done.stderr
    document = json.loads((folder / "scan.json").read_text(encoding="utf-8"))
    assert {resource["id"] for resource in document["resources"]} == {"arn:aws:s3:::rdv-patients"}
    assert run(folder, "scan", "aws", "--quiet", "--fail-on", "low", **here).returncode == 1
    assert run(folder, "scan", "aws", "--quiet", "--allow-incomplete", **here).stderr == ""


def _schema() -> jsonschema.Draft202012Validator:
    path = ROOT / "docs" / "reference" / "lexloci.schema.json"
    return jsonschema.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def _loaded(text: str) -> Any:
    from scanner import strictyaml

    return strictyaml.load(text, "lexloci.yaml", object).value
