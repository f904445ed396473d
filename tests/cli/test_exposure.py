"""`lexloci exposure` on a finished scan: the headline taken apart, store by store."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scanner.model import Custody, Holder, Size
from tests.cli.command import LEXLOCI, SIGNED_OUT, lexloci
from tests.report.rendering import rendered
from tests.report.sample_scan import DOCUMENT, EXTERNAL, SUMMARY, bucket, encryption, key, sample


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return written(tmp_path)


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "scan.json"
    path.write_bytes(rendered(sample(**changes), "json"))
    return path


def asked(path: Path, law: str) -> Any:
    done = lexloci("exposure", "--law", law, "--from", str(path), "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_the_totals_are_those_of_the_headline(scan: Path) -> None:
    (answer,) = asked(scan, "us-cloud-act")
    headline = next(row for row in SUMMARY.reach if row.law == answer["law"])
    totals = answer["totals"]
    assert (totals["stores_reached"], totals["health_reached"]) == (headline.stores, headline.health_stores)
    assert totals["unclassified_stores"] == SUMMARY.unclassified_stores
    assert (totals["cleartext"], totals["external_key"]) == (headline.cleartext, headline.external_key)
    assert (totals["ciphertext"], totals["key_not_established"]) == (headline.ciphertext, headline.not_established)


def test_each_store_says_what_an_order_would_yield(scan: Path) -> None:
    (answer,) = asked(scan, "cloud_act")
    assert {store["id"].rpartition(":")[2]: (store["reached"], store["yields"]) for store in answer["stores"]} == {
        "dossiers": ("established", "cleartext"),
        "externe": ("established", "external_key"),
        "illisible": ("established", "not_established"),
    }
    assert answer["complete"] is False
    assert any("may be more stores" in assumption for assumption in answer["assumptions"])


@pytest.mark.parametrize(
    ("operator", "expected"),
    [("thales-ciphertrust", "arguable"), ("aws-emea", "established"), ("ours", "not_established")],
)
def test_a_key_holder_under_the_same_law_is_told(tmp_path: Path, operator: str, expected: str) -> None:
    holder = Holder(operator=operator, country="FR", parent_country=None, basis="declared")
    held = key(EXTERNAL.id, custody=Custody.EXTERNAL_THIRD_PARTY, holder=holder)
    store = bucket("externe", encryption=encryption(Custody.EXTERNAL_THIRD_PARTY, held.id))
    (answer,) = asked(written(tmp_path, resources=(store,), keys=(held,)), "cloud_act")
    (row,) = answer["stores"]
    assert row["key_holder"] == operator
    assert row["key_holder_reached"] == expected
    assert answer["totals"]["external_key_and_holder_reached"] == (expected == "established")


def test_a_holder_that_only_a_host_name_suggests_is_not_established(tmp_path: Path) -> None:
    holder = Holder(operator="thales-ciphertrust", country="FR", parent_country="FR", basis="indicated")
    suggested = key(EXTERNAL.id, custody=Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED, holder=holder)
    (answer,) = asked(written(tmp_path, keys=(suggested,)), "cloud_act")
    row = next(row for row in answer["stores"] if row["yields"] == "external_key")
    assert (row["key_holder"], row["key_holder_reached"]) == (None, "not_established")


def test_a_country_stands_for_all_its_laws(scan: Path) -> None:
    assert {"cloud_act", "fisa_702"} <= {answer["law"] for answer in asked(scan, "us")}


def test_an_operator_nobody_knows_is_not_cleared(tmp_path: Path) -> None:
    store = bucket("ailleurs", provider="azure", partition="nowhere", operator=None)
    (answer,) = asked(written(tmp_path, resources=(store,)), "cloud_act")
    assert answer["totals"]["health_not_established"] == 1
    assert answer["totals"]["health_none_recorded"] == answer["totals"]["health_reached"] == 0


def test_the_table_reads_a_scan_from_standard_input() -> None:
    done = subprocess.run(
        [LEXLOCI, "exposure", "--law", "us-cloud-act"],
        input=rendered(sample(), "json"),
        env={**SIGNED_OUT, "COLUMNS": "200"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    text = done.stdout.decode()
    assert "WHAT AN ORDER COULD READ   US CLOUD Act (US)" in text
    assert "ciphertext while the key is withheld, cleartext in use" in text
    assert all(resource.name in text for resource in DOCUMENT.resources[1:])


@pytest.mark.parametrize("law", ["cloud-akt", "JP"])
def test_a_law_that_is_not_recorded_is_a_wrong_request(scan: Path, law: str) -> None:
    done = lexloci("exposure", "--law", law, "--from", str(scan))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("lexloci: ")


def test_the_sizes_that_are_told_are_added_up_and_what_is_reserved_is_kept_apart(tmp_path: Path) -> None:
    filled = Size(bytes=3 * 1024**3, items=1200, basis="table.Table.TableSizeBytes, table.Table.ItemCount")
    reserved = Size(bytes=100 * 1024**3, allotted=True, basis="item.AllocatedStorage")
    unsized = bucket("ohne")
    stores = (
        bucket("voll", size=filled),
        bucket("platz", size=reserved),
        bucket("anzahl", size=Size(items=7, basis="x")),
    )
    path = written(tmp_path, resources=(*stores, unsized))
    (answer,) = asked(path, "us-cloud-act")
    assert answer["totals"]["volume"] == {
        "stores": 4,
        "filled": 1,
        "bytes": 3 * 1024**3,
        "counted": 2,
        "items": 1207,
        "allotted": 1,
        "allotted_bytes": 100 * 1024**3,
    }
    assert answer["totals"]["volume_by_yield"] == {"cleartext": answer["totals"]["volume"]}
    each = {store["id"].rpartition(":")[2]: store["size"] for store in answer["stores"]}
    assert each["ohne"] is None and each["anzahl"] == {"items": 7, "basis": "x"}
    shown = lexloci("exposure", "--law", "us-cloud-act", "--from", str(path)).stdout
    assert (
        "Of these 4 stores 1 tell what is in them (3.0 GiB), 2 how many items (1,207), "
        "1 only what is reserved (100.0 GiB)."
    ) in shown
    assert "what is reserved for a store says nothing about what is in it" in " ".join(shown.split())


def test_a_store_that_the_law_does_not_reach_adds_nothing_to_its_volume(tmp_path: Path) -> None:
    path = written(tmp_path, resources=(bucket("voll", size=Size(bytes=5, basis="x")),))
    (answer,) = asked(path, "cn_nil")
    assert answer["totals"]["volume"]["stores"] == 0 and answer["totals"]["volume_by_yield"] == {}
