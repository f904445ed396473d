"""The files people copy from docs/ci: they parse, and call lexloci with options that it has."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "ci"
FENCED = re.findall(
    r"^```yaml\n(.*?)^```", (FOLDER / "README.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)
SNIPPETS = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.y*ml"))}
PINS = re.compile(r"^([\w.-]+/[\w./-]+)@([0-9a-f]{40}) # (v\S+)$")


class _Loader(yaml.SafeLoader):
    """With CloudFormation's `!Ref`."""


_Loader.add_constructor("!Ref", lambda loader, node: {"Ref": loader.construct_scalar(node)})


def _texts(node: Any) -> list[str]:
    """Every text of a document; the arguments of a container are one."""
    if isinstance(node, dict):
        joined = [" ".join(node["args"])] if "args" in node else []
        return joined + [text for value in node.values() for text in _texts(value)]
    if isinstance(node, list):
        return [text for value in node for text in _texts(value)]
    return [node] if isinstance(node, str) else []


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_scans_with_options_that_exist(name: str) -> None:
    surface = (ROOT / "tests" / "surface" / "commands.txt").read_text(encoding="utf-8")
    known = {
        cloud: set(re.findall(r"-[-a-z]+", surface.split(f"\nlexloci scan {cloud}\n")[1].split("\nlexloci")[0]))
        for cloud in ("aws", "azure")
    }
    texts = [text for document in yaml.load_all(SNIPPETS[name], _Loader) for text in _texts(document)]
    ((cloud, rest),) = {called for text in texts for called in re.findall(r"scan (aws|azure) (.*)", text, re.DOTALL)}
    used = re.findall(r"(?<!\S)--?[a-z][a-z-]*", rest)
    assert len(used) >= 3
    assert set(used) - known[cloud] == set()


def test_the_examples_for_github_parse_and_pin_as_our_own_workflows_do() -> None:
    used = [line.split("uses: ")[1] for text in FENCED for line in text.splitlines() if "uses: " in line]
    ours = {
        match.groups()
        for path in (ROOT / ".github").rglob("*.yml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if (match := PINS.match(line.partition("uses: ")[2]))
    }
    assert all(yaml.safe_load(text)["jobs"] for text in FENCED if "uses: " in text)
    pinned = {match.groups() for line in used if (match := PINS.match(line))}
    assert pinned <= ours
    assert {line.partition("@")[2] for line in used if not PINS.match(line)} == {"COMMIT"}


def test_one_action_has_one_pin() -> None:
    pinned: dict[str, set[str]] = {}
    for path in (ROOT / ".github").rglob("*.yml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if match := PINS.match(line.partition("uses: ")[2]):
                pinned.setdefault(match[1], set()).add(match[2])
    assert pinned
    assert {name: pins for name, pins in pinned.items() if len(pins) > 1} == {}


@pytest.mark.parametrize(
    ("name", "index"), [("indexed-job.yaml", "JOB_COMPLETION_INDEX"), ("batch-array.yaml", "AWS_BATCH_JOB_ARRAY_INDEX")]
)
@pytest.mark.parametrize(("code", "handed_over"), [(0, True), (3, True), (1, False), (4, False)])
def test_a_part_hands_over_its_journal_when_it_is_whole_or_its_deadline_has_passed(
    tmp_path: Path, name: str, index: str, code: int, handed_over: bool
) -> None:
    texts = [text for document in yaml.load_all(SNIPPETS[name], _Loader) for text in _texts(document)]
    (script,) = {text for text in texts if text.startswith("part=")}
    for place in ("/tmp/journal", "/shards"):
        assert place in script
        script = script.replace(place, str(tmp_path / place.strip("/").replace("/", "-")))
    (tmp_path / "shards").mkdir()
    stub = tmp_path / "lexloci"
    stub.write_text(f'#!/bin/sh\necho "$@" >"{tmp_path}/tmp-journal"\nexit {code}\n')
    stub.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(["sh", "-euc", script], env={"PATH": path, index: "2"}, check=False, timeout=60)
    assert (done.returncode == 0) is handed_over
    assert [one.name for one in (tmp_path / "shards").iterdir()] == (["3.journal"] if handed_over else [])
    if handed_over:
        assert "--shard 3/8" in (tmp_path / "shards" / "3.journal").read_text()


def test_batch_which_cannot_replace_an_entry_point_is_told_to_take_an_image_without() -> None:
    (parsed,) = yaml.load_all(SNIPPETS["batch-array.yaml"], _Loader)
    assert parsed["Resources"]["Shard"]["Properties"]["ContainerProperties"]["Command"][0] == "sh"
    assert 'ENTRYPOINT ["lexloci"]' in (FOLDER / "Containerfile").read_text("utf-8")
    assert "ENTRYPOINT []" in SNIPPETS["batch-array.yaml"]
    assert parsed["Parameters"]["Image"]["Description"] == "With an empty entry point"
