"""What a comparison says of each way a scan can differ from the one before it."""

import json
import re
from typing import Any

import msgspec
import pytest

from scanner.errors import UsageError
from scanner.model import Copy, Coverage, CoverageState, Custody, Missing, Severity, Status, Waived
from scanner.model.change import Change, CoverageChange, Read, ResourceChange, VerdictChange
from scanner.report import diff as report
from scanner.report.source import DocumentScan
from scanner.store.diff import changes
from scanner.store.seal import seal
from scanner.store.sealed import SealedScan
from tests.report.hostile import hostile_scan
from tests.report.sample_scan import COVERAGE, FAIL, RESOURCES, SUMMARY, bucket, encryption, sample

A, B = bucket("a"), bucket("b")


def scan(*findings: Any, resources: Any = (A, B), coverage: Any = COVERAGE[:2], **changed: Any) -> DocumentScan:
    return sample(findings=findings, resources=resources, keys=(), coverage=coverage, **changed)


def judged(status: Status, on: Any = A, **changed: Any) -> Any:
    missing = (Missing(fact="encryption.key", reason="denied"),) if status is Status.UNKNOWN else ()
    return msgspec.structs.replace(FAIL, id=f"{on.id}", status=status, resource=on.id, missing=missing, **changed)


WAIVER = {"waiver": Waived(reason="moves", owner="dpo", expires="2027-01-01")}
fail, passed, unknown = judged(Status.FAIL), judged(Status.PASS), judged(Status.UNKNOWN)
waived = judged(Status.FAIL, **WAIVER)


def verdict(old: DocumentScan, new: DocumentScan) -> list[tuple[Change, str, str]]:
    return [(c.change, c.old, c.new) for c in changes(old, new) if isinstance(c, VerdictChange)]


def exit_code(old: DocumentScan, new: DocumentScan) -> int:
    totals = report.Totals()
    for _ in totals.passing(changes(old, new)):
        pass
    return totals.exit_code


@pytest.mark.parametrize(
    ("before", "after", "change", "code"),
    [
        (fail, fail, None, 0),
        (unknown, unknown, None, 0),
        (passed, fail, Change.BROKEN, 1),
        (waived, fail, Change.BROKEN, 1),
        (unknown, fail, Change.ESTABLISHED_FAIL, 1),
        (fail, judged(Status.FAIL, reason="another_condition"), Change.OTHER_REASON, 1),
        (fail, unknown, Change.LOST, 3),
        (passed, unknown, Change.LOST, 3),
        (fail, waived, Change.WAIVED, 0),
        (fail, passed, Change.MENDED, 0),
        (unknown, passed, Change.ESTABLISHED_PASS, 0),
    ],
)
def test_a_verdict_that_changes(before, after, change, code) -> None:
    found = verdict(scan(before), scan(after))
    assert [each[0] for each in found] == ([change] if change else [])
    assert exit_code(scan(before), scan(after)) == code


@pytest.mark.parametrize(
    ("after", "change", "code"),
    [(fail, Change.BROKEN, 1), (unknown, Change.UNKNOWN, 3), (waived, Change.WAIVED, 0), (passed, Change.APPEARED, 0)],
)
def test_a_verdict_that_was_not_there(after, change, code) -> None:
    assert verdict(scan(), scan(after)) == [(change, "", "waived" if after is waived else after.status.value)]
    assert exit_code(scan(), scan(after)) == code


def test_a_subject_that_is_gone_from_a_unit_that_was_read_is_gone() -> None:
    old, new = scan(fail), scan(resources=(B,))
    assert verdict(old, new) == [(Change.GONE, "fail", "")]
    assert exit_code(old, new) == 0


def _row(**changed: Any) -> Coverage:
    return msgspec.structs.replace(COVERAGE[1], **changed)


@pytest.mark.parametrize(
    "coverage",
    [
        (),
        (_row(state=CoverageState.DENIED),),
        (_row(state=CoverageState.SKIPPED),),
        (_row(state=CoverageState.PARTIAL), _row(type="s3.bucket", state=CoverageState.DENIED)),
        (_row(region="eu-central-1"),),
        (_row(account="444455556666"),),
        (_row(service="rds"),),
        (_row(), _row(region="global", state=CoverageState.FAILED)),
    ],
)
def test_a_subject_that_is_not_seen_where_it_was_not_looked_for_is_not_gone(coverage) -> None:
    old, new = scan(fail), scan(resources=(B,), coverage=coverage)
    assert verdict(old, new) == [(Change.UNSEEN, "fail", "")]
    resources = [c.change for c in changes(old, new) if isinstance(c, ResourceChange)]
    assert resources == [Change.UNSEEN]
    assert exit_code(old, new) == 3


