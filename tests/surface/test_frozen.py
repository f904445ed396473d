"""Names, words, codes and shapes that users rely on change only together with the files beside this test."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXPECTED: dict[Path, str] = runpy.run_path(str(ROOT / "scripts" / "surface.py"))["files"]()


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_surface_is_as_written_down(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == EXPECTED[path], (
        "if this change is meant: run scripts/surface.py and say so in CHANGELOG.md"
    )


def test_no_frozen_file_is_left_over() -> None:
    written = {path for path in Path(__file__).parent.iterdir() if path.suffix in (".txt", ".json")}
    assert written == {path for path in EXPECTED if path.parent == Path(__file__).parent}
