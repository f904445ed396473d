"""What a reader takes at most: GitHub's limits for SARIF and for a job summary."""

import gzip
import json
from collections import Counter

import msgspec
import pytest

from scanner.errors import UsageError
from scanner.report import markdown, sarif
from scanner.report.source import DocumentScan
from tests.report.hostile import hostile_scan
from tests.report.rendering import rendered
from tests.report.sample_scan import large, sample

GITHUB_RESULTS = 25_000
GITHUB_SHOWN = 5_000
GITHUB_TAGS = 20
GITHUB_GZIP = 10_000_000
GITHUB_SUMMARY = 1024 * 1024


@pytest.fixture(scope="module")
def run() -> dict[str, object]:
    """A scan of 30,000 findings, 10,000 of them fails and 10,000 unknown."""
    text = rendered(large(30_000), "sarif")
    assert len(gzip.compress(text)) < GITHUB_GZIP
    (run,) = json.loads(text)["runs"]
    return run


def test_sarif_stays_below_what_github_takes_and_shows(run) -> None:
    assert len(run["results"]) <= GITHUB_SHOWN < GITHUB_RESULTS
    assert all(len(rule["properties"]["tags"]) <= GITHUB_TAGS for rule in run["tool"]["driver"]["rules"])


def test_what_does_not_fit_is_told_by_control_and_state(run) -> None:
    counts: Counter[str] = Counter()
    for result in run["results"]:
        counts[result["properties"]["state"]] += result["properties"].get("subjects", 1)
    assert counts == {"fail": 10_000, "unknown": 10_000}
    rest = [result["message"]["text"] for result in run["results"] if "subjects" in result["properties"]]
    assert all("the JSON has them all" in text for text in rest) and rest


def test_every_result_has_a_file_and_a_fingerprint_of_its_own(run) -> None:
    places = [location["physicalLocation"] for result in run["results"] for location in result["locations"]]
    assert {place["artifactLocation"]["uri"] for place in places} == {"lexloci.yaml"}
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize("anchor", ["", "folder/", "/etc/passwd", "https://example.com/x"])
def test_what_is_no_file_of_a_repository_anchors_nothing(anchor) -> None:
    with pytest.raises(UsageError, match="cannot anchor"):
        b"".join(sarif.render(sample(), anchor=anchor))


def many_controls() -> DocumentScan:
    """More controls than any summary has room for."""
    controls = tuple(
        msgspec.structs.replace(sample().summary.controls[1], control=f"C-{n:05}", title="Ü" * 80) for n in range(5_000)
    )
    return sample(summary=msgspec.structs.replace(sample().summary, controls=controls))


@pytest.mark.parametrize("scan", [large(30_000), hostile_scan(), many_controls()], ids=["large", "hostile", "controls"])
def test_a_job_summary_stays_well_below_what_github_takes(scan) -> None:
    text = rendered(scan, "markdown")
    assert len(text) <= markdown.MOST_BYTES <= GITHUB_SUMMARY / 4


def test_a_job_summary_says_that_it_was_cut() -> None:
    assert b"The rest does not fit into a summary" in rendered(many_controls(), "markdown")
