"""The page: self-contained, readable without its script, the same in both languages, and quiet under hostile names."""

import base64
import hashlib
import itertools
import re
import shutil
import subprocess
from html.parser import HTMLParser

import msgspec
import pytest

from scanner import strictyaml
from scanner.errors import UsageError
from scanner.model import Custody
from scanner.report import html
from scanner.report.html import _file as page_file
from scanner.report.html.maps import outlines
from tests.report.hostile import hostile_scan
from tests.report.sample_scan import large, sample

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here to look at the page with")


def page(scan, **options) -> str:
    return b"".join(html.render(scan, **options)).decode()


class Elements(HTMLParser):
    """Start tags with their attributes, and the text of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module", params=["sample", "hostile"])
def elements(request):
    return Elements(page({"sample": sample(), "hostile": hostile_scan()}[request.param]))


def test_the_page_asks_nothing_of_anybody(elements) -> None:
    for tag, attributes in elements.found:
        assert tag not in {"link", "img", "iframe", "object", "embed", "video", "audio", "base", "image", "use"}
        assert not {"src", "srcset", "style", "action", "xlink:href"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("href", "#").startswith("#")


def test_the_page_holds_one_script_and_one_style_whatever_the_names_are(elements) -> None:
    tags = [tag for tag, _ in elements.found]
    assert (tags.count("script"), tags.count("style"), tags.count("h1")) == (1, 1, 1)


def test_the_policy_allows_just_the_page_s_own_style_and_script() -> None:
    text = page(sample())
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    for word, pattern in (("style-src", r"<style>(.*?)</style>"), ("script-src", r"<script>(.*?)</script>")):
        body = re.search(pattern, text, re.S)
        assert body is not None
        digest = base64.b64encode(hashlib.sha256(body.group(1).encode()).digest()).decode()
        assert f"{word} 'sha256-{digest}';" in policy.group(1)
    assert policy.group(1).startswith("default-src 'none';")
    assert "unsafe" not in policy.group(1)


def test_everything_but_the_filter_is_there_without_a_script() -> None:
    found = Elements(page(sample())).found
    assert [tag for tag, attributes in found if "hidden" in attributes] == ["form"]


def test_the_page_tells_the_incomplete_the_unknown_and_the_waived() -> None:
    text = Elements(page(sample())).text
    assert "Incomplete: not everything in scope was read." in text
    assert "Not established: 2" in text
    assert "migration until spring" in text
    assert "secretsmanager:ListSecrets" in text
    assert "xx-north-9" in text


def test_an_unknown_is_never_shown_in_the_colour_of_a_pass() -> None:
    text = page(sample())
    for match in re.finditer(r'class="tag t-(\w+)">([^<(]+)', text):
        if match.group(2).strip() in ("unknown", "denied", "waived"):
            assert match.group(1) != "pass"
    style = page_file("page.css")
    assert re.search(r"--pass: (#\w+)", style).group(1) != re.search(r"--unknown: (#\w+)", style).group(1)  # type: ignore[union-attr]


def test_every_heading_level_follows_the_one_above() -> None:
    levels = [int(tag[1]) for tag, _ in Elements(page(sample())).found if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_column_and_picture_has_a_name() -> None:
    found = Elements(page(sample())).found
    assert all("scope" in attributes for tag, attributes in found if tag == "th")
    pictures = [attributes for tag, attributes in found if tag == "svg" and "aria-hidden" not in attributes]
    assert pictures and all({"aria-label", "aria-labelledby"} & set(attributes) for attributes in pictures)


def words(lang: str) -> dict[str, str]:
    return strictyaml.load(page_file(f"words_{lang}.yaml"), lang, dict[str, str]).value


def test_both_languages_say_the_same_things() -> None:
    assert list(words("en")) == list(words("fr"))


@pytest.mark.parametrize("lang", html.LANGUAGES)
def test_every_custody_has_its_words(lang) -> None:
    for custody in Custody:
        assert {f"custody_{custody.value}", f"alone_{custody.value}"} <= set(words(lang))


def test_french_is_french() -> None:
    text = page(sample(), lang="fr")
    assert '<html lang="fr">' in text
    assert "États-Unis" in text and "non établi" in text


def test_another_language_is_refused() -> None:
    with pytest.raises(UsageError, match="not 'de'"):
        page(sample(), lang="de")


def test_no_word_claims_more_than_exposure() -> None:
    for lang in html.LANGUAGES:
        text = " ".join(words(lang).values()).lower()
        assert not re.search(r"\b(compliant|lawful|sovereign|conforme|souverain)", text)


def test_of_fifty_thousand_findings_a_thousand_at_most_are_shown_and_the_rest_counted() -> None:
    text = page(large(3_000))
    rows = text[text.index('id="findings"') :].count("<tr><td>")
    assert rows == 600 + 300
    assert "600 shown, of 1,000" in text
    assert "300 shown, of 1,000" in text
    assert len(text) < 1_500_000


def test_every_country_of_the_sample_is_in_the_table_of_the_map() -> None:
    found = Elements(page(sample())).text
    for name in ("France", "United States", "not established"):
        assert name in found


def test_a_country_that_the_map_does_not_draw_is_named_beside_it() -> None:
    resources = tuple(msgspec.structs.replace(r, country="ZZ") for r in sample().resources())
    assert "Not on the map: ZZ" in Elements(page(sample(resources=resources))).text


def test_the_outlines_say_where_they_come_from_and_hold_the_small_ones() -> None:
    assert "Natural Earth" in outlines().about["outlines"]
    for code in ("MT", "LI", "SG", "HK", "LU", "FR", "GF", "US", "XK"):
        assert outlines().world[code].at
    assert outlines().world["SG"].dot


@needs_chromium
@pytest.mark.parametrize("width", [1280, 390])
def test_chromium_shows_the_page_and_runs_the_filter_under_the_policy(tmp_path, width) -> None:
    file = tmp_path / "page.html"
    file.write_text(page(sample()))
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    flags += ["--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}"]
    flags += [f"--window-size={width},900", f"--screenshot={tmp_path / 'page.png'}", "--dump-dom"]
    ran = subprocess.run([str(CHROMIUM), *flags, file.as_uri()], capture_output=True, text=True, timeout=60, check=True)
    form = re.search(r"<form[^>]*>", ran.stdout)
    assert form is not None and "hidden" not in form.group()
    assert '<span id="filter-count">4</span>' in ran.stdout
    assert (tmp_path / "page.png").stat().st_size > 10_000
