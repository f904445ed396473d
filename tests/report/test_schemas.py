"""The reports against the published schemas of their formats; see tests/data/schemas/README.md."""

import json
from functools import cache
from importlib import resources
from pathlib import Path

import pytest
import xmlschema
from jsonschema import Draft4Validator, Draft7Validator, Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded

from scanner.report import ocsf, sarif
from tests.report.hostile import hostile_scan
from tests.report.rendering import rendered
from tests.report.sample_scan import large, sample

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"
SCANS = {
    "sample": sample(),
    "hostile": hostile_scan(),
    "large": large(60),
    "empty": sample(findings=(), resources=(), keys=(), coverage=()),
}


@pytest.mark.parametrize("scan", SCANS)
@pytest.mark.parametrize("every_state", [False, True])
def test_sarif_is_valid(scan, every_state) -> None:
    schema = json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_bytes())
    made = json.loads(b"".join(sarif.render(SCANS[scan], every_state=every_state)))
    Draft4Validator(schema).validate(made)


@cache
def assessment_results(version: str) -> Draft7Validator:
    """NIST's schema. Its patterns are ECMAScript's; Python has no `\\p{L}` and `\\p{N}`, and writes them otherwise."""
    text = (SCHEMAS / f"oscal-assessment-results-{version}.json").read_text(encoding="utf-8")
    assert f"/oscal/{version}/" in text
    return Draft7Validator(json.loads(text.replace(r"\\p{L}", r"[^\\W\\d_]").replace(r"\\p{N}", r"\\d")))


@pytest.mark.parametrize("version", ["1.2.1", "1.2.3"])
@pytest.mark.parametrize("scan", SCANS)
def test_oscal_is_valid(scan, version) -> None:
    made = json.loads(rendered(SCANS[scan], "oscal"))
    assessment_results(version).validate(made)
    made["assessment-results"]["results"][0]["uuid"] = "none"
    assert not assessment_results(version).is_valid(made)


@pytest.mark.parametrize("scan", SCANS)
def test_junit_is_valid(scan) -> None:
    xmlschema.XMLSchema(SCHEMAS / "jenkins-junit-10.xsd").validate(rendered(SCANS[scan], "junit").decode())


@cache
def compliance_finding(version: str) -> Draft202012Validator:
    exported = resources.files("ocsf_json_schema") / "ocsf" / f"{version}.json"
    classes = OcsfJsonSchemaEmbedded(json.loads(exported.read_text()))
    return Draft202012Validator(classes.get_class_schema("compliance_finding", ["cloud"]))


@pytest.mark.parametrize("scan", SCANS)
@pytest.mark.parametrize("version", ocsf.VERSIONS)
def test_ocsf_is_valid(scan, version) -> None:
    for event in json.loads(b"".join(ocsf.render(SCANS[scan], version=version))):
        compliance_finding(version).validate(event)


def test_the_ocsf_schema_refuses_what_it_does_not_know() -> None:
    event = json.loads(rendered(sample(), "ocsf"))[0]
    assert not compliance_finding("1.6.0").is_valid({**event, "colour": "green"})
