"""Every query of the dashboards and of their page runs on tables and metrics that lexloci wrote."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from scanner.model import CoverageState, Severity, Status
from scanner.report.flat import write
from scanner.report.openmetrics import render
from scanner.report.source import DocumentScan
from scanner.report.state import State
from scanner.report.tables import TABLES
from tests.docs.shown import blocks
from tests.report.sample_scan import COVERAGE, FAIL, FINDINGS, HEADER, PASS, UNDECLARED, UNREAD, sample

FOLDER = Path(__file__).parents[2] / "docs" / "dashboards"
PAGE = FOLDER / "README.md"
DASHBOARDS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (FOLDER / "grafana/json").iterdir()}
SQL = [text.rstrip("\n") for language, text in blocks(PAGE) if language == "sql"]
VIEWS = [text for text in SQL if text.startswith("create view")]
QUERIES = [text for text in SQL if text not in VIEWS]
DDL = [text for _, text in blocks(PAGE) if text.startswith("create external table")]

Row = dict[str, Any]
Ask = Callable[[str], list[Row]]


def scans() -> Iterator[DocumentScan]:
    """The night before, on which the fail of today passed, and the sample with all five states."""
    before = msgspec.structs.replace(
        HEADER, id="before", started_at="2026-11-23T02:17:00Z", ended_at="2026-11-23T02:20:00Z"
    )
    passed = msgspec.structs.replace(PASS, id=FAIL.id, resource=FAIL.resource)
    yield sample(scan=before, findings=tuple(passed if found is FAIL else found for found in FINDINGS))
    yield sample()


def answers(cursor: Any, query: str) -> list[Row]:
    cursor.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture(params=["sqlite", "parquet", "jsonl", "athena"])
def ask(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """The same tables in SQLite, in DuckDB over either kind of file, and in the tables that Athena is told to make."""
    kind = request.param
    format_ = "jsonl" if kind == "athena" else kind
    for scan in scans():
        write(scan, format_, tmp_path / "tables", lambda found: "2026-11-20T02:17:00Z" if found.id == FAIL.id else "")
    if kind == "sqlite":
        with closing(sqlite3.connect(tmp_path / "tables")) as database:
            yield lambda query: answers(database.cursor(), query)
        return
    monkeypatch.chdir(tmp_path)
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as database:
        if kind == "athena":
            for table, text in zip(TABLES, DDL, strict=True):
                made = text.partition("\nrow format")[0].replace("external ", "").replace("`", '"')
                database.execute(made.replace(" string", " varchar"))
                database.execute(f"insert into {table.name} by name from read_json('tables/{table.name}/*.jsonl')")
        else:
            (views,) = (text for text in VIEWS if f"read_{'json' if kind == 'jsonl' else kind}(" in text)
            database.execute(views)
        yield lambda query: answers(database, query)


def query(start: str) -> str:
    (found,) = (text for text in QUERIES if start in text)
    return found


def test_every_query_has_rows_and_says_the_same_everywhere(ask: Ask) -> None:
    assert len(QUERIES) == 10
    for text in QUERIES:
        assert ask(text), text


def test_the_shares_count_no_unknown_and_no_waived_control_as_passing(ask: Ask) -> None:
    """CLINIC-1 is waived, CORE-20 fails and is unknown; 3 of 5 verdicts are established, 2 of 3 units read."""
    (row,) = ask(query("controls_passing_percent"))
    expected = {"controls_passing_percent": 0, "verdicts_established_percent": 60, "measured_percent": 66.7}
    assert row == pytest.approx(expected)


def test_the_numbers_are_those_of_the_scan(ask: Ask) -> None:
    trend = ask(query("as critical"))
    assert [(row["high"], row["not_established"]) for row in trend] == [(0, 2), (1, 2)]
    assert [row["measured_percent"] for row in ask(query("left join coverage"))] == [66.7, 66.7]
    (seat,) = ask(query("then jurisdiction"))
    assert seat == {"jurisdiction": "US", "open_fails": 1, "waived": 1, "not_established": 2}
    assert [row["country"] for row in ask(query("then country"))] == ["FR", "not established", "US"]
    assert [row["rung"] for row in ask(query("select rung"))] == ["-", "K1", "K2", "K4?"]
    assert [row["policy"] for row in ask(query("limit 20"))] == ["CLINIC-1", "CORE-20"]
    assert [row["service"] for row in ask(query("reason, permission"))] == ["secretsmanager"]
    (new,) = ask(query("previous_state"))
    assert (new["resource"], new["previous_state"]) == (FAIL.resource, "pass")
    (old,) = ask(query("order by first_seen"))
    assert (old["resource"], old["first_seen"]) == (FAIL.resource, "2026-11-20T02:17:00Z")


@pytest.mark.parametrize("unsure", [UNDECLARED, UNREAD])
def test_a_control_passes_only_without_an_unknown(tmp_path: Path, unsure: Any) -> None:
    for number, (findings, expected) in enumerate([((PASS,), 100), ((PASS, unsure), 0), ((unsure,), 0), ((), None)]):
        target = tmp_path / f"{number}.sqlite"
        write(sample(findings=findings), "sqlite", target)
        with closing(sqlite3.connect(target)) as database:
            (row,) = answers(database.cursor(), query("controls_passing_percent"))
        assert row["controls_passing_percent"] == expected
        assert row["measured_percent"] == 66.7


def test_athena_is_told_the_columns_there_are() -> None:
    types = {"string": str, "bigint": int}
    for table, text in zip(TABLES, DDL, strict=True):
        assert f"create external table {table.name} (" in text and f"/{table.name}/'" in text
        assert {name: types[type_] for name, type_ in re.findall(r"`(\w+)` (\w+)", text)} == table.columns


def test_the_panels_ask_what_the_page_documents_and_find_their_columns(tmp_path: Path) -> None:
    for scan in scans():
        write(scan, "sqlite", tmp_path / "t")
    asked = []
    with closing(sqlite3.connect(tmp_path / "t")) as database:
        for panel in DASHBOARDS["lexloci-tables"]["panels"]:
            (target,) = panel["targets"]
            assert target["rawQueryText"] == target["queryText"]
            asked.append(target["rawQueryText"])
            rows = answers(database.cursor(), target["rawQueryText"])
            numbers = [name for name, value in rows[0].items() if isinstance(value, int | float)]
            assert set(target["timeColumns"]) <= rows[0].keys()
            if panel["type"] == "timeseries":
                assert target["queryType"] == "time series" and len(numbers) == len(rows[0]) - 1
            elif panel["type"] == "barchart":
                assert panel["options"]["xField"] in rows[0] and numbers
            elif panel["type"] == "gauge":
                assert numbers == list(rows[0])
    assert sorted(asked) == sorted(QUERIES)


def expressions() -> Iterator[str]:
    for panel in DASHBOARDS["lexloci-metrics"]["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    for group in yaml.safe_load((FOLDER / "prometheus-rules.yaml").read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]


def written() -> dict[str, dict[str, set[str]]]:
    """Values by label by metric, in the text of a complete and an incomplete scan."""
    found: dict[str, dict[str, set[str]]] = {}
    for complete in (True, False):
        text = b"".join(render(sample(scan=msgspec.structs.replace(HEADER, complete=complete)))).decode()
        for family in text_string_to_metric_families(text):
            for one in family.samples:
                labels = found.setdefault(one.name, {})
                for label, value in one.labels.items():
                    labels.setdefault(label, set()).add(value)
    return found


SCRAPED = {"instance"}
"""Labels that Prometheus adds to what it scrapes."""
VALUES = {
    "status": {state.value for state in State},
    "state": {state.value for state in CoverageState},
    "severity": {severity.value for severity in Severity},
}


@pytest.mark.parametrize("expression", list(expressions()))
def test_every_metric_label_and_value_is_one_that_is_written(expression: str) -> None:
    metrics = written()
    used = re.findall(r"\blexloci_\w+", expression)
    assert used and set(used) <= metrics.keys()
    labels = {label for name in used for label in metrics[name]} | SCRAPED
    for grouping in re.findall(r"by \(([^)]*)\)", expression):
        assert set(grouping.split(", ")) <= labels
    for name, matchers in re.findall(r"\b(lexloci_\w+)\{([^}]*)\}", expression):
        for label, value in re.findall(r'(\w+)[=!]~?"([^"]*)"', matchers):
            assert set(value.split("|")) <= VALUES.get(label, metrics[name].get(label, set())), (label, value)


def test_a_share_of_passes_never_stands_without_the_share_measured() -> None:
    shares = 0
    for dashboard in DASHBOARDS.values():
        for panel in dashboard["panels"]:
            texts = [target.get("expr") or target["rawQueryText"] for target in panel["targets"]]
            passing = [text for text in texts if re.search(r'status="pass"|passing', text)]
            shares += len(passing)
            assert not passing or any('lexloci_units{state="complete"}' in t or "measured_percent" in t for t in texts)
    assert shares == len(DASHBOARDS)
    assert {row.state for row in COVERAGE} > {CoverageState.COMPLETE} and {f.status for f in FINDINGS} == set(Status)


def test_provisioning_names_what_there_is() -> None:
    sources = yaml.safe_load((FOLDER / "grafana/datasources/lexloci.yaml").read_text(encoding="utf-8"))["datasources"]
    types = {source["type"] for source in sources}
    (provider,) = yaml.safe_load((FOLDER / "grafana/dashboards/lexloci.yaml").read_text(encoding="utf-8"))["providers"]
    page = PAGE.read_text(encoding="utf-8")
    assert f"cp grafana/json/*.json {provider['options']['path']}/" in page
    (tables,) = (source for source in sources if source["type"] == "frser-sqlite-datasource")
    assert f"lexloci tables scans/$day -o {tables['jsonData']['path']} --history scans\n" in page
    assert sorted(DASHBOARDS) == ["lexloci-metrics", "lexloci-tables"]
    for name, dashboard in DASHBOARDS.items():
        (variable,) = dashboard["templating"]["list"]
        assert dashboard["uid"] == name and dashboard["schemaVersion"] >= 41
        assert variable["type"] == "datasource" and variable["query"] in types
        wanted = {"type": variable["query"], "uid": f"${{{variable['name']}}}"}
        for panel in dashboard["panels"]:
            assert all(each["datasource"] == wanted for each in (panel, *panel["targets"]))
    assert types == {dashboard["templating"]["list"][0]["query"] for dashboard in DASHBOARDS.values()}
