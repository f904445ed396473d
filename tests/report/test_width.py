"""A text report is as wide as the place it is shown in, and loses nothing for it."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from scanner.cli.outputs import render
from scanner.model import Status
from scanner.report import claims
from scanner.report.columns import columns, fold, listed, under
from tests.cli.command import LEXLOCI, SIGNED_OUT
from tests.report.hostile import hostile_claims, hostile_scan
from tests.report.rendering import rendered
from tests.report.sample_claims import CLAIMS
from tests.report.sample_scan import large, sample

WIDTHS = (60, 80, 100, 120, 200)


def text(scan, width: int) -> str:
    return b"".join(render(scan, "table", width=width)).decode()


def together(shown: str) -> str:
    """The text without what a narrow place puts between its letters."""
    return "".join(shown.split())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scan", [sample, lambda: large(300), hostile_scan], ids=["sample", "large", "hostile"])
def test_no_line_is_longer_than_the_width(scan, width: int) -> None:
    assert max(map(len, text(scan(), width).splitlines())) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_every_resource_control_and_missing_fact_is_whole_at_every_width(width: int) -> None:
    scan = sample()
    shown = together(text(scan, width))
    assert scan.summary.worst
    for worst in scan.summary.worst:
        assert worst.resource in shown
        assert all(control in shown for control in worst.fails)
    for control in scan.summary.controls:
        assert control.control in shown
        assert set(control.title.split()) <= set(text(scan, width).split())
    missing = [one for found in scan.findings(Status.UNKNOWN) for one in found.missing]
    assert missing
    assert all(one.fact in shown for one in missing)


@pytest.mark.parametrize("width", WIDTHS)
def test_readings_of_statements_fit_and_their_answers_come_first(width: int) -> None:
    for told in (list(claims.lines(CLAIMS, width)), list(claims.lines(hostile_claims(), width))):
        assert max(map(len, told)) <= width
    told = list(claims.lines(CLAIMS, width))
    answers = told[1 : told.index("")]
    assert [line.split("  ")[1] for line in answers if line[2] != " "] == [
        reading.reading.value.upper() for reading in CLAIMS
    ]
    assert all(together(reading.statement) in together("".join(answers)) for reading in CLAIMS)
    assert "arn:aws:s3:::archives" in "\n".join(told)


def test_the_headline_is_on_the_first_screen_of_a_small_terminal() -> None:
    first = text(sample(), 80).splitlines()[:24]
    assert any(line.startswith("WHOSE ORDER COULD READ WHAT") for line in first)
    assert any(line.startswith("US CLOUD Act") for line in first)
    assert any(line.startswith("* ciphertext while") for line in first)


def test_an_id_has_a_line_of_its_own_and_is_broken_only_where_it_is_longer() -> None:
    long = "arn:aws:logs:eu-west-3:111122223333:log-group:/ecs/teleconsultation-patients"
    assert under([long], [("a", "b")], ("one", "two"), 80).splitlines()[2] == long
    assert list(fold(long, 60)) == [
        "arn:aws:logs:eu-west-3:111122223333:log-group:/ecs/",
        "    teleconsultation-patients",
    ]


def test_a_break_makes_no_command_for_a_build_machine() -> None:
    for width in range(8, 30):
        assert not any(line.lstrip().startswith("::") for line in fold("x" * 10 + "::error::y " * 3, width))
        assert not any(
            line.startswith("::") for line in columns([["x" * 10 + "::error::y"]], ["h"], width).splitlines()
        )


@pytest.mark.parametrize("cell", ["False", "True", "1,000", "1e5", "0x10", "007", "nan", "None"])
def test_a_cell_is_shown_as_it_is_whatever_it_looks_like(cell: str) -> None:
    assert columns([[cell, cell]], ("one", "two")).splitlines()[2].split() == [cell, cell]
    assert under(["id"], [[cell, cell]], ("one", "two")).splitlines()[3].split() == [cell, cell]


def test_words_are_broken_only_where_they_do_not_fit_whole() -> None:
    rows = [("attestation.contract_excludes_transfers", "not declared anywhere at all, as far as can be seen")]
    assert "attestation.contract_excludes_transfers" in columns(rows, ("missing", "because"), 60)
    assert max(map(len, columns(rows, ("missing", "because"), 30).splitlines())) <= 30


def on_a_terminal(width: int, *arguments: str) -> str:
    """What the installed command prints on a real terminal of that width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    process = subprocess.Popen(
        [LEXLOCI, *arguments],
        env={"PATH": os.environ["PATH"], **SIGNED_OUT, "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait(timeout=60) == 0
    return shown.decode().replace("\r\n", "\n")


@pytest.fixture
def scanned(tmp_path: Path) -> Path:
    path = tmp_path / "scan.json"
    path.write_bytes(rendered(sample(), "json"))
    return path


@pytest.mark.parametrize("width", [80, 132])
def test_a_terminal_is_asked_how_wide_it_is(scanned: Path, width: int) -> None:
    assert on_a_terminal(width, "report", str(scanned)) == text(sample(), width)
    told = on_a_terminal(width, "exposure", "--law", "us-cloud-act", "--from", str(scanned))
    assert max(map(len, told.splitlines())) <= width


def piped(scanned: Path, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [LEXLOCI, "report", str(scanned), *arguments],
        env={"PATH": os.environ["PATH"], **SIGNED_OUT, **environment},
        capture_output=True,
        timeout=60,
        check=True,
    )
    return done.stdout.decode()


def test_columns_sets_the_width_where_there_is_no_terminal_and_a_file_has_always_the_same(scanned: Path) -> None:
    assert piped(scanned, COLUMNS="80") == text(sample(), 80)
    assert piped(scanned) == text(sample(), 120)
    assert piped(scanned, COLUMNS="7") == text(sample(), 60)
    file = scanned.with_name("report.txt")
    piped(scanned, "-o", f"table={file}", COLUMNS="80")
    assert file.read_text(encoding="utf-8") == text(sample(), 120)


def test_a_list_without_room_for_its_words_is_a_block_a_row() -> None:
    rows, headers = (
        [["eu-west-3", "FR", ""], ["us-east-1", "US", "a note of many words"]],
        ["region", "country", "note"],
    )
    assert listed(rows, headers, 40).splitlines()[0].split() == headers
    assert listed(rows, headers, 22) == (
        "region   eu-west-3\ncountry  FR\nnote\n\n"
        "region   us-east-1\ncountry  US\nnote     a note of\n         many words"
    )
