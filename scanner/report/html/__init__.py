"""One self-contained page for people: no request to anywhere, and nothing in it needs a script to be read."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

from scanner.errors import UsageError
from scanner.model.finished import FinishedScan

if TYPE_CHECKING:
    from jinja2 import Environment

    from scanner.model.claims import ClaimReading
    from scanner.report.html.language import Language

LANGUAGES = ("en", "fr")


def render(scan: FinishedScan, *, lang: str = "en", claims: "Sequence[ClaimReading]" = ()) -> Iterator[bytes]:
    """HTML in English or French; UsageError for another language. `claims` are readings of public statements.

    Its content security policy allows nothing but its own style and its own filter, each by its hash.
    """
    if lang not in LANGUAGES:
        raise UsageError(f"The page speaks {' and '.join(LANGUAGES)}, not '{lang}'.")
    from scanner.report.html import gathered, maps
    from scanner.report.html.language import Language

    found = gathered.gather(scan)
    language = Language(lang)
    style, script = _file("page.css"), _file("filter.js")
    pieces = (
        _environment(language)
        .get_template("page.html.j2")
        .generate(
            lang=lang,
            w=language.words,
            scan=scan,
            summary=scan.summary,
            found=found,
            claims=claims,
            world=maps.world(found.places, found.seats),
            europe=maps.europe(found.places),
            frame=maps.FRAME,
            undrawn=maps.undrawn(found.places),
            sources=maps.outlines().about,
            style=style,
            style_hash=_hash(style),
            script=script,
            script_hash=_hash(script),
        )
    )
    for piece in pieces:
        yield piece.encode()


def _environment(language: "Language") -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    from scanner.facts.registry import shipped
    from scanner.report.state import state_of, why
    from scanner.report.text import printable, shorten
    from scanner.report.wire import encode

    def finalize(value: Any) -> Any:
        """Every string that the page prints passes here: nothing in it may steer or reorder what is read."""
        return printable(value) if type(value) is str else value

    def operator(id_: str | None) -> str:
        """The company behind an id of the operator table."""
        known = shipped().operator(id_) if id_ else None
        return known.legal_entity if known else id_ or language.words["not_established"]

    environment = Environment(
        loader=FunctionLoader(_file),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        language.filters(),
        operator=operator,
        state=lambda finding: state_of(finding).value,
        why=why,
        cut=lambda text, width=160: shorten(printable(text), width),
        value=lambda value: shorten(encode(value).decode(), 200),
    )
    return environment


def _file(name: str) -> str:
    return (resources.files("scanner.report.html") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
