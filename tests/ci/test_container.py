"""The Containerfile: a slim image with glibc, pinned dependencies, no rights, and nothing copied that is left out."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.cli.command import lexloci

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "ci" / "Containerfile").read_text(encoding="utf-8")
LINES = re.sub(r"\\\n\s*", "", TEXT).splitlines()


def _of(word: str) -> list[str]:
    return [line.removeprefix(f"{word} ") for line in LINES if line.startswith(f"{word} ")]


def test_both_stages_are_of_one_slim_image_with_glibc() -> None:
    (base,) = _of("ARG")
    assert re.fullmatch(r"BASE=docker\.io/library/python:3\.1[1-3]-slim", base)
    assert _of("FROM") == ["${BASE} AS build", "${BASE}"]


def test_it_is_installed_from_pinned_hashes_and_runs_without_rights() -> None:
    (install,) = _of("RUN")
    assert "--require-hashes --requirement /source/constraints.txt" in install
    assert "--no-deps --no-build-isolation /source" in install
    assert _of("USER") == ["65532:65532"]
    assert _of("ENTRYPOINT") == ['["lexloci"]']


def test_what_is_copied_is_enough_to_build(tmp_path: Path) -> None:
    everything, *kept, caches = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert (everything, caches) == ("*", "**/__pycache__")
    for line in kept:
        source, target = ROOT / line.removeprefix("!"), tmp_path / "source" / line.removeprefix("!")
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    assert (tmp_path / "source" / "constraints.txt").exists()
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path / "wheel"],
        cwd=tmp_path / "source",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "wheel").glob("lexloci-*.whl"))


def test_the_command_that_the_page_shows_is_one() -> None:
    (run,) = re.findall(r"lexloci (scan aws --quiet)$", TEXT, re.M)
    assert lexloci(*run.split(), "--help").returncode == 0
