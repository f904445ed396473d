"""What strangers write into names stays text in every format."""

import csv
import io
import json
import re
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from scanner.report import claims
from scanner.report.text import printable
from tests.report.hostile import STRINGS, hostile_claims, hostile_scan
from tests.report.rendering import FORMATS, rendered

UNSAFE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\uffff]")
EXACT = ("json", "jsonl", "sarif", "ocsf")
"""Formats read by programs, which keep identifiers exactly as they are and escape them."""


@pytest.fixture(scope="module")
def scan():
    return hostile_scan()


@pytest.mark.parametrize("format_", [name for name in FORMATS if name not in EXACT])
def test_nothing_reaches_a_terminal_that_steers_it_or_reorders_what_is_read(scan, format_) -> None:
    assert UNSAFE.findall(rendered(scan, format_).decode()) == []


@pytest.mark.parametrize("format_", FORMATS)
def test_no_raw_control_character_is_written(scan, format_) -> None:
    assert re.findall(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", rendered(scan, format_)) == []


@pytest.mark.parametrize("format_", FORMATS)
def test_no_build_machine_sees_a_command_in_its_log(scan, format_) -> None:
    lines = rendered(scan, format_).decode().splitlines()
    assert [line[:80] for line in lines if line.lstrip().startswith("::")] == []
    assert [line[:80] for line in lines if "##[" in line or "##vso[" in line] == []


@pytest.mark.parametrize("format_", ["json", "jsonl", "ocsf", "sarif"])
def test_machine_formats_keep_every_identifier_exactly(scan, format_) -> None:
    text = rendered(scan, format_)
    documents = [json.loads(line) for line in text.splitlines()] if format_ == "jsonl" else [json.loads(text)]
    assert set(STRINGS.values()) <= set(strings(documents))


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for element in value.values():
            yield from strings(element)
    elif isinstance(value, list):
        for element in value:
            yield from strings(element)


def test_no_csv_cell_is_a_formula(scan) -> None:
    csv.field_size_limit(10_000_000)
    rows = list(csv.reader(io.StringIO(rendered(scan, "csv").decode(), newline="")))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) == 1 + 3 * len(STRINGS)
    assert [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "-", "@", "＝"))] == []


def test_xml_stays_well_formed_and_every_name_is_whole(scan) -> None:
    suites = ElementTree.fromstring(rendered(scan, "junit"))
    names = {case.get("name", "") for case in suites.iter("testcase")}
    assert len(list(suites.iter("testcase"))) == 3 * len(STRINGS)
    for text in STRINGS.values():
        assert any(name.endswith(f": {printable(text)}") for name in names)
    assert {element.tag for element in suites.iter()} == {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "error",
        "system-out",
    }


def test_markdown_holds_no_link_image_html_or_heading_of_theirs(scan) -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(rendered(scan, "markdown").decode())
    inline = [child for token in tokens for child in token.children or ()]
    assert {token.type for token in inline} <= {"text", "code_inline", "strong_open", "strong_close", "text_special"}
    assert not [token for token in tokens if token.type == "html_block"]
    assert not [t.content for t in tokens if t.type == "inline" and t.content == "Everything passed"]


def test_every_row_of_a_markdown_table_has_the_cells_of_its_head(scan) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(rendered(scan, "markdown").decode())
    widths: set[int] = set()
    cells = 0
    for token in tokens:
        if token.type in ("th_open", "td_open"):
            cells += 1
        elif token.type == "tr_close":
            widths.add(cells)
            cells = 0
        elif token.type == "table_close":
            assert len(widths) == 1
            widths.clear()


def test_a_metric_stays_on_its_line(scan) -> None:
    sample = re.compile(r'^[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? [0-9.e+-]+$')
    lines = rendered(scan, "openmetrics").decode().splitlines()
    assert [line[:100] for line in lines if not line.startswith("# ") and not sample.match(line)] == []


def test_half_a_character_does_not_stop_a_text_report() -> None:
    assert printable("a\ud800b") == "a\N{REPLACEMENT CHARACTER}b"


def test_statements_of_strangers_stay_text_on_a_terminal() -> None:
    text = "\n".join(claims.lines(hostile_claims()))
    assert UNSAFE.findall(text) == []
    assert [line for line in text.splitlines() if line.lstrip().startswith("::")] == []


def test_a_parser_of_prometheus_reads_back_every_label(scan) -> None:
    families = list(text_string_to_metric_families(rendered(scan, "openmetrics").decode()))
    (findings,) = (family for family in families if family.name == "lexloci_findings")
    accounts = {sample.labels["account"] for sample in findings.samples}
    assert accounts == {printable(text) for text in STRINGS.values()}
    assert {sample.labels["status"] for sample in findings.samples} == {"fail", "waived", "unknown"}
