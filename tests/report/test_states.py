"""The five states in every format, after the mapping table of docs/reports.md; an unknown is never green."""

import csv
import io
import json
from collections import Counter
from xml.etree import ElementTree

import msgspec
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from scanner.model import Status, Waived
from scanner.report import ocsf, sarif
from scanner.report.state import State, state_of, tally
from tests.report.rendering import FORMATS, rendered
from tests.report.sample_scan import FINDINGS, UNREAD, WAIVED, sample


def test_a_waiver_makes_a_fail_waived_and_leaves_an_unknown_unknown() -> None:
    waiver = Waived(reason="r", owner="o", expires="2027-01-01")
    assert state_of(WAIVED) is State.WAIVED
    assert WAIVED.status is Status.FAIL
    assert state_of(msgspec.structs.replace(UNREAD, waiver=waiver)) is State.UNKNOWN


def test_the_tally_counts_subjects_and_names_every_state() -> None:
    assert tally(FINDINGS) == {"fail": 1, "waived": 1, "unknown": 2, "pass": 1, "not_applicable": 56}
    assert set(tally([])) == set(State)


def test_csv_keeps_the_verdict_and_the_waiver_apart() -> None:
    rows = list(csv.DictReader(io.StringIO(rendered(sample(), "csv").decode())))
    waived = next(row for row in rows if row["state"] == "waived")
    assert (waived["status"], waived["waiver_reason"]) == ("fail", "migration until spring")
    assert Counter(row["state"] for row in rows) == {
        "fail": 1,
        "waived": 1,
        "unknown": 2,
        "pass": 1,
        "not_applicable": 1,
    }


def test_junit_turns_an_unknown_into_an_error_and_a_waived_fail_into_a_pass_that_says_so() -> None:
    suites = ElementTree.fromstring(rendered(sample(), "junit"))
    assert {name: suites.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "6",
        "failures": "1",
        "errors": "2",
    }
    bodies = Counter(child.tag for case in suites.iter("testcase") for child in case)
    assert bodies == {"failure": 1, "error": 2, "skipped": 1, "system-out": 2}
    told = [out.text for out in suites.iter("system-out") if "waived" in (out.text or "")]
    assert len(told) == 1 and "migration until spring" in told[0]


def test_sarif_opens_an_unknown_and_suppresses_a_waived_fail() -> None:
    results = json.loads(rendered(sample(), "sarif"))["runs"][0]["results"]
    assert Counter((r["kind"], r["level"]) for r in results) == {("fail", "error"): 2, ("open", "none"): 2}
    suppressed = [r for r in results if "suppressions" in r]
    assert [r["partialFingerprints"]["lexlociFinding/v1"] for r in suppressed] == [WAIVED.id]
    assert suppressed[0]["suppressions"][0]["justification"].startswith("migration until spring")


def test_sarif_tells_of_passes_when_asked() -> None:
    run = json.loads(b"".join(sarif.render(sample(), every_state=True)))["runs"][0]
    assert Counter(r["kind"] for r in run["results"]) == {"fail": 2, "open": 2, "pass": 1, "notApplicable": 1}
    assert run["properties"]["subjectsByState"]["pass"] == 1


def test_ocsf_warns_of_an_unknown_and_suppresses_a_waived_fail() -> None:
    events = json.loads(rendered(sample(), "ocsf"))
    assert Counter((e["compliance"]["status"], e["status"]) for e in events) == {
        ("Fail", "New"): 1,
        ("Fail", "Suppressed"): 1,
        ("Warning", "New"): 2,
        ("Pass", "New"): 1,
    }
    assert {e["compliance"]["status_id"] for e in events if e["compliance"]["status"] == "Warning"} == {2}


@pytest.mark.parametrize("version", ocsf.VERSIONS)
def test_ocsf_says_its_version(version) -> None:
    events = json.loads(b"".join(ocsf.render(sample(), version=version)))
    assert {e["metadata"]["version"] for e in events} == {version}


def test_oscal_satisfies_nothing_that_is_unknown_and_accepts_a_waiver_as_a_risk() -> None:
    unknown = msgspec.structs.replace(sample().summary.controls[1], status="unknown")
    summary = msgspec.structs.replace(sample().summary, controls=(sample().summary.controls[0], unknown))
    result = json.loads(rendered(sample(summary=summary), "oscal"))["assessment-results"]["results"][0]
    assert [f["target"]["status"] for f in result["findings"]] == [
        {"state": "not-satisfied", "reason": "fail"},
        {"state": "not-satisfied", "reason": "other"},
    ]
    (risk,) = result["risks"]
    assert (risk["status"], risk["statement"]) == ("deviation-approved", "migration until spring")
    assert result["findings"][0]["related-risks"] == [{"risk-uuid": risk["uuid"]}]


def test_oscal_refers_to_nothing_that_it_does_not_define() -> None:
    result = json.loads(rendered(sample(), "oscal"))["assessment-results"]["results"][0]
    observed = {o["uuid"] for o in result["observations"]}
    subjects = {item["uuid"] for items in result["local-definitions"].values() for item in items}
    for observation in result["observations"]:
        assert {s["subject-uuid"] for s in observation["subjects"]} <= subjects
    for finding in result["findings"]:
        assert {r["observation-uuid"] for r in finding["related-observations"]} <= observed


