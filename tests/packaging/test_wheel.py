"""What users install: the same bytes whoever builds it, with every data file in it, working outside the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("lexloci.py", "scanner", "policies", "pyproject.toml", "README.md", "LICENSE")


def _build(folder: Path) -> Path:
    """A wheel, built in a fresh copy of the sources whose files have other times."""
    for part in PARTS:
        source, copy = ROOT / part, folder / part
        if source.is_dir():
            shutil.copytree(source, copy, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "out"],
        cwd=folder,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"},
        check=True,
        capture_output=True,
    )
    (wheel,) = (folder / "out").iterdir()
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(tmp_path_factory.mktemp("built"))


def test_two_builds_are_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    again = _build(tmp_path / "somewhere" / "else")
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_every_data_file_is_in_it(wheel: Path) -> None:
    data = {path.relative_to(ROOT).as_posix() for path in (ROOT / "scanner").rglob("*.yaml")}
    packs = {
        f"scanner/_policies/{p.relative_to(ROOT / 'policies').as_posix()}" for p in (ROOT / "policies").rglob("*.yaml")
    }
    names = set(zipfile.ZipFile(wheel).namelist())
    assert data and packs
    assert (data | packs | {"scanner/py.typed"}) - names == set()


def test_nothing_but_the_package_is_in_it(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"scanner", "lexloci.py"}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel in an environment of its own. What it depends on is read from this one, so that nothing is fetched."""
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", home], check=True, capture_output=True)
    python = home / "bin" / "python"
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(pip, check=True, capture_output=True)
    library = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
    (library / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return home


def _run(home: Path, *command: str) -> str:
    done = subprocess.run([home / "bin" / command[0], *command[1:]], cwd=home, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_runs_from_the_environment_it_was_installed_in(installed: Path) -> None:
    origin = _run(installed, "python", "-c", "import scanner; print(scanner.__file__)").strip()
    assert Path(origin).is_relative_to(installed)


def test_it_finds_its_packs_tables_and_catalog(installed: Path) -> None:
    listed = _run(installed, "lexloci", "policies", "list")
    assert {pack.stem for pack in (ROOT / "policies").glob("*.yaml")} <= set(listed.split())
    assert "eu-west-3" in _run(installed, "lexloci", "regions", "list")
    assert "s3:GetEncryptionConfiguration" in _run(installed, "lexloci", "permissions", "aws", "--actions")
