"""A wrong request ends in one sentence on stderr, nothing on stdout, and code 2; a scan that cannot start in 4."""

import importlib.util
import os
import py_compile
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import scanner
from tests.cli.command import LEXLOCI, lexloci

WRONG = {
    "no such type": ["scan", "aws", "--types", "nope.x"],
    "no such service": ["scan", "aws", "--services", "nope"],
    "no such pack": ["scan", "aws", "--policy", "nope"],
    "no such parameter": ["scan", "aws", "--param", "core.nope=1"],
    "parameter without a value": ["scan", "aws", "--param", "core"],
    "two reports on stdout": ["scan", "aws", "-o", "table=-", "-o", "json=-"],
    "report without a path": ["scan", "aws", "-o", "json="],
    "statements that are not there": ["scan", "aws", "--config", "/nonexistent/lexloci.yaml"],
    "no such profile": ["scan", "aws", "--profile", "nope"],
    "no such control": ["explain", "NOPE-1"],
    "no such document": ["explain", "CORE-01", "--from", "/nonexistent/scan.json"],
    "no such region": ["regions", "show", "atlantis-1"],
    "no such law": ["laws", "show", "nope"],
    "no such operator": ["operators", "show", "nope"],
    "no such list format": ["policies", "list", "--format", "nope"],
    "permissions of no type": ["permissions", "aws", "--types", "nope.x"],
}

MISSPELT = {
    "no such threshold": ["scan", "aws", "--fail-on", "severe"],
    "no such format": ["scan", "aws", "--format", "nope"],
    "no such option": ["scan", "aws", "--nope"],
    "no such command": ["scan", "nowhere"],
    "too few arguments": ["explain"],
    "out of range": ["scan", "aws", "--workers", "0"],
    "no such file": ["policies", "check", "/nonexistent/pack.yaml"],
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_a_wrong_request_is_one_sentence_and_code_2(arguments: list[str]) -> None:
    done = lexloci(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("lexloci: ")


@pytest.mark.parametrize("arguments", MISSPELT.values(), ids=MISSPELT)
def test_a_misspelt_command_line_points_to_help_with_code_2(arguments: list[str]) -> None:
    done = lexloci(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    usage, *_, error = done.stderr.splitlines()
    assert usage.startswith("Usage: lexloci ") and error.startswith("Error: ")
    assert "Traceback" not in done.stderr


def test_every_problem_of_a_pack_is_a_line_with_its_place(tmp_path: Path) -> None:
    pack = tmp_path / "ours.yaml"
    pack.write_text("id: ours\ntitle: Ours\ncontrols: 3\n", encoding="utf-8")
    done = lexloci("policies", "check", str(pack))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) > 1
    assert all(line.startswith(f"lexloci: {pack}:") for line in done.stderr.splitlines())


def test_a_damaged_document_is_refused_by_name(tmp_path: Path) -> None:
    damaged = tmp_path / "scan.json"
    damaged.write_text('{"schema_version":"1.0","tool":', encoding="utf-8")
    done = lexloci("explain", "CORE-01", "--from", str(damaged))
    assert done.returncode == 2
    assert str(damaged) in done.stderr and "Traceback" not in done.stderr


def test_without_credentials_nothing_is_measured_and_the_code_is_4() -> None:
    done = lexloci("scan", "aws", "--format", "json")
    assert (done.returncode, done.stdout) == (4, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("lexloci: There are no AWS credentials")


def test_a_reader_that_has_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run([LEXLOCI, "laws", "list"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writing)
    assert done.stderr == ""


def test_the_version_is_that_of_the_package_with_its_packs_and_tables() -> None:
    done = lexloci("version")
    first, *others = done.stdout.splitlines()
    assert (done.returncode, first, done.stderr) == (0, f"lexloci {scanner.__version__}", "")
    assert {line.split()[0] for line in others} == {"facts", "pack"}
    assert lexloci("--version").stdout == done.stdout


def test_an_interrupted_command_ends_as_a_shell_expects_and_not_as_a_violation() -> None:
    """It waits for a document on standard input."""
    waiting = subprocess.Popen(
        [LEXLOCI, "report", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Tests that a shell runs in the background are born deaf to Ctrl-C, and so would be what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert waiting.stdin is not None and waiting.stderr is not None
    waiting.stdin.write(b"{" + b" " * (1 << 20))  # more than a pipe holds: returns once the command reads
    waiting.stdin.flush()
    waiting.send_signal(signal.SIGINT)
    assert (waiting.wait(timeout=30), waiting.stderr.read()) == (130, b"")
    waiting.stdin.close()


def test_an_installation_with_a_cut_file_is_a_bug_and_not_a_violation(tmp_path: Path) -> None:
    """Python says EOFError of byte code that a full disk cut, and typer makes `Aborted!` and code 1 of that."""
    package = tmp_path / "scanner"
    shutil.copytree(Path(scanner.__file__).parent, package, ignore=shutil.ignore_patterns("demo", "__pycache__"))
    for name in ("lexloci.py", "policies"):
        source = Path(scanner.__file__).parents[1] / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    module = package / "report" / "history.py"
    cached = Path(importlib.util.cache_from_source(str(module)))
    py_compile.compile(str(module), cfile=str(cached), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    cached.write_bytes(cached.read_bytes()[:200])
    done = subprocess.run(
        [sys.executable, "-B", "-m", "lexloci", "history", tmp_path],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 4, done.stderr
    assert "a file of the installation ends too early" in done.stderr and "Aborted" not in done.stderr
