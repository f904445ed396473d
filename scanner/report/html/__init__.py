"""One self-contained page for people: no request to anywhere, and nothing in it needs a script to be read."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from importlib import resources
from typing import TYPE_CHECKING, Any

from scanner.errors import UsageError
from scanner.report.source import FinishedScan

if TYPE_CHECKING:
    from jinja2 import Environment

LANGUAGES = ("en", "fr")


def render(scan: FinishedScan, *, lang: str = "en") -> Iterator[bytes]:
    """HTML in English or French; UsageError for another language.

    Its content security policy allows nothing but its own style and its own filter, each by its hash.
    """
    if lang not in LANGUAGES:
        raise UsageError(f"The page speaks {' and '.join(LANGUAGES)}, not '{lang}'.")
    from scanner.report.html import gathered, maps

    found = gathered.gather(scan)
    words = _words(lang)
    style, script = _file("page.css"), _file("filter.js")
    page = _environment(words, _country_names(lang)).get_template("page.html.j2")
    pieces = page.generate(
        lang=lang,
        w=words,
        scan=scan,
        found=found,
        world=maps.world(found.places, found.seats),
        europe=maps.europe(found.places),
        undrawn=maps.undrawn(found.places),
        sources=maps.outlines().about,
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
    )
    for piece in pieces:
        yield piece.encode()


def _environment(words: dict[str, str], countries: Callable[[str], str]) -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    from scanner.report.state import state_of, why
    from scanner.report.text import printable, shorten
    from scanner.report.wire import encode

    def finalize(value: Any) -> Any:
        """Every string that the page prints passes here: nothing in it may steer or reorder what is read."""
        return printable(value) if type(value) is str else value

    environment = Environment(
        loader=FunctionLoader(_file),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        country=lambda code: countries(code) if code else words["not_established"],
        word=lambda value, family: words.get(f"{family}_{value}", str(value).replace("_", " ")),
        state=lambda finding: state_of(finding).value,
        why=why,
        cut=lambda text, width=160: shorten(printable(text), width),
        value=lambda value: shorten(encode(value).decode(), 200),
        share=lambda part, whole: round(100 * part / whole, 1) if whole else 0,
    )
    return environment


def _words(lang: str) -> dict[str, str]:
    from scanner import strictyaml

    name = f"words_{lang}.yaml"
    return strictyaml.load(_file(name), name, dict[str, str]).value


def _country_names(lang: str) -> Callable[[str], str]:
    from scanner.facts import countries
    from scanner.report.html.maps import outlines

    english = countries.names()
    names = outlines().names_fr if lang == "fr" else english
    return lambda code: names.get(code, english.get(code, code))


def _file(name: str) -> str:
    return (resources.files("scanner.report.html") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
