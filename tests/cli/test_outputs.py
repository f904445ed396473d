import pytest

from scanner.cli.outputs import Output, parse_outputs
from scanner.errors import UsageError


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
    ],
)
def test_a_request_that_cannot_be_met_is_refused(format_, outputs, message) -> None:
    with pytest.raises(UsageError, match=message):
        parse_outputs(format_, outputs)


def test_outputs_are_values() -> None:
    assert parse_outputs("json", ["-"]) == (Output(format="json", path="-"),)
