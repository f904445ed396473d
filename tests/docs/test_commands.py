"""The page of the commands is what the commands say."""

import runpy
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXIT_CODES = (ROOT / "tests" / "surface" / "exit_codes.txt").read_text(encoding="utf-8")


def test_the_page_is_up_to_date() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "commands.py"))
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == script["render"](), "run scripts/commands.py"


def test_every_exit_code_of_the_surface_is_explained() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    codes = {line.split()[0] for line in EXIT_CODES.splitlines()}
    assert codes == {"0", "1", "2", "3", "4"}
    assert all(f"\n| {code} |" in page for code in codes)


def test_no_command_or_option_is_without_help() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    lines = page.splitlines()
    bare = [
        line
        for line, following in pairwise(lines)
        if line.lstrip().startswith("--") and "  " not in line.strip() and not following.startswith("      ")
    ]
    assert bare == []
