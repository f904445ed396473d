"""The reference pages of the packs are what the packs say."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXPECTED: dict[Path, str] = runpy.run_path(str(ROOT / "scripts" / "pack_reference.py"))["files"]()


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.name)
def test_a_page_is_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == EXPECTED[path], "run scripts/pack_reference.py"


def test_no_page_is_left_over() -> None:
    assert set((ROOT / "docs" / "reference" / "packs").iterdir()) <= set(EXPECTED)