def test_openmetrics_counts_every_state_and_names_no_resource() -> None:
    text = rendered(sample(), "openmetrics").decode()
    lines = [line for line in text.splitlines() if line.startswith("lexloci_findings{")]
    assert sorted(line.split('status="')[1].split('"')[0] for line in lines) == sorted(State)
    assert "arn:" not in text and "dossiers" not in text
    assert text.endswith("# EOF\n")


def test_an_incomplete_scan_has_no_last_success() -> None:
    complete = msgspec.structs.replace(sample().header, complete=True)
    name = "lexloci_scan_last_success_timestamp_seconds"
    assert name not in rendered(sample(), "openmetrics").decode()
    assert f"{name} 1795486890" in rendered(sample(scan=complete), "openmetrics").decode()


def test_markdown_tells_the_incomplete_and_the_waived() -> None:
    text = rendered(sample(), "markdown").decode()
    assert "**Incomplete" in text
    assert "| 1 | 1 | 2 | 1 | 56 |" in text
    assert "waived until 2027-03-31 by dpo@example.fr" in text


def only_unknown():
    """Everything in scope was read, and the one answer is that there is none."""
    control = msgspec.structs.replace(
        sample().summary.controls[1], status="unknown", counts={"unknown": 1}, assurance="proven"
    )
    summary = msgspec.structs.replace(
        sample().summary, verdict="not_established", exit_code=3, statuses={"unknown": 1}, controls=(control,)
    )
    header = msgspec.structs.replace(sample().header, complete=True)
    return sample(scan=header, summary=summary, findings=(UNREAD,))


def words_of_a_table(text: str) -> None:
    assert "1 unknown" in text and "0 pass" in text
    row = next(line for line in text.splitlines() if line.startswith("CORE-20 "))
    assert " unknown " in row and " pass " not in row


def state_in_json(text: str) -> None:
    assert [found["status"] for found in json.loads(text)["findings"]] == ["unknown"]
    assert json.loads(text)["summary"]["verdict"] == "not_established"


def state_in_lines(text: str) -> None:
    *records, trailer = [json.loads(line) for line in text.splitlines()]
    assert [one["body"]["status"] for one in records if one["record"] == "finding"] == ["unknown"]
    assert trailer["body"]["summary"]["verdict"] == "not_established"


def state_in_csv(text: str) -> None:
    assert [(row["status"], row["state"]) for row in csv.DictReader(io.StringIO(text))] == [("unknown", "unknown")]


def state_in_markdown(text: str) -> None:
    assert text.startswith("## lexloci: Not established")
    assert "| `CORE-20` | Encryption keys stored alongside the data | unknown | 0 | 0 | 1 | 0 |" in text


def state_in_sarif(text: str) -> None:
    (result,) = json.loads(text)["runs"][0]["results"]
    assert (result["kind"], result["level"]) == ("open", "none")


def state_in_junit(text: str) -> None:
    suites = ElementTree.fromstring(text)
    assert (suites.get("tests"), suites.get("errors")) == ("1", "1")
    assert [child.tag for case in suites.iter("testcase") for child in case] == ["error"]


def state_in_ocsf(text: str) -> None:
    assert [event["compliance"]["status_id"] for event in json.loads(text)] == [2]


def state_in_oscal(text: str) -> None:
    (result,) = json.loads(text)["assessment-results"]["results"]
    assert [found["target"]["status"]["state"] for found in result["findings"]] == ["not-satisfied"]


def state_in_openmetrics(text: str) -> None:
    counted = {
        one.labels["status"]: one.value
        for family in text_string_to_metric_families(text)
        if family.name == "lexloci_findings"
        for one in family.samples
    }
    assert counted == {"unknown": 1.0}


def state_on_the_page(text: str) -> None:
    body = text.partition("</style>")[2]
    assert "t-unknown" in body and "f-unknown" in body
    assert not any(word in body for word in ("t-pass", 'f-pass" x=', "r-supported"))


NOT_GREEN = {
    "table": words_of_a_table,
    "json": state_in_json,
    "jsonl": state_in_lines,
    "csv": state_in_csv,
    "markdown": state_in_markdown,
    "sarif": state_in_sarif,
    "junit": state_in_junit,
    "ocsf": state_in_ocsf,
    "oscal": state_in_oscal,
    "openmetrics": state_in_openmetrics,
    "html": state_on_the_page,
}


@pytest.mark.parametrize("format_", FORMATS)
def test_an_unknown_is_green_nowhere(format_) -> None:
    NOT_GREEN[format_](rendered(only_unknown(), format_).decode())


def test_the_trailer_of_json_lines_counts_what_stands_before_it() -> None:
    header, *records, trailer = [json.loads(line) for line in rendered(sample(), "jsonl").splitlines()]
    assert (header["record"], trailer["record"]) == ("header", "trailer")
    assert trailer["body"]["complete"] is False
    assert trailer["body"]["records"] == Counter(record["record"] for record in records)


def test_every_report_counts_the_units_that_should_have_been_read_and_no_closed_region_among_them() -> None:
    scan = sample()
    assert scan.summary.units == {"complete": 2, "denied": 1, "not_enabled": 1}
    assert "2 of 3 units read completely; 1 more" in rendered(scan, "table").decode()
    markdown = rendered(scan, "markdown").decode()
    assert "2 of 3 units were read completely; 1 more" in markdown and "| not enabled |" not in markdown
    assert '1<span class="of"> of 3</span>' in rendered(scan, "html").decode()
    run = json.loads(rendered(scan, "sarif"))["runs"][0]
    told = [one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]]
    assert told == ["1 units of the scan ended as 'denied'; what they hold is not known."]
