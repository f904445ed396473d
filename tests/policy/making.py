"""Packs written in a test, and subjects made of literal facts."""

import textwrap
from collections.abc import Mapping
from typing import Any

from scanner.model import Assurance, Gap
from scanner.policy.check import CheckedPack, check
from scanner.policy.evaluate import Evaluator
from scanner.policy.pack import parse
from scanner.policy.schema import SCHEMA, Provenance
from scanner.policy.subject import Subject

SETS = {
    "eu": ["DE", "FR", "IE", "LU", "SE"],
    "eea": ["DE", "FR", "IE", "IS", "LI", "LU", "NO", "SE"],
    "eea_non_eu": ["IS", "LI", "NO"],
    "eu_outermost_regions": ["GF", "GP", "MF", "MQ", "RE", "YT"],
}

HEAD = """\
id: test-pack
title: A pack of the tests
issuer: nobody
edition: "1"
date: 2026-01-01
status: internal
source: the tests
as_of: 2026-01-01
review_by: 2027-01-01
"""

CONTROL = """\
  - id: {id}
    article: "-"
    title: A control
    question: What is tested?
    axis: key
    severity: high
    severity_reason: It is a test.
    subject: {subject}
    match: [{match}]
    assert: [{assert_}]
    doubt: [{doubt}]
    max_assurance: {{pass: {cap_pass}, fail: {cap_fail}}}
    pass_needs: Nothing more than the test gives.
    pass_does_not_mean: Anything outside the test.
    remediation: None.
    references: []
    confirmed: true
    basis: knowledge
"""


def condition(name: str, expr: str, reason: str = "") -> str:
    """One condition in flow style; `expr` must not hold a double quote."""
    return "{" + f'name: {name}, expr: "{expr}"' + (f", reason: {reason}" if reason else "") + "}"


def control(
    *,
    match: str = "",
    assert_: str = "",
    doubt: str = "",
    id: str = "T-1",
    subject: str = "resource",
    cap_pass: str = "proven",
    cap_fail: str = "proven",
) -> str:
    return CONTROL.format(
        id=id, subject=subject, match=match, assert_=assert_, doubt=doubt, cap_pass=cap_pass, cap_fail=cap_fail
    )


def pack_text(*controls: str, extra: str = "") -> str:
    return HEAD + textwrap.dedent(extra) + "controls:\n" + "".join(controls)


def checked(*controls: str, extra: str = "") -> CheckedPack:
    return check([parse(pack_text(*controls, extra=extra), "test.yaml")], SETS)[0]


def evaluator(*controls: str, extra: str = "", given: Mapping[str, Any] | None = None, **options: Any) -> Evaluator:
    return Evaluator([checked(*controls, extra=extra)], {"test-pack": given or {}}, SETS, **options)


def subject(
    values: Mapping[str, Any],
    *,
    kind: str = "resource",
    id: str = "arn:aws:s3:::bucket",
    missing: Mapping[str, tuple[Gap, ...]] | None = None,
    unconfirmed: frozenset[str] = frozenset(),
    assurance: Mapping[str, Assurance] | None = None,
    account: str = "111122223333",
    region: str = "eu-west-3",
) -> Subject:
    """A subject of the tests; facts are as strong as the schema says unless `assurance` lowers them."""

    def provenance(fact: str) -> Provenance:
        default = SCHEMA[fact].assurance if fact in SCHEMA else Assurance.DECLARED
        return Provenance(source=f"test:{fact}", assurance=(assurance or {}).get(fact, default), as_of="2026-01-01")

    return Subject(
        kind=kind,
        id=id,
        provider="aws",
        partition="aws",
        account=account,
        region=region,
        values=values,
        missing=missing or {},
        unconfirmed=unconfirmed,
        provenance=provenance,
    )
