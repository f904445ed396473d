"""Why a control says what it says."""

import subprocess
import sys

import msgspec
import pytest

from scanner.errors import UsageError
from scanner.model import Finding, Gap, GapReason, Status
from scanner.policy.explain import explain_control, explain_outcome, find
from tests.policy.making import condition, control, evaluator, subject

EXTRA = "parameters:\n  where: {type: list<string>, default: sets.eu, doc: d}\n"
COPIES = control(
    match=condition("kept", "resource.is_store", "not_a_store"),
    assert_=condition("inside", "copies.all(c, c.direction == 'in' || c.country in params.where)"),
    doubt=condition("plain", "!encryption.at_rest"),
)


def test_a_control_is_explained_with_conditions_facts_and_settings() -> None:
    evaluating = evaluator(COPIES, extra=EXTRA)
    pack, one = find(evaluating.packs, "T-1")
    explained = explain_control(pack, one, {"params.where": ["FR"], "params.other": 1})
    assert [(each.role, each.name, each.reason) for each in explained.conditions] == [
        ("match", "kept", "not_a_store"),
        ("assert", "inside", "inside"),
        ("doubt", "plain", "plain"),
    ]
    assert explained.conditions[1].where.startswith("test.yaml:")
    assert explained.conditions[1].settings == ("params.where",)
    assert [(each.fact, each.fields) for each in explained.evidence_needed] == [
        ("copies", ("country", "direction")),
        ("encryption.at_rest", ()),
        ("resource.is_store", ()),
    ]
    assert explained.parameters == {"params.where": ["FR"]}


def test_an_outcome_is_explained_condition_by_condition() -> None:
    gap = Gap(fact="encryption.state", reason=GapReason.DENIED, permission="s3:GetEncryptionConfiguration")
    about = subject(
        {"resource.is_store": True, "copies": [{"country": "FR", "direction": "out"}]},
        missing={"encryption.at_rest": (gap,)},
    )
    explained = explain_outcome(evaluator(COPIES, extra=EXTRA), "T-1", about)
    assert isinstance(explained.outcome, Finding)
    assert (explained.outcome.status, explained.outcome.reason) == (Status.UNKNOWN, "plain")
    assert [each.value for each in explained.conditions] == ["true", "true", "unknown"]
    assert [item.source for item in explained.conditions[1].evidence] == ["test:copies"]
    assert [(item.fact, item.permission) for item in explained.conditions[2].missing] == [
        ("encryption.at_rest", "s3:GetEncryptionConfiguration")
    ]
    assert explained.control.parameters == {"params.where": ["DE", "FR", "IE", "LU", "SE"]}


def test_a_false_condition_is_shown_with_its_facts_and_nothing_missing() -> None:
    explained = explain_outcome(evaluator(COPIES, extra=EXTRA), "T-1", subject({"resource.is_store": False}))
    first = explained.conditions[0]
    assert (first.value, first.missing, first.evidence[0].value) == ("false", (), False)


def test_an_explanation_can_be_written_as_json() -> None:
    explained = explain_outcome(evaluator(COPIES, extra=EXTRA), "T-1", subject({"resource.is_store": False}))
    assert msgspec.json.decode(msgspec.json.encode(explained))["conditions"][0]["value"] == "false"


def test_an_unknown_control_is_an_error_with_the_nearest_id() -> None:
    with pytest.raises(UsageError, match="has a control 'T-l'; did you mean 'T-1'"):
        find(evaluator(COPIES, extra=EXTRA).packs, "T-l")


def test_a_control_about_the_scan_cannot_be_explained_on_a_resource() -> None:
    scan = control(subject="scan", assert_=condition("held", "alongside.account"))
    with pytest.raises(UsageError, match="T-1 is about a scan, arn:aws:s3:::bucket is a resource"):
        explain_outcome(evaluator(scan), "T-1", subject({}))


def test_the_expression_engine_is_loaded_by_the_first_compilation_only() -> None:
    modules = "check, evaluate, explain, rollup, cel, parameters"
    code = f"import sys; from scanner.policy import {modules}; sys.exit('cel_expr_python' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
