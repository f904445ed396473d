"""The page: self-contained, readable without its script, the same in both languages, and quiet under hostile names."""

import base64
import hashlib
import itertools
import re
from html.parser import HTMLParser

import msgspec
import pytest

from scanner import strictyaml
from scanner.assess.reach import what_an_order_yields
from scanner.errors import UsageError
from scanner.model import Custody
from scanner.model.reach import Yield
from scanner.report import html
from scanner.report.html import _file as page_file
from scanner.report.html import custody as ladder
from scanner.report.html.language import Language
from scanner.report.html.maps import outlines
from tests.report.hostile import hostile_claims, hostile_scan
from tests.report.sample_claims import CLAIMS
from tests.report.sample_scan import large, sample


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
    scans = {"sample": (sample(), CLAIMS), "hostile": (hostile_scan(), hostile_claims())}
    scan, claims = scans[request.param]
    return Elements(page(scan, claims=claims))


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
    rows = text[text.index('id="findings"') :].count("<li><details>")
    assert rows == 600 + 300
    assert "600 of 1,000 are shown" in text
    assert "300 of 1,000 are shown" in text
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


YIELDS = {
    Yield.CLEARTEXT: ladder.Access.CLEARTEXT,
    Yield.EXTERNAL_KEY: ladder.Access.EXTERNAL_KEY,
    Yield.CIPHERTEXT: ladder.Access.CIPHERTEXT,
    Yield.NOT_ESTABLISHED: ladder.Access.NOT_ESTABLISHED,
}


@pytest.mark.parametrize("custody", Custody)
def test_the_ladder_says_of_each_custody_what_the_headline_reckons_with(custody) -> None:
    assert ladder.access(custody) is YIELDS[what_an_order_yields(custody)]


def test_every_rung_of_the_ladder_is_drawn_from_the_top_down() -> None:
    rungs = [rung.name for zone in ladder.zones(ladder.ladder()).values() for rung in zone]
    assert rungs == ["K6", "K5", "K4", "K4?", "K3", "K2", "K2", "K1", "K1", "K0"]


def test_the_first_screen_answers_the_four_questions() -> None:
    text = Elements(page(sample())).text
    answers = text[text.index("The four questions") : text.index("Contents") if "Contents" in text else None]
    assert "An order under the US CLOUD Act reaches the operator of 4 of 4 stores." in text
    assert "Of the 3 with signs of health data, it would yield 1 in cleartext." in text
    assert "Where are the data? 2 countries hold the 4 stores 2 France 1 United States 1 not established" in answers
    assert "Under whose law? 4 of 4 stores are run by an operator that US CLOUD Act reaches" in answers
    assert "Who can use the key? 2 of 4 stores whose operator can use the key by itself" in answers
    assert "1 an external key, holder not established 1 not established, the key could not be read" in answers
    assert "Are they health data? 3 of 4 stores show signs of health data 1 carry no sign that decides" in answers


def test_who_can_reach_what_is_told_by_the_seat_of_the_parent() -> None:
    text = Elements(page(sample())).text
    assert "United States US CLOUD Act, US FISA 702 France 2, United States 1, not established 1" in text


def test_a_chain_is_told_in_words_from_the_data_to_the_law() -> None:
    text = Elements(page(sample())).text
    assert (
        "Data: externe (s3.bucket; France). Key: an external key, holder not established "
        "(alias/externe; not established). Holder of the key: not established. Operator of the store: "
        "Amazon Web Services EMEA SARL; seat of its parent: United States. Laws with reach abroad: "
        "US CLOUD Act, US FISA 702."
    ) in text


def test_what_was_said_stands_beside_what_the_account_says() -> None:
    text = Elements(page(sample(), claims=CLAIMS)).text
    assert "All data are in France. a press release, 2021 contradicted" in text
    assert "Of 4 things it speaks of, 2 agree, 1 contradict, 1 are not known." in text
    assert "Even if it held, it would not mean: that nobody else can read them." in text
    assert 'id="claims"' not in page(sample())


def test_a_control_that_was_not_read_out_has_no_whole_bar() -> None:
    unread = msgspec.structs.replace(sample().summary.controls[1], status="unknown", reason="coverage_incomplete")
    summary = msgspec.structs.replace(sample().summary, controls=(unread,))
    controls = page(sample(summary=summary)).partition('id="controls"')[2].partition("</section>")[0]
    assert '<rect class="f-unknown" width="100%" height="100%"/>' in controls


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "24 November 2026, 02:21 UTC"), ("fr", "24 novembre 2026 à 02 h 21 UTC")]
)
def test_times_are_written_as_people_write_them(lang, told) -> None:
    assert told in Elements(page(sample(), lang=lang)).text


def test_french_numbers_and_the_first_of_a_month() -> None:
    french = Language("fr")
    assert french.number(50_000) == "50\u202f000"
    assert french.day("2026-12-01") == "1er décembre 2026"
    assert french.day("sometime") == "sometime"