@pytest.mark.parametrize(
    "coverage",
    [
        (_row(region="global"),),
        (_row(state=CoverageState.PARTIAL), _row(type="s3.access_point", state=CoverageState.DENIED)),
    ],
)
def test_a_failure_elsewhere_does_not_hide_that_it_is_gone(coverage) -> None:
    assert verdict(scan(fail), scan(resources=(B,), coverage=coverage)) == [(Change.GONE, "fail", "")]


def test_a_subject_that_is_there_and_no_longer_concerned() -> None:
    assert verdict(scan(fail), scan()) == [(Change.NOT_APPLICABLE, "fail", "")]


def test_a_control_that_is_not_asked_any_more_is_not_mended() -> None:
    fewer = msgspec.structs.replace(SUMMARY, controls=())
    assert verdict(scan(fail), scan(summary=fewer)) == [(Change.NOT_ASKED, "fail", "")]
    assert exit_code(scan(fail), scan(summary=fewer)) == 3


def moved(**changed: Any) -> dict[str, tuple[Any, Any, bool]]:
    found = [c for c in changes(scan(), scan(resources=(bucket("a", **changed), B))) if isinstance(c, ResourceChange)]
    assert all(each.change is Change.MOVED for each in found)
    return {moved.property: (moved.old, moved.new, moved.lost) for each in found for moved in each.moved}


def test_data_that_moved() -> None:
    assert moved(country="US", region="us-east-1") == {
        "country": ("FR", "US", False),
        "region": ("eu-west-3", "us-east-1", False),
    }
    copy = Copy(kind="replication", target="t", region="us-east-1", country="US", account=None, operator=None)
    assert moved(copies=(copy,)) == {"copies": ([], ["replication t us-east-1 US"], False)}
    key = A.encryption.key
    assert moved(encryption=encryption(Custody.PROVIDER_SHARED, "")) == {
        "custody": ("customer_managed_in_provider_kms", "provider_shared", False),
        "key": (key, "", False),
    }
    assert moved(tags={"team": "other"}) == {}


def test_a_place_that_became_unreadable_is_lost_and_not_moved_home() -> None:
    assert moved(country=None) == {"country": ("FR", None, True)}
    assert moved(copies=None)["copies"] == ([], None, True)
    assert moved(encryption=encryption(Custody.UNKNOWN, None))["custody"][2]
    assert exit_code(scan(), scan(resources=(bucket("a", copies=None), B))) == 3
    assert exit_code(scan(resources=(bucket("a", copies=None), B)), scan()) == 0


def read(old: tuple[Coverage, ...], new: tuple[Coverage, ...]) -> dict[tuple[str, str], tuple[str, str, Read]]:
    found = [c for c in changes(scan(coverage=old), scan(coverage=new)) if isinstance(c, CoverageChange)]
    return {(c.type or c.service, c.region): (c.old, c.new, c.change) for c in found}


def test_coverage_that_shrank() -> None:
    old, new = (COVERAGE[0], COVERAGE[1]), (COVERAGE[0], COVERAGE[2], COVERAGE[3])
    assert read(old, new) == {
        ("s3", "eu-west-3"): ("complete", "", Read.WORSE),
        ("secretsmanager", "eu-west-3"): ("", "denied", Read.ENTERED),
        ("s3", "me-central-1"): ("", "not_enabled", Read.ENTERED),
    }
    assert exit_code(scan(coverage=old), scan(coverage=new)) == 3
    assert exit_code(scan(coverage=new), scan(coverage=(*COVERAGE[:4],))) == 0


