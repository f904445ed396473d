"""A result in SARIF points at a file that is in the repository."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from scanner.cli.anchor import anchor
from scanner.cli.outputs import parse_outputs
from scanner.store.seal import seal
from tests.cli.command import SIGNED_OUT, lexloci
from tests.report.sample_scan import sample

WORKFLOW = {"GITHUB_WORKFLOW_REF": "owner/repository/.github/workflows/night.yml@refs/heads/main"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    (root / ".github" / "workflows").mkdir(parents=True)
    (root / "sub").mkdir()
    seal(sample(), root / "sealed")
    return root


def anchors(folder: Path, sealed: Path, environment: Mapping[str, str]) -> tuple[set[str], str]:
    """The files that the results point at, and what was said."""
    given = {**SIGNED_OUT, **environment}
    done = lexloci("report", str(sealed), "--format", "sarif", environment=given, folder=folder)
    assert done.returncode == 0, done.stderr
    (run,) = json.loads(done.stdout)["runs"]
    places = [location["physicalLocation"] for result in run["results"] for location in result["locations"]]
    assert places
    return {place["artifactLocation"]["uri"] for place in places}, done.stderr


@pytest.mark.parametrize(
    ("files", "environment", "expected"),
    [
        (("lexloci.yaml", "README.md", ".github/workflows/night.yml"), WORKFLOW, "lexloci.yaml"),
        (("README.md", ".github/workflows/night.yml"), WORKFLOW, ".github/workflows/night.yml"),
        (("README.md",), WORKFLOW, "README.md"),
        (("README.md", ".github/workflows/night.yml"), {}, "README.md"),
        (("sub/lexloci.yaml", "README.md"), {}, "sub/lexloci.yaml"),
    ],
)
def test_results_point_at_the_first_file_that_exists(
    repository: Path, files: tuple[str, ...], environment: Mapping[str, str], expected: str
) -> None:
    for name in files:
        (repository / name).write_text("", encoding="utf-8")
    found, said = anchors(repository / "sub", repository / "sealed", environment)
    assert (found, said) == ({expected}, "")
    assert (repository / expected).is_file()


@pytest.mark.parametrize(
    "ref", ["owner/repository/.github/../../outside.yml@x", "owner/repository/.github/nowhere.yml@x"]
)
def test_a_workflow_that_is_not_in_the_repository_carries_nothing(repository: Path, ref: str) -> None:
    (repository.parent / "outside.yml").write_text("", encoding="utf-8")
    found, said = anchors(repository, repository / "sealed", {"GITHUB_WORKFLOW_REF": ref})
    assert found == {"lexloci.yaml"}
    assert "point at lexloci.yaml, which is not there" in said


def test_a_pack_of_ones_own_comes_after_the_statements_and_before_the_workflow(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("own.yaml", "stated.yaml", ".github/workflows/night.yml"):
        (repository / name).write_text("", encoding="utf-8")
    monkeypatch.chdir(repository / "sub")
    monkeypatch.setenv("GITHUB_WORKFLOW_REF", WORKFLOW["GITHUB_WORKFLOW_REF"])
    outputs = parse_outputs("sarif", ())
    assert anchor(outputs, None, ["core", "../own.yaml"]) == "own.yaml"
    assert anchor(outputs, repository / "stated.yaml", ["../own.yaml"]) == "stated.yaml"
    assert anchor(outputs, None, ["core"]) == ".github/workflows/night.yml"


def test_a_link_out_of_the_repository_is_no_file_of_it(repository: Path) -> None:
    outside = repository.parent / "README.md"
    outside.write_text("", encoding="utf-8")
    (repository / "README.md").symlink_to(outside)
    assert "which is not there" in anchors(repository, repository / "sealed", {})[1]


def test_outside_of_a_repository_a_notice_says_so(repository: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    found, said = anchors(elsewhere, repository / "sealed", {})
    assert found == {"lexloci.yaml"}
    assert "this is no repository" in said


def test_no_other_report_asks_for_a_file(repository: Path) -> None:
    done = lexloci("report", str(repository / "sealed"), "--format", "json", folder=repository)
    assert (done.returncode, done.stderr) == (0, "")
