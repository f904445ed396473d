"""What a release consists of, made by the script that the workflow runs."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

import scanner

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
VERSION = scanner.__version__

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a release is made of a commit")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("release")
    done = subprocess.run(
        [ROOT / "scripts" / "build", folder, BIN, f"v{VERSION}"], capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_is_a_wheel_a_source_distribution_a_bill_of_materials_and_checksums(release: dict[str, bytes]) -> None:
    built = {f"lexloci-{VERSION}-py3-none-any.whl", f"lexloci-{VERSION}.tar.gz", f"lexloci-v{VERSION}.cdx.json"}
    assert set(release) == built | {"SHA256SUMS"}
    sums = dict(reversed(line.split()) for line in release["SHA256SUMS"].decode().splitlines())
    assert sums == {name: hashlib.sha256(release[name]).hexdigest() for name in built}


def test_the_bill_of_materials_lists_every_pinned_dependency_with_its_hashes(release: dict[str, bytes]) -> None:
    """That it is valid CycloneDX the writer has checked against the schema, or it would have failed."""
    bill: dict[str, Any] = json.loads(release[f"lexloci-v{VERSION}.cdx.json"])
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert (bill["metadata"]["component"]["name"], bill["metadata"]["component"]["version"]) == ("lexloci", VERSION)
    pins = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert {(one["name"], one["version"]) for one in bill["components"]} == set(pins)
    assert all(one["externalReferences"][0]["hashes"] for one in bill["components"])


def test_the_source_distribution_has_what_the_tests_need(release: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "sdist.tar.gz"
    path.write_bytes(release[f"lexloci-{VERSION}.tar.gz"])
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"lexloci.py", "scanner/cli/main.py", "policies/core.yaml", "tests/conftest.py", "scripts/check"} <= names


def test_a_tag_that_is_not_the_version_is_refused(tmp_path: Path) -> None:
    done = subprocess.run([ROOT / "scripts" / "build", tmp_path, BIN, "v9.9.9"], capture_output=True, text=True)
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert VERSION in done.stderr


def test_the_workflow_pins_every_action_and_gives_each_job_its_own_permissions() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert all(re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line) for line in text.splitlines() if "uses:" in line)
    flow = yaml.safe_load(text)
    assert flow["permissions"] == {}
    assert flow["jobs"]["build"]["permissions"] == {"contents": "read"}
    assert flow["jobs"]["publish"]["environment"]["name"] == "release"
    assert "secrets." not in text and "password" not in text


@pytest.mark.parametrize("namespace", [False, True], ids=["package", "folder without __init__"])
def test_a_foreign_package_of_that_name_is_named(namespace: bool, tmp_path: Path) -> None:
    """A real package first on the path, as PYTHONPATH or the current folder puts it there."""
    other = tmp_path / "elsewhere" / "scanner"
    other.mkdir(parents=True)
    if not namespace:
        (other / "__init__.py").write_text('__version__ = "3.0"\n', encoding="utf-8")
    beside = tmp_path / "beside"
    beside.mkdir()
    shutil.copyfile(ROOT / "lexloci.py", beside / "lexloci.py")
    done = subprocess.run(
        [sys.executable, "-S", "-m", "lexloci", "version"],
        cwd=beside,
        env={**os.environ, "PYTHONPATH": str(other.parent)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert f"the Python package 'scanner' at {other}" in done.stderr and "pipx install lexloci" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_foreign_package_does_not_stop_lexloci_from_starting_where_it_is_not_first() -> None:
    done = subprocess.run([sys.executable, "-m", "lexloci", "--version"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"lexloci {VERSION}")
