"""`--sample` by the installed command: what it finds, what it costs, and that no content is left anywhere."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.world import Blob, Container
from tests.cli.command import LEXLOCI
from tests.fixtures.aws import REGION, Aws
from tests.fixtures.azure import StartArm, subscription, world
from tests.providers.azure.test_sample import account
from tests.scenarios.night import Night, body
from tests.scenarios.test_canary import aws_environment, leaks, run

CANARY = "CANARY-Erika-Mustermann"
NUMBER = "295109912611193"
DICOM = b"\0" * 128 + b"DICM" + CANARY.encode() * 500
TABLE = f"patient;num_secu;{CANARY}\n" + "".join(f"{CANARY} {i};{NUMBER};{CANARY}\n" for i in range(60))
PACKED = b"MSH|^~\\&|A|B\rPID|1||" + CANARY.encode() * 40 + b"\r"
READS = {"s3:GetObject", "s3:ListObjectsV2", "s3:GetBucketRequestPayment"}


def bucket(aws: Aws, name: str, region: str = REGION, **objects: bytes) -> None:
    s3 = aws.client("s3", region)
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **place)
    for key, content in objects.items():
        s3.put_object(Bucket=name, Key=f"{CANARY}/{NUMBER}/{key}", Body=content)


def scanned(aws: Aws, folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    command = [LEXLOCI, "scan", "aws", "--regions", f"{REGION},us-east-1", "--services", "s3", "--format", "json"]
    environment = aws_environment(aws, XDG_STATE_HOME=str(folder / "state"))
    done = subprocess.run(
        [*command, *arguments], env=environment, capture_output=True, text=True, timeout=100, check=False, cwd=folder
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def named(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["resources"] if one["name"] == name)
    return found


def statuses(document: dict[str, Any], control: str) -> set[str]:
    return {one["status"] for one in document["findings"] if one["control"] == control}


FAULTS: dict[str, list[dict[str, object]]] = {
    "none": [],
    "denied": [{"fault": "denied", "operation": "GetObject"}],
    "key denied": [{"fault": "key_denied", "operation": "GetObject"}],
    "cut off": [{"fault": "truncated", "operation": "GetObject", "after": 1}],
    "list cut off": [{"fault": "truncated", "operation": "ListObjectsV2"}],
    "whole": [{"fault": "whole", "operation": "GetObject", "after": 1}],
    "list repeated": [{"fault": "malformed", "operation": "ListObjectsV2", "after": 1}],
    "signature said back": [{"fault": "bad_signature", "operation": "GetObject"}],
    "reset": [{"fault": "reset", "operation": "GetObject", "after": 1}],
}


@pytest.mark.parametrize(
    ("fault", "redacted"), [*((fault, False) for fault in FAULTS), ("none", True), ("denied", True)]
)
def test_nothing_of_the_content_and_no_name_of_an_object_is_written_anywhere(
    aws: Aws, tmp_path: Path, fault: str, redacted: bool
) -> None:
    aws.may_sample()
    bucket(aws, "images", a=DICOM)
    bucket(aws, "exports", a=TABLE.encode(), b=PACKED)
    aws.faults(*FAULTS[fault])
    folder = tmp_path / "out"
    folder.mkdir()
    arguments = ["aws", "--regions", REGION, "--services", "s3", "--sample", "1MB", "-v"]
    arguments += ["--redact"] if redacted else ["-o", f"sealed={folder / 'sealed'}"]
    done = run(folder, aws_environment(aws), *arguments)
    assert done.returncode in (0, 1, 3), done.stderr
    assert aws.asked() >= READS or fault == "list cut off"
    assert leaks(folder, "Erika", "CANARY", NUMBER, "num_secu") == []
    document = json.loads((folder / "report.json").read_text())
    assert document["scan"]["sampling"]["stores"] == 2
    if fault == "none":
        assert "content.dicom" in (folder / "report.json").read_text()


AZURE_FAULTS = {
    "none": [],
    "denied": [Fault(do="answer", path="/docs/*", status=403, body={"error": CANARY}, times=None)],
    "half": [Fault(do="half_body", path="/docs/*", skip=1, times=None)],
    "whole": [Fault(do="whole", path="/docs/*", skip=1, times=None)],
    "list cut off": [Fault(do="half_body", path="/docs", times=None)],
    "reset": [Fault(do="reset", path="/docs/*", times=None)],
}


@pytest.mark.parametrize(
    ("fault", "redacted"), [*((fault, False) for fault in AZURE_FAULTS), ("none", True), ("denied", True)]
)
def test_nothing_of_a_blob_and_no_name_of_one_is_written_anywhere(
    arm: StartArm, tmp_path: Path, fault: str, redacted: bool
) -> None:
    contents = {"a": DICOM, "b": TABLE.encode(), "c": PACKED}
    blobs = [Blob(name=f"{CANARY}/{NUMBER}/{key}", content=content) for key, content in contents.items()]
    store = account(Container(name="docs", blobs=blobs))
    simulation = arm(world(subscription(store)), faults=AZURE_FAULTS[fault])
    folder = tmp_path / "out"
    folder.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEXLOCI_")}
    more = ["--redact"] if redacted else ["-o", f"sealed={folder / 'sealed'}"]
    done = run(folder, {**kept, **simulation.environment}, "azure", "--sample", "1MB", "-v", *more)
    assert done.returncode in (0, 1, 3), done.stderr
    assert leaks(folder, "Erika", "CANARY", NUMBER, "num_secu") == []
    document = json.loads((folder / "report.json").read_text())
    sampling = document["scan"]["sampling"]
    assert (sampling["stores"], sampling["budget"]) == (1, 10**6)
    (health,) = [one["health"] for one in document["resources"] if one["type"] == "Microsoft.Storage/storageAccounts"]
    if fault == "none":
        assert (health["level"], sampling["sampled"], sampling["with_signs"]) == ("confirmed", 1, 1)
    if fault in ("denied", "list cut off", "reset"):
        assert (health["level"], sampling["not_read"], document["scan"]["complete"]) == ("no_signal", 1, False)


def test_without_the_option_no_blob_is_asked_for(arm: StartArm, tmp_path: Path) -> None:
    store = account(Container(name="docs", blobs=[Blob(name="a", content=DICOM)]))
    simulation = arm(world(subscription(store)))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEXLOCI_")}
    done = run(tmp_path, {**kept, **simulation.environment}, "azure")
    assert done.returncode in (0, 1, 3), done.stderr
    assert [entry for entry in simulation.log.entries if ".blob." in entry.host] == []
    assert "sampling" not in json.loads((tmp_path / "report.json").read_text())["scan"]


def test_a_checker_that_fails_with_the_number_in_its_words_costs_the_sample_and_shows_nothing(
    aws: Aws, tmp_path: Path
) -> None:
    aws.may_sample()
    bucket(aws, "exports", a=TABLE.replace(NUMBER, "{}").format(*(f"2951099126{i:05}" for i in range(60))).encode())
    broken = tmp_path / "broken" / "stdnum" / "fr"
    broken.mkdir(parents=True)
    for folder in (broken, broken.parent):
        (folder / "__init__.py").write_text("")
    (broken / "nir.py").write_text("def is_valid(number):\n    raise ValueError(number)\n")
    folder = tmp_path / "out"
    folder.mkdir()
    environment = aws_environment(aws, PYTHONPATH=str(broken.parents[1]))
    done = run(folder, environment, "aws", "--regions", REGION, "--services", "s3", "--sample", "1MB", "-v")
    assert done.returncode in (1, 3), done.stderr
    assert leaks(folder, "Erika", "CANARY", "2951099126") == []
    document = json.loads((folder / "report.json").read_text())
    assert "internal error: ValueError" in {row["reason"] for row in document["coverage"]}
    assert [gap["reason"] for gap in named(document, "exports")["gaps"] if gap["fact"] == "sample"] == ["malformed"]
    assert document["scan"]["sampling"]["not_read"] == 1


def test_content_decides_what_a_name_does_not(aws: Aws, tmp_path: Path) -> None:
    """A bucket in Virginia without a tag or a telling name: nothing fails on it until its content is looked at."""
    aws.may_sample()
    bucket(aws, "echange-17", region="us-east-1", a=DICOM)
    bucket(aws, "divers", a=b"nothing to see")
    _, before = scanned(aws, tmp_path)
    assert not READS & aws.asked()
    assert "sampling" not in before["scan"]
    assert named(before, "echange-17")["health"]["level"] == "no_signal"
    assert "fail" not in statuses(before, "CORE-10")

    code, after = scanned(aws, tmp_path, "--sample", "1MB")
    assert named(after, "echange-17")["health"]["level"] == "confirmed"
    assert named(after, "echange-17")["health"]["signals"][0]["rule"] == "content.dicom"
    assert "fail" in statuses(after, "CORE-10")
    assert code == 1
    quiet = named(after, "divers")
    assert (quiet["health"]["level"], quiet["sample"]) == ("no_signal", {"objects": 1, "bytes": 14, "opaque": 0})


def test_a_sample_without_a_sign_makes_no_pass(aws: Aws, tmp_path: Path) -> None:
    aws.may_sample()
    bucket(aws, "patients-lisible", a=b"nothing to see", b=b"nothing either")
    tags = [{"Key": "domaine", "Value": "sante"}]
    aws.client("s3").put_bucket_tagging(Bucket="patients-lisible", Tagging={"TagSet": tags})
    for sample in ([], ["--sample", "1MB"]):
        _, document = scanned(aws, tmp_path, "--policy", "doctolib-2021", *sample)
        (found,) = (one for one in document["findings"] if one["control"] == "D21-05")
        assert (found["status"], found["reason"]) == ("unknown", "content_not_examined")
    assert named(document, "patients-lisible")["sample"] == {"objects": 2, "bytes": 28, "opaque": 0}


def test_what_is_declared_to_be_health_data_is_not_read(aws: Aws, tmp_path: Path) -> None:
    aws.may_sample()
    bucket(aws, "declared", a=DICOM)
    tags = [{"Key": "data-classification", "Value": "sante"}]
    aws.client("s3").put_bucket_tagging(Bucket="declared", Tagging={"TagSet": tags})
    _, document = scanned(aws, tmp_path, "--sample", "1MB")
    assert document["scan"]["sampling"]["already_known"] == 1
    assert not READS & aws.asked()
    assert "sample" not in named(document, "declared")


def test_a_budget_that_ends_is_told_at_every_store_that_it_did_not_reach(aws: Aws, tmp_path: Path) -> None:
    aws.may_sample()
    for index in range(5):
        bucket(aws, f"magasin-{index}", a=b"x" * 50_000, b=b"y" * 50_000)
    _, document = scanned(aws, tmp_path, "--sample", "10kB")
    sampling = document["scan"]["sampling"]
    assert (sampling["stores"], sampling["sampled"], sampling["beyond_budget"]) == (5, 2, 3)
    assert 0 < sampling["bytes"] <= 10_000
    beyond = [one for one in document["resources"] if any(gap["fact"] == "sample" for gap in one["gaps"])]
    assert len(beyond) == 3
    rows = [row for row in document["coverage"] if row["service"] == "sample"]
    assert [(row["state"], row["reason"]) for row in rows] == [
        ("skipped", "not_scanned: the budget for samples ended before 3 stores")
    ]
    assert document["scan"]["complete"] is False
    again = scanned(aws, tmp_path, "--sample", "10kB")[1]
    assert body(again) == body(document)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_scan_that_is_cut_off_and_goes_on_keeps_the_budget(aws: Aws, tmp_path: Path, number: int) -> None:
    aws.may_sample()
    for index in range(12):
        bucket(aws, f"magasin-{index}", a=b"x" * 50_000)
    night = Night(aws, tmp_path)
    command = [str(LEXLOCI), "scan", "aws", "--regions", REGION, "--services", "s3", "--workers", "2", "-q"]
    command += ["--sample", "60kB", "--journal", "cut.journal", "--format", "json"]
    aws.faults({"fault": "slow", "operation": "GetObject", "seconds": 0.2})
    ended, _, err = night.cut(command, 5, number, operation="GetObject")
    assert ended in (-signal.SIGKILL, 128 + signal.SIGINT), err
    time.sleep(0.5)  # the simulation notes a request when it has answered it
    first = night.asked("GetObject")
    done = night.run([*command, "--resume"])
    document = json.loads(done.stdout)
    assert 0 < first < 12
    # Each store of the first run had 5000 bytes, each of the second what was left then.
    sizes = [one["sample"]["bytes"] for one in document["resources"] if "sample" in one]
    smaller = [size for size in sizes if size < 5000]
    read = first * 5000 + sum(smaller) if smaller else night.asked("GetObject") * 5000
    assert 50_000 <= read <= 60_000
    sampling = document["scan"]["sampling"]
    assert sampling["stores"] == 12
    assert sampling["bytes"] <= 60_000
    assert sampling["sampled"] + sampling["beyond_budget"] == 12
    assert sampling["sampled"] >= 12 - 2, "no more is lost than what was under way"


def test_shards_sample_nothing_and_their_merge_does_it_once(aws: Aws, tmp_path: Path) -> None:
    aws.may_sample()
    for index in range(4):
        bucket(aws, f"magasin-{index}", a=DICOM)
    night = Night(aws, tmp_path)
    command = [str(LEXLOCI), "scan", "aws", "--regions", REGION, "--services", "s3", "-q", "--sample", "40kB"]
    for index in (1, 2):
        assert night.run([*command, "--shard", f"{index}/2", "--journal", f"{index}.journal"]).returncode == 0
    assert not READS & aws.asked()
    _, offline = night.merged("1.journal", "2.journal", "--offline")
    assert not READS & aws.asked()
    assert "not_scanned: --offline; no content was sampled" in {row["reason"] for row in offline["coverage"]}
    _, merged = night.merged("1.journal", "2.journal")
    whole = json.loads(night.run([*command, "--format", "json"]).stdout)
    assert merged["scan"]["sampling"] == whole["scan"]["sampling"]
    assert merged["scan"]["sampling"]["sampled"] == 4
    assert body(merged) == body(whole)


@pytest.mark.parametrize("size", ["50", "0MB", "all", "-1MB", "3kB", "1.5MB", "50 MiB"])
def test_a_budget_is_a_size_with_its_unit(size: str) -> None:
    done = subprocess.run(
        [LEXLOCI, "scan", "aws", f"--sample={size}"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "--sample takes how much may be read in all" in done.stderr


def test_without_the_extra_the_scan_does_not_begin(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['stdnum'] = None  # as if not installed\n")
    done = subprocess.run(
        [LEXLOCI, "scan", "aws", "--sample", "1MB"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 2
    assert "pip install 'lexloci[sample]'" in done.stderr
