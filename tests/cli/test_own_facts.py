"""A fact file of the user's: what it adds or corrects, and that the output names it wherever it decided something."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import lexloci
from tests.cli.scanning import Command
from tests.fixtures.aws import REGION, Aws

TODAY = datetime.now(UTC).date()
OWN_HOST = "collecte.chu-exemple.example"


def entry(**fields: Any) -> dict[str, Any]:
    return {"source": "own records", "as_of": TODAY.isoformat(), "confirmed": True, "basis": "primary", **fields}


def operator(id_: str = "chu", **fields: Any) -> dict[str, Any]:
    made = {
        "id": id_,
        "brand": "CHU Exemple",
        "legal_entity": "CHU Exemple",
        "kind": ["iaas"],
        "hq_country": "FR",
        "ultimate_parent": "CHU Exemple",
        "ultimate_parent_country": "FR",
        "ownership": "Public hospital.",
        "exposure": [],
        "certifications": [],
    }
    return entry(**made | fields)


def region(**fields: Any) -> dict[str, Any]:
    return entry(**{"provider": "aws", "region": REGION, "country": "FR"} | fields)


DESTINATION = {"operator": "chu", "hosts": {OWN_HOST: "FR"}}


@pytest.fixture
def command(aws: Aws, tmp_path: Path) -> Iterator[Command]:
    s3, sns = aws.client("s3"), aws.client("sns")
    s3.create_bucket(Bucket="archives", CreateBucketConfiguration={"LocationConstraint": REGION})
    tags = [{"Key": "data-classification", "Value": "health"}]
    s3.put_bucket_tagging(Bucket="archives", Tagging={"TagSet": tags})
    topic = sns.create_topic(Name="alertes")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=f"https://{OWN_HOST}/recu")
    aws.freeze()
    yield Command(aws, tmp_path)


def written(folder: Path, name: str = "facts.yaml", **sections: Any) -> str:
    path = folder / name
    path.write_text(json.dumps(sections), encoding="utf-8")
    return str(path)


def judged(command: Command, *arguments: str) -> dict[str, Any]:
    done = command.run("--services", "sns", "--policy", "core,secnumcloud-3.2", "--format", "json", *arguments)
    assert done.stdout, done.stderr
    (command.folder / "scan.json").write_text(done.stdout)
    found: dict[str, Any] = json.loads(done.stdout)
    found["stderr"] = done.stderr
    return found


def of_type(document: dict[str, Any], type_: str) -> dict[str, Any]:
    (found,) = [resource for resource in document["resources"] if resource["type"] == type_]
    return found


def evidence(document: dict[str, Any], resource: str, fact: str) -> list[dict[str, Any]]:
    return [
        item
        for finding in document["findings"]
        if finding["resource"] == resource
        for item in finding.get("evidence", ())
        if item["fact"] == fact
    ]


def test_a_host_of_ones_own_is_known_and_the_output_names_the_file(command: Command) -> None:
    without = of_type(judged(command), "sns.subscription")
    assert without["egress"][0]["operator"] is None and "own_facts" not in without
    facts = written(command.folder, operators=[operator()], destinations=[entry(**DESTINATION)])
    document = judged(command, "--facts", facts)
    found = of_type(document, "sns.subscription")
    reference = f"destinations/{OWN_HOST}"
    assert {(way["operator"], way["country"], way["parent_country"]) for way in found["egress"]} == {
        ("chu", "FR", "FR")
    }
    assert found["own_facts"] == [f"facts.yaml: {reference}", "facts.yaml: operators/chu"]
    header = document["scan"]["own_facts"]
    assert header["entries"] == ["operators/chu", reference] and header["replaced"] == []
    assert header["decided"] == {"operators/chu": 1, reference: 1} and len(header["digest"]) == 64
    assert f"facts.yaml adds 2 entries to the tables; decided: {reference} for 1 resources" in document["stderr"]
    shown = evidence(document, found["id"], "egress")
    assert shown and all(
        f"; facts.yaml: {reference}" in item["source"] and item.get("confirmed", True) for item in shown
    )


def test_a_correction_decides_and_evidence_says_whose_it_is(command: Command) -> None:
    facts = written(command.folder, regions=[region(country="BE")])
    document = judged(command, "--facts", facts)
    bucket = of_type(document, "s3.bucket")
    assert (bucket["country"], bucket["own_facts"]) == ("BE", [f"facts.yaml: regions/aws/{REGION}"])
    assert document["scan"]["own_facts"]["replaced"] == [f"regions/aws/{REGION}"]
    sources = {item["source"] for item in evidence(document, bucket["id"], "location.country")}
    assert sources == {f"facts.yaml: regions/aws/{REGION}"}


@pytest.mark.parametrize(
    "unsure",
    [{"confirmed": False}, {"as_of": (TODAY - timedelta(days=181)).isoformat()}],
    ids=["unconfirmed", "old"],
)
def test_an_own_entry_that_is_unconfirmed_or_old_makes_no_pass(command: Command, unsure: dict[str, Any]) -> None:
    sure = _statuses(judged(command, "--facts", written(command.folder, regions=[region()])))
    doubtful = _statuses(judged(command, "--facts", written(command.folder, regions=[region(**unsure)])))
    assert sure["CORE-03"] == doubtful["CORE-03"] == "pass", "a control that does not read the place is as before"
    read = [control for control, status in sure.items() if status == "pass" and doubtful[control] != "pass"]
    assert "D21-03" in read
    assert {doubtful[control] for control in read} == {"unknown"}


def test_an_own_operator_takes_over_a_region(command: Command) -> None:
    runs = [{"provider": "aws", "partition": "aws", "regions": [REGION]}]
    facts = written(command.folder, operators=[operator(runs=runs)])
    document = judged(command, "--facts", facts)
    bucket = of_type(document, "s3.bucket")
    assert (bucket["operator"], bucket["parent_country"]) == ("chu", "FR")
    assert bucket["own_facts"] == ["facts.yaml: operators/chu"]
    assert {item["source"] for item in evidence(document, bucket["id"], "operator.parent_country")} <= {
        "facts.yaml: operators/chu"
    }


def test_what_is_read_out_of_a_scan_needs_the_file_it_was_judged_with(command: Command) -> None:
    runs = [{"provider": "aws", "partition": "aws", "regions": [REGION]}]
    facts = written(command.folder, operators=[operator(runs=runs)])
    judged(command, "--facts", facts)
    scan = str(command.folder / "scan.json")
    for asked in (("exposure", "--law", "us-cloud-act"), ("claims", "check", "doctolib-2021")):
        refused = lexloci(*asked, "--from", scan)
        assert refused.returncode == 2 and "judged with the fact file facts.yaml" in refused.stderr
    done = lexloci("exposure", "--law", "us-cloud-act", "--from", scan, "--facts", facts, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    (answer,) = json.loads(done.stdout)
    assert answer["totals"]["stores_reached"] == 0 < answer["totals"]["stores"]
    other = written(command.folder, "other.yaml", operators=[operator(runs=runs, brand="another")])
    assert "is not the fact file" in lexloci("exposure", "--law", "US", "--from", scan, "--facts", other).stderr


def test_a_mistake_costs_no_scan_and_is_told_with_its_place(command: Command) -> None:
    path = command.folder / "facts.yaml"
    path.write_text("regions:\n- provider: aws\n  region: paris-1\n  country: ZZ\n  source: x\n  as_of: '2026-11-01'\n"
                    "  confirmed: true\n  basis: primary\n")  # fmt: skip
    done = command.run("--facts", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "facts.yaml:4:12: 'ZZ' is not a country code" in done.stderr


def test_the_lists_show_where_an_entry_comes_from(tmp_path: Path) -> None:
    facts = written(tmp_path, operators=[operator()], regions=[region(region="chu-paris-1", provider="azure")])
    rows = {row["id"]: row for row in _listed("operators", "--facts", facts)}
    assert (rows["chu"]["entry"], rows["aws-emea"]["entry"]) == ("facts.yaml: operators/chu", "operators/aws-emea")
    places = {row["region"]: row for row in _listed("regions", "--facts", facts)}
    assert places["chu-paris-1"]["entry"] == "facts.yaml: regions/azure/chu-paris-1"
    assert places[REGION]["entry"] == f"regions/aws/{REGION}"
    assert all(row["entry"] == f"laws/{row['id']}" for row in _listed("laws"))
    shown = json.loads(lexloci("regions", "show", "chu-paris-1", "--facts", facts, "--format", "json").stdout)
    assert shown[0]["country"] == "FR"


def _listed(table: str, *arguments: str) -> list[dict[str, Any]]:
    done = lexloci(table, "list", "--format", "json", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def _statuses(document: dict[str, Any]) -> dict[str, str]:
    """Status of each finding about the bucket, by control."""
    bucket = of_type(document, "s3.bucket")["id"]
    return {one["control"]: one["status"] for one in document["findings"] if one["resource"] == bucket}
