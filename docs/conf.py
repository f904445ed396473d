"""The site: these pages as they are, with Sphinx, MyST and Furo. `scripts/site` builds it.

Nothing on a page comes from another host: Furo uses the reader's own fonts, and there is no intersphinx.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx

DOCS = Path(__file__).parent
ROOT = DOCS.parent

project = "lexloci"
author = "the authors of lexloci"
project_copyright = author
release = re.findall(r'^__version__ = "(.+)"$', (ROOT / "scanner" / "__init__.py").read_text(encoding="utf-8"), re.M)[0]

source_url = os.environ.get("LEXLOCI_SOURCE_URL", "").rstrip("/")
"""Where the forge shows the files of the commit that is built. Unset, files outside docs/ are downloads of the site."""

extensions = ["myst_parser"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = f"{project} {release}"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_static_path: list[str] = []

_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)")


def _pages(docname: str, text: str) -> Iterator[str]:
    """The pages that a text links to, by the names Sphinx has for them."""
    for target in _LINK.findall(text):
        page = ((DOCS / docname).parent / target).resolve()
        if page.suffix == ".md" and page.is_relative_to(DOCS):
            yield page.relative_to(DOCS).with_suffix("").as_posix()


def _toctree(caption: str, pages: list[str]) -> str:
    return "\n".join(
        ["", "```{toctree}", ":hidden:", f":caption: {caption}", "", *(f"/{page}" for page in pages), "```", ""]
    )


def _outside(docname: str, text: str) -> str:
    """Links to files outside docs/ lead to the forge if that is known, and else to a copy of the file."""

    def target(link: re.Match[str]) -> str:
        file = ((DOCS / docname).parent / link[1]).resolve()
        if file.is_relative_to(DOCS):
            return link[1]
        return f"{source_url}/{file.relative_to(ROOT).as_posix()}" if source_url else f"path:{link[1]}"

    return _LINK.sub(target, text)


def _read(_: Sphinx, docname: str, source: list[str]) -> None:
    """The contents follow docs/index.md, a part for each bold line; that of the packs, reference/coverage.md."""
    text = source[0]
    source[0] = _outside(docname, text)
    if docname == "index":
        parts = re.split(r"^\*\*(.+)\*\*$", text, flags=re.M)[1:]
        for caption, part in zip(parts[::2], parts[1::2], strict=True):
            pages = [page for page in dict.fromkeys(_pages(docname, part)) if not page.startswith("reference/packs/")]
            source[0] += _toctree(caption, pages)
    elif docname == "reference/coverage":
        source[0] += _toctree("Packs", list(dict.fromkeys(_pages(docname, text))))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", _read)
    return {"parallel_read_safe": True}
