"""The page of the options is what the commands declare."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "options.py"))
    page = (ROOT / "docs" / "reference" / "options.md").read_text(encoding="utf-8")
    assert page == script["render"](), "run scripts/options.py"