@pytest.mark.parametrize(
    ("old", "new", "became"),
    [
        ("denied", "complete", Read.BETTER),
        ("denied", "partial", Read.BETTER),
        ("partial", "complete", Read.BETTER),
        ("complete", "partial", Read.WORSE),
        ("complete", "denied", Read.WORSE),
        ("not_enabled", "denied", Read.WORSE),
        ("not_enabled", "complete", Read.OTHERWISE),
        ("denied", "failed", Read.OTHERWISE),
        ("denied", "", Read.LEFT),
        ("complete", "", Read.WORSE),
        ("", "not_enabled", Read.ENTERED),
        ("", "denied", Read.ENTERED),
    ],
)
def test_what_became_of_the_reading_of_a_unit(old: str, new: str, became: Read) -> None:
    before, after = ((COVERAGE[0], *((_row(state=CoverageState(state)),) if state else ())) for state in (old, new))
    assert read(before, after) == {("s3", "eu-west-3"): (old, new, became)}
    assert exit_code(scan(coverage=before), scan(coverage=after)) == (3 if became is Read.WORSE else 0)
    title = {Read.BETTER: "READ BETTER", Read.WORSE: "READ WORSE", Read.ENTERED: "NOT IN SCOPE BEFORE: 1"}
    told = _rendered("table", scan(coverage=before), scan(coverage=after))
    assert ("READ BETTER" in told) == (became is Read.BETTER)
    assert title.get(became, "") in told


def test_a_call_that_failed_is_mended_only_in_a_unit_that_was_read() -> None:
    denied = _row(type="s3.bucket", state=CoverageState.DENIED)
    partly = _row(state=CoverageState.PARTIAL)
    assert read((partly, denied), (_row(),))["s3.bucket", "eu-west-3"][2] is Read.BETTER
    assert read((partly, denied), (_row(state=CoverageState.DENIED),))["s3.bucket", "eu-west-3"][2] is Read.OTHERWISE
    assert read((partly, denied), ())["s3.bucket", "eu-west-3"][2] is Read.LEFT
    assert read((_row(),), (partly, denied))["s3.bucket", "eu-west-3"][2] is Read.WORSE


def test_a_scan_that_is_out_of_order_is_refused() -> None:
    with pytest.raises(UsageError, match="out of order"):
        list(changes(scan(), scan(resources=(B, A))))


def test_a_document_and_its_sealed_folder_are_the_same(tmp_path) -> None:
    seal(sample(), tmp_path / "scan")
    assert list(changes(sample(), SealedScan(tmp_path / "scan"))) == []


def _rendered(format_: str, old: DocumentScan, new: DocumentScan) -> str:
    return b"".join(getattr(report, format_)(old, new, changes(old, new), report.Totals())).decode()


def test_json_holds_every_change_and_its_meaning() -> None:
    old = scan(fail, resources=(A, *RESOURCES[:1], B))
    told = json.loads(_rendered("json", old, scan(unknown)))
    assert {"old", "new", "coverage", "resources", "verdicts", "totals", "exit_code"} == set(told)
    assert told["verdicts"][0]["change"] == "lost" and told["exit_code"] == 3
    assert told["totals"]["resources"] == {"unseen": 1}
    nothing = json.loads(_rendered("json", old, old))
    assert (nothing["coverage"], nothing["resources"], nothing["verdicts"], nothing["exit_code"]) == ([], [], [], 0)


@pytest.mark.parametrize("format_", ["table", "markdown"])
def test_people_are_told_what_was_measured_beside_what_changed(format_) -> None:
    told = _rendered(format_, scan(fail), scan(unknown))
    assert "NO LONGER ESTABLISHED" in told and "2 of 3 units read, not everything in scope" in told
    assert "Nothing changed." in _rendered(format_, scan(fail), scan(fail))


@pytest.mark.parametrize("format_", ["table", "markdown"])
def test_many_changes_are_told_shortly_with_the_most_severe(format_) -> None:
    many = [bucket(f"s{n:04}") for n in range(500)]
    old = scan(resources=many, coverage=COVERAGE)
    new = scan(
        *(
            judged(Status.FAIL, each, severity=Severity.LOW if n < 499 else Severity.CRITICAL)
            for n, each in enumerate(many)
        ),
        resources=many,
    )
    told = _rendered(format_, old, new)
    assert len(told.splitlines()) < 60 and "470 more" in told and "s0499" in told


@pytest.mark.parametrize("format_", ["table", "json", "markdown"])
def test_hostile_names_stay_text(format_) -> None:
    told = _rendered(format_, sample(findings=(), resources=(), keys=()), hostile_scan())
    assert "##[" not in told and not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", told)
    if format_ == "markdown":
        outside = re.sub(r"(`+)[^\n]*?[^`]\1(?!`)", "", told)
        assert "alert(1)" in told and not re.search(r"alert|example\.com|@everyone|#1\b", outside)
