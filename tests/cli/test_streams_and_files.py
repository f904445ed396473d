"""What cannot be written to or read from: one sentence and its exit code, whatever the command; never a hang."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import LEXLOCI, SIGNED_OUT, lexloci
from tests.report.rendering import rendered
from tests.report.sample_scan import sample

PRINTING = {
    "policies list": ["policies", "list"],
    "policies show": ["policies", "show", "core"],
    "permissions": ["permissions", "aws"],
    "permissions --actions": ["permissions", "aws", "--actions"],
    "explain a control": ["explain", "CORE-20"],
    "explain a resource": ["explain", "arn:aws:s3:::dossiers", "--from", "{scan}"],
    "exposure": ["exposure", "--law", "us-cloud-act", "--from", "{scan}"],
    "claims": ["claims", "check", "doctolib-2021", "--from", "{scan}"],
    "operators": ["operators", "list"],
    "version": ["version"],
    "help": ["--help"],
}

PIPES: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 60, "check": False}


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scan") / "scan.json"
    path.write_bytes(rendered(sample(), "json"))
    return path


@pytest.mark.parametrize("words", PRINTING.values(), ids=PRINTING)
@pytest.mark.parametrize("redirected", [">/dev/full", "| head -1"])
def test_a_command_whose_output_is_not_taken_says_so_or_ends(words: list[str], redirected: str, scan: Path) -> None:
    # A reader that leaves is no error; a disk that is full is one.
    command = [word.format(scan=scan) for word in words]
    script = f'"$@" {redirected}; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(
        ["bash", "-c", script, "bash", LEXLOCI, *command],
        env={"PATH": os.environ["PATH"], **SIGNED_OUT},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if redirected == ">/dev/full":
        assert done.returncode == 4
        (line,) = done.stderr.splitlines()
        assert line == "lexloci: The result cannot be written to standard output: No space left on device."
    else:
        assert done.returncode in (0, 1, 141)
        assert done.stderr == ""
        assert len(done.stdout.splitlines()) == 1


NAMED = {
    "policy": ["scan", "aws", "--policy"],
    "configuration": ["scan", "aws", "--config"],
    "waivers": ["scan", "aws", "--waivers"],
    "facts": ["scan", "aws", "--facts"],
    "a pack to check": ["policies", "check"],
    "scenarios": ["policies", "test"],
    "claims": ["claims", "check"],
}


@pytest.mark.parametrize("words", NAMED.values(), ids=NAMED)
@pytest.mark.parametrize("what", ["pipe", "device"])
def test_a_pipe_or_a_device_is_no_file_of_the_users(words: list[str], what: str, tmp_path: Path, scan: Path) -> None:
    path = tmp_path / "pack.yaml"
    if what == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    more = ["--from", str(scan)] if words[0] == "claims" else []
    done = lexloci(*words, str(path), *more, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line == f"lexloci: {path}:1:1: cannot be read: it is no regular file"


SCANS = {
    "report": ["report", "{it}"],
    "explain": ["explain", "CORE-20", "--from", "{it}"],
    "exposure": ["exposure", "--law", "us-cloud-act", "--from", "{it}"],
    "claims": ["claims", "check", "doctolib-2021", "--from", "{it}"],
    "permissions": ["permissions", "aws", "--from", "{it}"],
    "diff": ["diff", "{scan}", "{it}"],
    "tables": ["tables", "{it}", "-o", "tables.sqlite"],
    "a list of accounts": ["scan", "aws", "--accounts", "{it}"],
    "the manifest of a sealed scan": ["report", "{folder}"],
}


@pytest.mark.parametrize("words", SCANS.values(), ids=SCANS)
@pytest.mark.parametrize("what", ["pipe", "device"])
def test_a_pipe_or_a_device_is_no_scan(words: list[str], what: str, tmp_path: Path, scan: Path) -> None:
    it = tmp_path / "manifest.json"
    if what == "pipe":
        os.mkfifo(it)
    else:
        it.symlink_to("/dev/zero")
    signed_in = {**SIGNED_OUT, "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "none"}
    command = [word.format(it=it, scan=scan, folder=tmp_path) for word in words]
    done = lexloci(*command, environment=signed_in, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"lexloci: {it} cannot be read: it is no regular file.")


def test_a_journal_is_no_device(tmp_path: Path) -> None:
    device = tmp_path / "journal"
    device.symlink_to("/dev/zero")
    done = lexloci("merge", str(device), folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"lexloci: There is no journal {device}.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["journal"]


@pytest.mark.parametrize("words", [["report", "-"], ["explain", "CORE-20", "--from", "-"]], ids=" ".join)
@pytest.mark.parametrize("begins", [b"\0", b" ", b"{\0"], ids=["nothing", "blanks", "a brace"])
def test_what_never_ends_and_does_not_begin_as_a_document_is_not_read_to_its_end(
    words: list[str], begins: bytes, tmp_path: Path
) -> None:
    big = tmp_path / "big.json"
    with big.open("wb") as file:
        file.write(begins * 100_000 if begins == b" " else begins)
        file.truncate(1 << 42)  # four terabytes that take no room
    for given in (words, [str(big) if word == "-" else word for word in words]):
        with big.open("rb") as stream:
            done = subprocess.run(
                [LEXLOCI, *given], env={"PATH": os.environ["PATH"], **SIGNED_OUT}, stdin=stream, **PIPES
            )
        assert (done.returncode, done.stdout) == (2, "")
        name = "standard input" if given == words else str(big)
        assert done.stderr == (f"lexloci: {name} is no lexloci document, or a damaged one: it does not begin as one.\n")


def test_standard_input_that_is_closed_holds_no_scan() -> None:
    done = subprocess.run(
        ["sh", "-c", '"$1" report - <&-', "sh", LEXLOCI], env={"PATH": os.environ["PATH"], **SIGNED_OUT}, **PIPES
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "lexloci: There is no document on standard input: it is closed.\n"


def test_a_scan_on_standard_input_is_read_from_a_pipe(scan: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'cat "$2" | "$1" report - --format json', "sh", LEXLOCI, scan],
        env={"PATH": os.environ["PATH"], **SIGNED_OUT},
        **PIPES,
    )
    assert done.returncode == 0
    assert done.stdout == scan.read_text(encoding="utf-8")


@pytest.mark.parametrize("option", ["--redact-key", "--sign-key"])
def test_a_key_may_come_from_a_pipe_and_has_an_end(option: str, scan: Path, tmp_path: Path) -> None:
    what = ["report", str(scan), "-o", "sealed=kept"]
    done = lexloci(*what, option, "/dev/zero", folder=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        "lexloci: /dev/zero holds more than 65536 bytes, which no key does.\n",
    )
    made = "openssl genpkey -algorithm ed25519" if option == "--sign-key" else "head -c 64 /dev/urandom"
    done = subprocess.run(
        ["bash", "-c", f'"$@" {option} <({made})', "bash", LEXLOCI, *what],
        env={"PATH": os.environ["PATH"], **SIGNED_OUT},
        cwd=tmp_path,
        **PIPES,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "kept" / "manifest.json").is_file()


@pytest.mark.parametrize("way", ["flag", "file", "variable"])
@pytest.mark.parametrize(
    ("written", "meant"), [("UK", "GB"), ("EL", "GR"), ("fr", "FR"), ("Germany", "DE"), ("QQ", "")]
)
def test_a_country_that_is_none_is_refused_wherever_it_is_set(
    tmp_path: Path, way: str, written: str, meant: str
) -> None:
    value = f"core.allowed_countries=FR,{written}"
    more, environment = [], dict(SIGNED_OUT)
    if way == "flag":
        more = ["--param", value]
    elif way == "file":
        (tmp_path / "lexloci.yaml").write_text(f"options:\n  param: ['{value}']\n", encoding="utf-8")
    else:
        environment["LEXLOCI_PARAM"] = value
    done = lexloci("scan", "aws", "-q", *more, environment=environment, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = [line for line in done.stderr.splitlines() if "using" not in line]
    assert f"'{written}' is the code of no country (ISO 3166 alpha-2)" in line
    assert ("did you mean" in line) is bool(meant)
    assert f"did you mean '{meant}'?" in line or not meant


def test_the_countries_of_a_parameter_may_be_any_of_iso_3166(tmp_path: Path) -> None:
    done = lexloci("scan", "aws", "-q", "--param", "core.allowed_countries=FR,GB,NO,XK", folder=tmp_path)
    assert done.returncode == 4
    assert "There are no AWS credentials" in done.stderr
