"""Streams: what is told, how loudly, in which form and colour, and what a reader who leaves does to it."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from scanner.demo.aws.process import ACCOUNT
from tests.cli.command import LEXLOCI, SIGNED_OUT
from tests.fixtures.aws import REGION, Aws

PATH = {"PATH": os.environ["PATH"]}
FAILING = ["scan", "aws", "--no-config", "--waivers", "/nonexistent"]
"""Ends in an error before any call."""


@pytest.fixture
def account(aws: Aws) -> Aws:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="rdv-patients", CreateBucketConfiguration={"LocationConstraint": REGION})
    aws.freeze()
    aws.faults({"fault": "denied", "service": "s3", "operation": "GetBucketReplication"})
    return aws


def scan(account: Aws, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    words = ["scan", "aws", "--regions", REGION, "--services", "s3", *arguments]
    return subprocess.run(
        [LEXLOCI, *words],
        cwd=folder,
        env={**PATH, **account.process.environment(), "XDG_STATE_HOME": str(folder / "state"), **environment},
        capture_output=True,
        timeout=100,
        check=False,
    )


def failed(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [LEXLOCI, *FAILING, *arguments],
        env={**PATH, **SIGNED_OUT, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def test_verbose_names_each_unit_and_each_refused_call_and_quiet_says_nothing(account: Aws, tmp_path: Path) -> None:
    usual = scan(account, tmp_path).stderr.decode()
    told = scan(account, tmp_path, "-v").stderr.decode()
    silent = scan(account, tmp_path, "--quiet").stderr.decode()
    assert f"lexloci: read aws/aws/{ACCOUNT}/{REGION}/s3\n" in told
    where = f"aws/aws/{ACCOUNT}/global/s3; grant s3:GetReplicationConfiguration"
    refused = [line for line in told.splitlines() if "GetBucketReplication" in line]
    assert sum(line.startswith(f"lexloci: denied: s3:GetBucketReplication in {where}") for line in refused) == 1
    assert sum(line.startswith(f"lexloci: partial: s3.bucket in {where}") for line in refused) == 1
    assert "read aws/" not in usual
    assert silent == ""


def test_notices_are_objects_when_asked(account: Aws, tmp_path: Path) -> None:
    (tmp_path / "lexloci.yaml").write_text("options: {log_format: json, verbose: true}", encoding="utf-8")
    done = scan(account, tmp_path, "--config", "lexloci.yaml")
    told = [json.loads(line) for line in done.stderr.decode().splitlines()]
    assert {line["level"] for line in told} == {"detail", "notice"}
    assert all(line["time"].endswith("Z") and line["message"] for line in told)
    assert f"aws/aws/{ACCOUNT}/{REGION}/s3" in {line.get("unit") for line in told}
    assert "s3:GetReplicationConfiguration" in {line.get("permission") for line in told}
    (error,) = (json.loads(line) for line in failed("--log-format", "json").splitlines())
    assert error["level"] == "error" and "/nonexistent" in error["message"]


COLORED = "\x1b[31mlexloci:\x1b[0m "


@pytest.mark.parametrize(
    ("arguments", "environment", "colored"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        ([], {"LEXLOCI_COLOR": "always"}, True),
    ],
)
def test_colour_follows_the_flag_then_the_environment(
    arguments: list[str], environment: dict[str, str], colored: bool
) -> None:
    told = failed(*arguments, **environment)
    assert told.startswith(COLORED if colored else "lexloci: ")


@pytest.mark.parametrize(
    ("environment", "colored"),
    [({"TERM": "xterm-256color"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "NO_COLOR": "1"}, False)],
)
def test_a_terminal_is_coloured_unless_it_cannot_or_should_not_be(environment: dict[str, str], colored: bool) -> None:
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [LEXLOCI, *FAILING], env={**PATH, **SIGNED_OUT, **environment}, stderr=theirs, timeout=60, check=False
        )
        assert done.returncode == 2
        assert os.read(ours, 4096).decode().startswith(COLORED if colored else "lexloci: ")
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize(
    ("environment", "drawn"),
    [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "CI": "true"}, False)],
)
def test_a_bar_is_drawn_on_a_terminal_and_nowhere_else(
    account: Aws, tmp_path: Path, environment: dict[str, str], drawn: bool
) -> None:
    ours, theirs = pty.openpty()
    (tmp_path / "lexloci.yaml").write_text("options: {}", encoding="utf-8")
    words = ["scan", "aws", "--regions", REGION, "--services", "s3", "-o", "json=scan.json"]
    try:
        subprocess.run(
            [LEXLOCI, *words],
            cwd=tmp_path,
            env={**PATH, **account.process.environment(), "XDG_STATE_HOME": str(tmp_path), **environment},
            stderr=theirs,
            timeout=100,
            check=False,
        )
        assert (b"units" in os.read(ours, 65536)) == drawn  # that lexloci.yaml is used is told in any case
    finally:
        os.close(ours)
        os.close(theirs)


def closed(*arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code and stderr of a command whose reader left before the first byte."""
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        done = subprocess.run(
            [LEXLOCI, *arguments],
            env={**PATH, **SIGNED_OUT, **environment},
            stdout=theirs,
            stderr=subprocess.PIPE,
            text=True,
            timeout=100,
            check=False,
        )
    finally:
        os.close(theirs)
    return done.returncode, done.stderr


