import json
import os
import threading

import pytest

from scanner.cli.outputs import Manner, Output, parse_outputs, write_outputs
from scanner.errors import CannotRunError, UsageError
from tests.report.sample_claims import CLAIMS
from tests.report.sample_scan import sample


def parsed(format_, *outputs):
    return [(o.format, o.path) for o in parse_outputs(format_, outputs)]


def test_a_table_on_stdout_is_the_default() -> None:
    assert parsed(None) == [("table", "-")]


def test_format_alone_goes_to_stdout() -> None:
    assert parsed("json") == [("json", "-")]


def test_a_bare_path_takes_the_format_of_format() -> None:
    assert parsed("json", "-") == [("json", "-")]
    assert parsed("json", "scan.json") == [("json", "scan.json")]


def test_outputs_repeat() -> None:
    assert parsed(None, "table=-", "json=scan.json") == [("table", "-"), ("json", "scan.json")]


def test_files_leave_stdout_to_an_explicit_format() -> None:
    assert parsed("table", "json=scan.json") == [("table", "-"), ("json", "scan.json")]
    assert parsed(None, "json=scan.json") == [("json", "scan.json")]


@pytest.mark.parametrize(
    ("format_", "outputs", "message"),
    [
        ("xml", (), "'xml' is no report format"),
        (None, ("yaml=x",), "'yaml' is no report format"),
        (None, ("json=",), "lacks a path"),
        (None, ("json=-", "table=-"), "Only one report"),
        (None, ("json=scan.json", "json=scan.json"), "Two reports go to scan.json"),
        (None, ("json=scan.json", "table=./scan.json"), "Two reports go to ./scan.json"),
        (None, ("json=/nonexistent/scan.json",), "/nonexistent is no folder"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(format_, outputs, message) -> None:
    with pytest.raises(UsageError, match=message):
        parse_outputs(format_, outputs)


def test_a_device_takes_any_number_of_reports() -> None:
    assert len(parse_outputs(None, ["json=/dev/null", "table=/dev/null"])) == 2


def test_outputs_are_values() -> None:
    assert parse_outputs("json", ["-"]) == (Output(format="json", path="-"),)


def write(path) -> None:
    write_outputs(sample(), [Output(format="table", path=str(path))])


def test_a_link_stays_and_the_file_behind_it_is_new(tmp_path) -> None:
    (tmp_path / "night.txt").write_text("old")
    (tmp_path / "latest.txt").symlink_to("night.txt")
    write(tmp_path / "latest.txt")
    assert (tmp_path / "latest.txt").is_symlink()
    assert (tmp_path / "night.txt").read_text().startswith("lexloci ")


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    write(pipe)
    reader.join(timeout=10)
    assert read and read[0].startswith("lexloci ")
    assert pipe.is_fifo()


def test_a_folder_is_no_place_for_a_report_and_nothing_is_left_there(tmp_path) -> None:
    with pytest.raises(CannotRunError, match="Is a directory"):
        write(tmp_path)
    assert list(tmp_path.iterdir()) == [] and list(tmp_path.parent.glob(f".{tmp_path.name}.*")) == []


def test_a_report_is_rendered_as_asked(tmp_path) -> None:
    manner = Manner(lang="fr", claims=lambda _: CLAIMS, ocsf_version="1.8")
    page, events = tmp_path / "page.html", tmp_path / "events.json"
    outputs = [Output(format="html", path=str(page)), Output(format="ocsf", path=str(events))]
    write_outputs(sample(), outputs, manner=manner)
    assert '<html lang="fr">' in page.read_text() and "All data are in France." in page.read_text()
    assert {event["metadata"]["version"] for event in json.loads(events.read_text())} == {"1.8.0"}
