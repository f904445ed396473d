"""Public statements held against accounts: each of the readings, with what contradicts it or what would prove it."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.claims import claims_evaluator
from scanner.errors import SourceError
from scanner.policy.pack import shipped
from tests.cli.command import lexloci
from tests.cli.scanning import Command
from tests.fixtures.aws import REGION, Aws

SOURCES = {
    "CLAIM-D21-LOCATION": {"Hunton, 15 March 2021", "Roquefeuil", "techlaw.ie"},
    "CLAIM-D21-ENCRYPTION": {"KWKR", "Dalloz, 29 March 2021"},
    "CLAIM-D21-KEYS": {"FrenchWeb, June 2020", "KWKR", "Dalloz, 29 March 2021"},
    "CLAIM-D21-HDS": {"Soulier, 15 April 2021", "Hunton, 15 March 2021", "Roquefeuil"},
    "CLAIM-D21-TRANSFER": {"Hunton, 15 March 2021", "Roquefeuil", "techlaw.ie"},
    "CLAIM-D21-CONTENT": {"Usine Digitale, March 2021", "Actu-Juridique, 30 March 2021"},
    "CLAIM-D21-DELETION": {"KWKR", "Usine Digitale, March 2021"},
    "CLAIM-D21-REQUESTS": {"Allen & Overy", "KWKR"},
    "CLAIM-D21-ACCOUNTS": {"Usine Digitale, March 2021"},
    "CLAIM-HDH-LOCATION": {"Conseil d'État, 19 November 2024, no. 491644", "Banque des Territoires, November 2024"},
    "CLAIM-HDH-TRANSFER": {"Conseil d'État, 13 October 2020, no. 444937", "Numerama", "L'Informaticien"},
    "CLAIM-HDH-HDS": {"Conseil d'État, 19 November 2024, no. 491644", "Conseil d'État, 25 April 2025, no. 503163"},
    "CLAIM-HDH-PSEUDONYMS": {"Banque des Territoires, November 2024"},
    "CLAIM-HDH-USAGE": {"Banque des Territoires, November 2024"},
}
"""Where each statement was read. No statement without a source, and no source that was not read for it."""

UNCONFIRMED = {"CLAIM-D21-ENCRYPTION"}
"""Statements of which the report itself was not read."""


def bucket(aws: Aws, name: str, region: str) -> None:
    s3 = aws.client("s3", region)
    placed = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **placed)
    tags = [{"Key": "data-classification", "Value": "health"}]
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})


class Answers:
    """The readings of a claims file over one scan of S3, by statement, and their text."""

    def __init__(self, aws: Aws, folder: Path, claims: str) -> None:
        aws.freeze()
        path = folder / "scan.json"
        Command(aws, folder).run("--services", "s3", "--regions", f"{REGION},us-east-1", "-o", f"json={path}")
        asked = ("claims", "check", claims, "--from", str(path))
        done = lexloci(*asked, "--format", "json")
        self.by_id: dict[str, dict[str, Any]] = {one["id"]: one for one in json.loads(done.stdout)}
        self.exit_code = done.returncode
        self.text = lexloci(*asked).stdout

    @property
    def readings(self) -> dict[str, str]:
        return {id_.removeprefix("CLAIM-"): one["reading"] for id_, one in self.by_id.items()}


def test_an_account_as_it_was_told_supports_what_an_account_can_show(aws: Aws, tmp_path: Path) -> None:
    bucket(aws, "rendez-vous", REGION)
    answers = Answers(aws, tmp_path, "doctolib-2021")
    open_ = "not provable from infrastructure"
    assert answers.readings == {
        "D21-LOCATION": "supported",
        "D21-ENCRYPTION": "supported",
        "D21-KEYS": "contradicted",
        "D21-HDS": open_,
        "D21-TRANSFER": "supported",
        "D21-CONTENT": "not established",
        "D21-DELETION": "not established",
        "D21-REQUESTS": open_,
        "D21-ACCOUNTS": open_,
    }
    assert "what would prove it: the contract, with the clause and its date." in answers.text
    assert answers.by_id["CLAIM-D21-KEYS"]["against"][0]["reason"] == "key_with_the_provider"


def test_every_counter_example_is_named_and_one_is_enough(aws: Aws, tmp_path: Path) -> None:
    bucket(aws, "rendez-vous", REGION)
    bucket(aws, "copy-one", "us-east-1")
    bucket(aws, "copy-two", "us-east-1")
    answers = Answers(aws, tmp_path, "doctolib-2021")
    for id_, reason in (("CLAIM-D21-LOCATION", "stored_elsewhere"), ("CLAIM-D21-TRANSFER", "stored_there")):
        one = answers.by_id[id_]
        assert (one["reading"], one["agree"], one["against_total"]) == ("contradicted", 1, 2)
        assert {(case["resource"], case["reason"]) for case in one["against"]} == {
            ("arn:aws:s3:::copy-one", reason),
            ("arn:aws:s3:::copy-two", reason),
        }
    assert answers.exit_code == 1


def test_what_was_not_read_is_not_established_and_says_what_is_missing(aws: Aws, tmp_path: Path) -> None:
    bucket(aws, "rendez-vous", REGION)
    aws.faults({"operation": "GetBucketEncryption", "fault": "denied"})
    answers = Answers(aws, tmp_path, "doctolib-2021")
    one = answers.by_id["CLAIM-D21-ENCRYPTION"]
    assert (one["reading"], one["missing"]) == ("not established", {"encryption.at_rest: denied": 1})
    assert answers.by_id["CLAIM-D21-LOCATION"]["reading"] == "not established"


def test_the_health_data_platform_on_an_account_as_it_was_told(aws: Aws, tmp_path: Path) -> None:
    bucket(aws, "entrepot", REGION)
    open_ = "not provable from infrastructure"
    assert Answers(aws, tmp_path, "health-data-hub").readings == {
        "HDH-LOCATION": "supported",
        "HDH-TRANSFER": "supported",
        "HDH-HDS": open_,
        "HDH-PSEUDONYMS": open_,
        "HDH-USAGE": open_,
    }


@pytest.mark.parametrize("name", ["doctolib-2021", "health-data-hub"])
def test_every_statement_has_the_sources_in_which_it_was_read(name: str) -> None:
    for control in claims_evaluator((name,)).controls:
        assert set(control.control.references) == SOURCES[control.id], control.id
        assert control.control.confirmed is (control.id not in UNCONFIRMED), control.id
        assert control.control.axis, control.id


def test_a_statement_about_a_place_is_not_contradicted_by_an_owner() -> None:
    """Four axes, never merged: where data is, and who is behind the company that holds it."""
    for name in ("doctolib-2021", "health-data-hub"):
        for control in claims_evaluator((name,)).controls:
            if control.control.axis == "location":
                owners = {fact for fact in control.facts if "parent" in fact or fact.startswith("operator.")}
                written = " ".join(condition.expr for condition in control.control.assert_)
                assert owners == set() and "parent" not in written, control.id


def test_a_country_that_is_none_in_a_claims_file_is_refused_with_its_place(tmp_path: Path) -> None:
    text = (shipped() / "claims" / "doctolib-2021.yaml").read_text(encoding="utf-8")
    assert "['FR', 'DE']" in text
    wrong = tmp_path / "ours.yaml"
    wrong.write_text(text.replace("['FR', 'DE']", "['FR', 'UK']", 1), encoding="utf-8")
    with pytest.raises(SourceError, match=r"ours\.yaml:\d+:\d+: .*'UK' is .* no country .*did you mean 'GB'\?"):
        claims_evaluator([str(wrong)])
