"""What README and tutorial tell people to type works, and prints what they show."""

import os
import re
import runpy
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.command import LEXLOCI, lexloci
from tests.docs.shown import Shown, blocks, consoles
from tests.fixtures.aws import Aws
from tests.fixtures.azure import StartArm, disks, subscription, world

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
TUTORIAL = ROOT / "docs" / "tutorial.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"
READING = ROOT / "docs" / "howto" / "reading-a-verdict.md"
ORGANISATION = ROOT / "docs" / "howto" / "organisation.md"
NIGHTLY = ROOT / "docs" / "howto" / "nightly-ci.md"
SAMPLING = ROOT / "docs" / "howto" / "sampling.md"
POLICY = ROOT / "docs" / "howto" / "writing-a-policy.md"
PAGES = (README, TUTORIAL)

SET_UP = {
    "sh scripts/demo",
    "sh scripts/test",
    "pipx install .",
    "uvx --from . lexloci version",
    "pip install '.[demo]'",
    ". .venv/bin/activate",
}
"""Commands that install. `.ci/run` runs the first two on a clean clone; the others are the installers' own."""

RESULTS = (0, 1, 3)
"""Exit codes of a scan or a check that ran."""


def _run(shown: Shown, folder: Path, more: Mapping[str, str]) -> str:
    words = shlex.split(shown.command)
    assert words[0] == "lexloci", f"{shown.command}: a console block shows lexloci only"
    done = subprocess.run(
        [LEXLOCI, *words[1:]],
        cwd=folder,
        env={**os.environ, "XDG_STATE_HOME": str(folder / "state"), **more},
        capture_output=True,
        text=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    judging = words[1] == "scan" or words[1:3] == ["claims", "check"]
    assert done.returncode in (RESULTS if judging else (0,)), f"{shown.command}: {done.stderr}"
    assert shown.first_missing(done.stdout) is None, f"{shown.command} does not print this: {done.stdout}"
    return done.stdout


@pytest.mark.timeout(600)
def test_the_tutorial_works_and_the_picture_in_the_readme_is_its_output(tmp_path: Path) -> None:
    printed = {shown.command: _run(shown, tmp_path, {}) for shown in consoles(TUTORIAL)}
    assert len(printed) >= 6
    for shown in consoles(READING):  # of the same scan
        _run(shown, tmp_path, {})
    readme = runpy.run_path(str(ROOT / "scripts" / "readme.py"))
    (demo,) = (output for command, output in printed.items() if command.startswith("lexloci demo doctolib"))
    text = README.read_text(encoding="utf-8")
    assert readme["between"](text) == readme["picture"](demo), "run scripts/readme.py"


@pytest.mark.timeout(300)
def test_the_commands_of_the_readme_work(aws: Aws, arm: StartArm, tmp_path: Path) -> None:
    aws.freeze()
    simulation = arm(world(subscription(*disks(2))))
    for shown in consoles(README):
        _run(shown, tmp_path, simulation.environment)


def test_the_file_and_the_commands_of_the_page_on_configuration_work(tmp_path: Path) -> None:
    (text,) = (text for language, text in blocks(CONFIGURATION) if language == "yaml")
    (tmp_path / "lexloci.yaml").write_text(text, encoding="utf-8")
    for shown in consoles(CONFIGURATION):
        assert "lexloci.yaml" in _run(shown, tmp_path, {})


def test_no_page_that_tells_how_has_a_console_that_nothing_runs() -> None:
    shown = {
        page for page in (ROOT / "docs").rglob("*.md") if any(language == "console" for language, _ in blocks(page))
    }
    assert shown == {TUTORIAL, CONFIGURATION, READING, ORGANISATION, NIGHTLY, POLICY, SAMPLING}


@pytest.mark.parametrize(
    ("page", "number"), [(ORGANISATION, 3), (NIGHTLY, 1), (SAMPLING, 2)], ids=["organisation", "nightly", "sampling"]
)
def test_the_commands_of_the_pages_on_permissions_work(page: Path, number: int, tmp_path: Path) -> None:
    shown = list(consoles(page))
    assert len(shown) == number
    for each in shown:
        _run(each, tmp_path, {})


def test_the_pack_and_the_commands_of_the_page_on_policies_work(tmp_path: Path) -> None:
    pack, scenarios = (text for language, text in blocks(POLICY) if language == "yaml")
    (tmp_path / "ours.yaml").write_text(pack, encoding="utf-8")
    (tmp_path / "scenarios.yaml").write_text(scenarios, encoding="utf-8")
    shown = list(consoles(POLICY))
    assert len(shown) == 3
    for each in shown:
        _run(each, tmp_path, {})
    (misspelt,) = (text for language, text in blocks(POLICY) if language == "text")
    (tmp_path / "ours.yaml").write_text(pack.replace("location.country in", "locaton.country in"), encoding="utf-8")
    done = lexloci("policies", "check", "ours.yaml", folder=tmp_path)
    assert (done.returncode, done.stderr) == (2, misspelt)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_a_block_is_run_or_installs(page: Path) -> None:
    assert {language for language, _ in blocks(page)} <= {"sh", "console", "text"}
    shell = [line for language, text in blocks(page) if language == "sh" for line in text.splitlines()]
    assert {line.partition("#")[0].strip() for line in shell} <= SET_UP


def test_the_readme_has_two_commands_for_a_fresh_machine() -> None:
    first = next(text for language, text in blocks(README) if language == "sh")
    commands = [line.partition("#")[0].strip() for line in first.splitlines()]
    assert commands == ["sh scripts/demo", "sh scripts/test"]


def test_the_readme_installs_into_an_environment_of_its_own_first() -> None:
    install = README.read_text(encoding="utf-8").partition("## Install")[2].partition("```sh")[2]
    assert [line.split()[0] for line in install.strip().splitlines()[:2]] == ["pipx", "uvx"]


def test_links_between_the_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = []
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_a_line_that_is_not_printed_is_noticed() -> None:
    shown = Shown("lexloci", ("first", "third …"))
    assert shown.first_missing("first\nsecond\nthird and more\n") is None
    assert shown.first_missing("third and more\nfirst\n") == "third …"
    assert Shown("lexloci", ("fir",)).first_missing("first\n") == "fir"
