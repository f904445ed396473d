"""The site builds without a warning, asks no other host for anything, and its links lead somewhere."""

import os
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
LOADED = {("link", "href"), ("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("form", "action")}
SOURCE = "https://forge.example/lexloci/blob/abc"


class Page(HTMLParser):
    """What a page loads, where it leads, and its anchors."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.anchors: set[str] = {"", "top"}
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if (tag, name) in LOADED and value:
                self.loads.append(value)
            elif (tag, name) == ("a", "href") and value:
                self.leads.append(value)
            elif name == "id" and value:
                self.anchors.add(value)


def _build(folder: Path, source: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", ROOT / "scripts" / "site", Path(sys.executable).parent, folder],
        env={**os.environ, "LEXLOCI_SOURCE_URL": source},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def _broken(site: Path) -> Iterator[str]:
    pages = {file: Page(file) for file in site.rglob("*.html")}
    for file, page in pages.items():
        for link in page.leads + page.loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            missing = not target.is_file()
            if missing or (target in pages and unquote(parts.fragment) not in pages[target].anchors):
                yield f"{file.relative_to(site)}: {link}"


def _foreign(site: Path) -> Iterator[str]:
    for file in site.rglob("*.html"):
        yield from (link for link in Page(file).loads if urlsplit(link).netloc)
    for file in site.rglob("*.css"):
        text = file.read_text(encoding="utf-8")
        yield from (f"{file.name}: {mark}" for mark in ("url(http", "url(//", 'url("http', "@import") if mark in text)


@pytest.mark.timeout(240)
def test_the_site_builds_and_leads_nowhere_wrong(tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = _build(site)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(_broken(site)) == []
    assert list(_foreign(site)) == []
    pages = {page.relative_to(ROOT / "docs").with_suffix(".html") for page in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if not (site / page).is_file()} == set()
    downloads = {file.name for file in site.glob("_downloads/*/*")}
    assert {file.name for file in (ROOT / "docs" / "reference").glob("*.schema.json")} <= downloads
    assert "CONTRIBUTING.md" in downloads

    (site / "custody.html").unlink()
    assert any("custody.html" in link for link in _broken(site)), "a page that is missing is noticed"


@pytest.mark.timeout(240)
def test_files_outside_the_pages_are_those_of_the_forge_where_it_is_known(tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = _build(site, SOURCE)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{SOURCE}/CONTRIBUTING.md" in Page(site / "index.html").leads
    assert f"{SOURCE}/.github/actions/scan/action.yml" in Page(site / "ci" / "README.html").leads
