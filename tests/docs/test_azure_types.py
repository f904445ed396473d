"""The reference page of the Azure types is what the catalog says."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_page_is_up_to_date() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "azure_types.py"))
    page = (ROOT / "docs" / "reference" / "azure-types.md").read_text(encoding="utf-8")
    assert page == script["render"](), "run scripts/azure_types.py"