def test_a_reader_who_leaves_ends_a_list_as_it_ends_any_program_of_a_pipe() -> None:
    assert closed("regions", "list") == (141, "")
    assert closed("operators", "list", "--format", "json") == (141, "")


def test_a_reader_who_leaves_does_not_change_what_a_scan_found(account: Aws, tmp_path: Path) -> None:
    words = ["scan", "aws", "--no-config", "-q", "--regions", REGION, "--services", "s3"]
    environment = {**account.process.environment(), "XDG_STATE_HOME": str(tmp_path)}
    expected = scan(account, tmp_path, "-q").returncode
    assert expected in (1, 3)
    assert closed(*words, **environment) == (expected, "")


FORMATS = ("table", "json", "jsonl", "csv", "markdown", "sarif", "junit", "ocsf", "oscal", "html")


def test_a_reproducible_scan_gives_the_same_bytes_twice(account: Aws, tmp_path: Path) -> None:
    reports: list[dict[str, bytes]] = []
    for run in ("first", "second"):
        (tmp_path / run).mkdir()
        outputs = [word for format_ in FORMATS for word in ("-o", f"{format_}={run}/{format_}")]
        done = scan(account, tmp_path, "--reproducible", *outputs, SOURCE_DATE_EPOCH="1798761600")
        assert done.returncode in (1, 3), done.stderr
        reports.append({path.name: path.read_bytes() for path in (tmp_path / run).iterdir()})
    assert set(reports[0]) == set(FORMATS)
    assert {name for name in FORMATS if reports[0][name] != reports[1][name]} == set()
    header = json.loads(reports[0]["json"])["scan"]
    assert header["started_at"] == header["ended_at"] == "2027-01-01T00:00:00Z"


def test_a_reproducible_scan_without_an_epoch_tells_only_the_day(account: Aws, tmp_path: Path) -> None:
    done = scan(account, tmp_path, "--reproducible", "--format", "json")
    assert json.loads(done.stdout)["scan"]["started_at"].endswith("T00:00:00Z")
    usual = json.loads(scan(account, tmp_path, "--format", "json").stdout)["scan"]
    assert usual["id"] != json.loads(done.stdout)["scan"]["id"]
    wrong = scan(account, tmp_path, "--reproducible", SOURCE_DATE_EPOCH="yesterday")
    assert (wrong.returncode, b"SOURCE_DATE_EPOCH" in wrong.stderr) == (2, True)
