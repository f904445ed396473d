"""`lexloci explain FINDING` through the installed command: the chain is that of the scan, not of a guess about it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import LEXLOCI, lexloci
from tests.cli.scanning import Command, day
from tests.fixtures.aws import REGION, Aws

CLEAN = ("--policy", "core,doctolib-2021")


@pytest.fixture
def command(aws: Aws, tmp_path: Path) -> Command:
    """A bucket with health data, and one without a sign of it."""
    s3 = aws.client("s3")
    for name in ("dossiers", "factures"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_tagging(Bucket="dossiers", Tagging={"TagSet": [{"Key": "data-classification", "Value": "sante"}]})
    aws.freeze()
    return Command(aws, tmp_path)


def scanned(command: Command, *arguments: str) -> dict[str, Any]:
    _, document, _ = command.document(*CLEAN, "-o", "sealed=kept", "-o", "json=scan.json", "-o", "-", *arguments)
    return document


def explain(command: Command, what: str, *arguments: str, of: str = "scan.json") -> tuple[int, str]:
    done = subprocess.run(
        [LEXLOCI, "explain", what, "--from", of, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=command.folder,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def one(document: dict[str, Any], control: str, status: str) -> dict[str, Any]:
    return next(f for f in document["findings"] if (f["control"], f["status"]) == (control, status))


def test_a_pass_that_rests_on_a_statement_is_explained_as_the_pass_it_is(command: Command) -> None:
    stated = {"name": "contract_excludes_transfers", "value": True}
    signed = {**stated, "by": "B. Durand, DPO", "on": day(-30), "until": day(300)}
    (command.folder / "lexloci.yaml").write_text(json.dumps({"attestations": [signed]}), encoding="utf-8")
    finding = one(scanned(command), "D21-04", "pass")
    for of in ("scan.json", "kept"):
        code, said = explain(command, finding["id"], of=of)
        assert code == 0
        assert "assert  contract-excludes-transfers  ->  true" in said
        assert "attestation.contract_excludes_transfers = True   from " in said
        assert "unknown" not in said


def test_a_verdict_under_another_parameter_is_not_explained_away(command: Command) -> None:
    parameter = "core.allowed_countries=US"
    finding = one(scanned(command, "--param", parameter), "CORE-30", "fail")
    _, said = explain(command, finding["id"])
    assert "judged with a parameter, pack or table other than those at hand" in said
    assert "location.country = 'FR'" in said and "->" not in said
    _, said = explain(command, finding["id"], "--param", parameter)
    assert "assert  original-in-an-allowed-country  ->  false" in said


def test_what_does_not_apply_to_many_names_the_condition(command: Command) -> None:
    finding = one(scanned(command), "CORE-22", "not_applicable")
    _, said = explain(command, finding["id"])
    assert finding["subjects"] > 1 and f"the same for {finding['subjects']} resources" in said
    assert "key.custody in ['external_holder_not_established'" in said


def test_a_verdict_on_the_whole_scan_names_each_call_that_was_refused(command: Command) -> None:
    command.aws.faults({"fault": "denied", "service": "s3", "operation": "ListBuckets"})
    finding = one(scanned(command), "CORE-01", "unknown")
    _, said = explain(command, finding["id"])
    assert "assert  everything-in-scope-was-read\n          coverage.complete   (" in said
    assert "missing coverage.complete: denied s3.bucket in global" in said
    assert "; grant s3:ListAllMyBuckets" in said


def test_a_waived_fail_says_by_whom_and_until_when(command: Command) -> None:
    before = one(scanned(command), "CORE-20", "fail")
    what = {"control": "CORE-20", "resource": before["resource"]}
    path = command.write("w.yaml", {**what, "reason": "moves in spring", "owner": "B. Durand", "expires": day(100)})
    finding = one(scanned(command, "--waivers", path), "CORE-20", "fail")
    _, said = explain(command, finding["id"])
    assert f"waived until {day(100)} by B. Durand: moves in spring" in said
    assert "key.custody = 'provider_shared'   from s3:GetBucketEncryption (proven)" in said


def test_a_wrong_id_is_answered_with_what_was_probably_meant(command: Command) -> None:
    finding = one(scanned(command), "CORE-20", "fail")
    wrong = finding["id"][:-1] + ("0" if finding["id"][-1] != "0" else "1")
    code, said = explain(command, wrong)
    assert (code, f"did you mean '{finding['id']}'?" in said) == (2, True)
    code, said = explain(command, "CORE-20")
    assert (code, f"{finding['id']} (fail)" in said) == (2, True)


def test_a_document_that_holds_the_rung_no_api_shows_is_explained_on_it(command: Command) -> None:
    document = scanned(command)
    finding = one(document, "CORE-20", "fail")
    (resource,) = [found for found in document["resources"] if found["id"] == finding["resource"]]
    resource["encryption"] |= {"custody": "client_side", "rung": "K6", "key": ""}
    resource["alongside"] = None
    finding |= {"status": "pass", "reason": "all_conditions_hold", "evidence": [], "missing": []}
    (command.folder / "k6.json").write_text(json.dumps(document), encoding="utf-8")
    code, said = explain(command, finding["id"], of="k6.json")
    assert (code, "  assert  key-is-apart-from-the-provider  ->  true" in said) == (0, True)
    assert "key.custody = 'client_side'   from s3:GetBucketEncryption (proven)" in said
    assert "  assert  holder-is-not-of-the-same-group  ->  true" in said
    assert "missing alongside.operator" not in said
    _, said = explain(command, resource["id"], of="k6.json")
    assert "  key: K6 client_side (encrypted)" in said


def test_a_journal_is_not_explained_but_made_a_document_of(command: Command) -> None:
    scanned(command, "--journal", "kept.journal")
    finding = one(json.loads((command.folder / "scan.json").read_text(encoding="utf-8")), "CORE-20", "fail")
    code, said = explain(command, finding["id"], of="kept.journal")
    assert (code, said) == (
        2,
        "lexloci: kept.journal is the journal of a scan, not its result. Go on with --resume, or make a document of "
        "what it holds: lexloci merge kept.journal -o json=scan.json\n",
    )
    merged = lexloci("merge", "kept.journal", "--policy", "core", "-o", "json=merged.json", folder=command.folder)
    assert "Traceback" not in merged.stderr
    assert explain(command, finding["id"], of="merged.json") == explain(command, finding["id"])
