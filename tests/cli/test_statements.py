"""Statements through the installed command: they declare, they end, and evidence overrules them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.scanning import Command, day
from tests.fixtures.aws import ACCOUNT, REGION, Aws

DPO = "B. Durand, DPO"


@pytest.fixture
def command(aws: Aws, tmp_path: Path) -> Command:
    """A bucket that is tagged as health data, and two that say nothing or little."""
    s3 = aws.client("s3")
    for name in ("dossiers", "factures", "rdv"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_tagging(Bucket="dossiers", Tagging={"TagSet": [{"Key": "data-classification", "Value": "sante"}]})
    aws.freeze()
    return Command(aws, tmp_path)


def signed(until: int = 300, **what: Any) -> dict[str, Any]:
    return {**what, "by": DPO, "on": day(-30), "until": day(until)}


def state(command: Command, **statements: Any) -> tuple[dict[str, Any], str]:
    (command.folder / "lexloci.yaml").write_text(json.dumps(statements), encoding="utf-8")
    _, document, told = command.document()
    return document, told


def levels(document: dict[str, Any]) -> dict[str, str]:
    return {found["name"]: found["health"]["level"] for found in document["resources"] if found["type"] == "s3.bucket"}


def about(document: dict[str, Any], control: str, name: str) -> dict[str, Any]:
    return next(f for f in document["findings"] if f["control"] == control and f["resource"].endswith(f":{name}"))


def test_an_account_that_is_stated_to_hold_no_health_data(command: Command) -> None:
    before, _ = state(command)
    assert levels(before)["dossiers"] == "declared" and levels(before)["factures"] == "no_signal"
    after, told = state(command, no_health_data=[signed(account=ACCOUNT)])
    assert levels(after) == {"dossiers": "declared", "factures": "none_declared", "rdv": "none_declared"}
    assert "1 resources show health data in accounts that are stated to hold none" in told
    invoices = next(found for found in after["resources"] if found["name"] == "factures")
    assert f"until {day(300)}: {DPO}" in {sign["value"] for sign in invoices["health"]["signals"]}


@pytest.mark.parametrize("changes", [{"account": "999988887777"}, {"resources": "arn:aws:s3:::other*"}, {"until": -1}])
def test_a_statement_about_something_else_or_ended_says_nothing(command: Command, changes: dict[str, Any]) -> None:
    before, _ = state(command)
    statement = {"account": ACCOUNT, **changes}
    after, told = state(command, no_health_data=[signed(**statement)])
    assert levels(after) == levels(before)
    assert ("it was not used" in told) is ("until" in changes)


CERTIFICATE = {
    "scheme": "HDS",
    "version": "2.0",
    "operator": "aws-emea",
    "offer": "object storage, activities 1 to 6",
    "regions": [REGION],
    "types": ["s3.*"],
}


PACK = """
id: ours
title: Ours
issuer: Example Clinic
edition: "1"
date: "2026-11-01"
status: internal
source: the board
as_of: 2026-11-01
review_by: 2027-05-01
controls:
- id: OURS-1
  article: "1"
  title: The storage is certified
  question: Is there a certificate for it?
  axis: certification
  severity: high
  severity_reason: We promised it.
  subject: resource
  match: [{name: store, expr: resource.is_store}]
  assert: [{name: located, expr: location.country == 'FR'}]
  doubt:
  - name: no-certificate
    expr: >-
      !operator.certifications.exists(c, c.scheme == 'C5' && c.status == 'certified' && c.confirmed == 'true')
  max_assurance: {pass: proven, fail: proven}
  pass_needs: The certificate.
  pass_does_not_mean: That it is kept to.
  remediation: Ask for it.
  references: [the board]
  confirmed: true
  basis: primary
"""


@pytest.mark.parametrize(
    ("changes", "until", "expected"),
    [
        ({}, 300, ("pass", "declared")),
        ({}, 0, ("pass", "declared")),
        ({}, -1, ("unknown", "indicated")),
        ({"regions": ["eu-central-1"]}, 300, ("unknown", "indicated")),
        ({"types": ["rds.*"]}, 300, ("unknown", "indicated")),
    ],
)
def test_a_stated_certificate_makes_a_declared_pass_at_most(
    command: Command, changes: dict[str, Any], until: int, expected: tuple[str, str]
) -> None:
    (command.folder / "ours.yaml").write_text(PACK, encoding="utf-8")
    certificate = signed(until, **{**CERTIFICATE, "scheme": "C5", **changes})
    (command.folder / "lexloci.yaml").write_text(json.dumps({"certificates": [certificate]}), encoding="utf-8")
    _, document, _ = command.document("--policy", "./ours.yaml")
    found = about(document, "OURS-1", "factures")
    assert (found["status"], found["assurance"]) == expected
    evidence = next(item for item in found["evidence"] if item["fact"] == "operator.certifications")
    told = f"C5 for object storage, activities 1 to 6 by {DPO}, until {day(until)}"
    assert (told in evidence["source"]) is (expected[0] == "pass")


def test_a_certificate_that_the_tables_contradict_is_overruled_and_told(command: Command) -> None:
    stated = signed(**{**CERTIFICATE, "scheme": "SecNumCloud", "version": "3.2"})
    covered = signed(name="hds_certificate_covers_service", value=True)
    document, told = state(command, attestations=[covered], certificates=[stated])
    assert (
        "a certificate SecNumCloud stated by B. Durand, DPO is overruled: operators/aws-emea records not eligible"
        in told
    )
    found = about(document, "D21-02", "dossiers")
    evidence = next(item for item in found["evidence"] if item["fact"] == "operator.certifications")
    stated_schemes = [c for c in evidence["value"] if (c["scheme"], c.get("status")) == ("SecNumCloud", "certified")]
    assert stated_schemes == []


def test_a_certificate_of_a_company_is_refused(command: Command) -> None:
    (command.folder / "lexloci.yaml").write_text(
        json.dumps({"certificates": [signed(**{**CERTIFICATE, "regions": []})]}), encoding="utf-8"
    )
    done = command.run()
    assert (done.returncode, done.stdout) == (2, "")
    assert "lexloci.yaml:1:" in done.stderr


def test_a_key_holder_that_no_table_knows_is_told_with_the_nearest_one(command: Command) -> None:
    held = {"store": "cks-1", "country": "FR"}
    _, told = state(command, key_holders=[signed(operator="thales-ciphertrsut", **held)])
    assert f"a key holder stated by {DPO} is in no table: there is no operator 'thales-ciphertrsut'" in told
    assert "did you mean 'thales-ciphertrust'?" in told
    for known in ("thales-ciphertrust", "customer"):
        _, told = state(command, key_holders=[signed(operator=known, **held)])
        assert "is in no table" not in told


def test_a_statement_about_a_country_that_is_none_is_refused_with_its_place(command: Command) -> None:
    held = {"store": "cks-1", "operator": "customer", "country": "UK"}
    (command.folder / "lexloci.yaml").write_text(json.dumps({"key_holders": [signed(**held)]}), encoding="utf-8")
    done = command.run()
    assert (done.returncode, done.stdout) == (2, "")
    assert "lexloci.yaml:1:72: 'UK' is not a country code; did you mean 'GB'?" in done.stderr
