"""The page in a real Chromium: readable by everybody, at every width, without a script, without a request."""

import time

import pytest

from scanner.report import html
from tests.report import chromium
from tests.report.chromium import Look
from tests.report.hostile import hostile_claims, hostile_scan
from tests.report.sample_claims import CLAIMS
from tests.report.sample_scan import large, sample

WIDTHS = (1280, 768, 390, 320)
SCHEMES = ("light", "dark")
SCANS = {
    "sample": lambda: (sample(), CLAIMS),
    "hostile": lambda: (hostile_scan(), hostile_claims()),
    "ten": lambda: (large(10), ()),
    "empty": lambda: (sample(findings=(), resources=(), keys=(), coverage=()), ()),
}
SECONDS_TO_LOAD = 10.0
"""A page of fifty thousand findings opens in well under a second on a quiet machine; tests run on busy ones."""


@pytest.fixture(scope="module")
def browser():
    with chromium.browser() as running:
        yield running


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Each page once, written when it is first asked for."""
    folder = tmp_path_factory.mktemp("pages")

    def written(name: str, lang: str = "en"):
        file = folder / f"{name}.{lang}.html"
        if not file.exists():
            scan, claims = SCANS[name]()
            file.write_bytes(b"".join(html.render(scan, lang=lang, claims=claims)))
        return file

    return written


@pytest.mark.parametrize("lang", html.LANGUAGES)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["sample", "hostile"])
def test_axe_finds_nothing_serious(browser, pages, name, scheme, lang) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with Look(browser, pages(name, lang), color_scheme=scheme) as look:
        look.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        found = Axe().run(look.page).response["violations"]
    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in serious] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SCANS)
def test_no_page_scrolls_sideways(browser, pages, name, width) -> None:
    with Look(browser, pages(name, "fr"), viewport={"width": width, "height": 844}) as look:
        look.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        wide = look.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


@pytest.mark.parametrize("name", SCANS)
def test_the_page_asks_nobody_anything_and_breaks_no_rule_of_its_policy(browser, pages, name) -> None:
    with Look(browser, pages(name)) as look:
        look.page.fill("#filter", "a")
        look.page.wait_for_timeout(50)
        look.page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
        assert look.requests == [pages(name).as_uri()]
        assert look.complaints == []


def test_a_script_that_is_not_the_page_s_own_would_be_refused(browser, pages, tmp_path) -> None:
    """So that the test above can fail: the policy is obeyed, and a breach of it is written down."""
    text = pages("sample").read_text().replace("</main>", "</main><script>document.title = 'owned'</script>")
    file = tmp_path / "breached.html"
    file.write_text(text)
    with Look(browser, file) as look:
        assert look.page.title() != "owned"
        assert any("Content Security Policy" in complaint for complaint in look.complaints)


def test_without_a_script_everything_can_be_read(browser, pages) -> None:
    with Look(browser, pages("sample"), java_script_enabled=False) as look:
        assert not look.page.is_visible("#findings form")
        evidence = look.page.locator(".group dl").first
        assert not evidence.is_visible()
        look.page.locator(".group summary").first.click()
        assert evidence.is_visible()
        shown = look.page.locator("body").inner_text()
    for word in ("An order under the US CLOUD Act", "All data are in France.", "secretsmanager:ListSecrets", "Failed"):
        assert word in shown


def test_the_keyboard_reaches_the_filter_and_the_findings(browser, pages) -> None:
    with Look(browser, pages("sample")) as look:
        look.page.keyboard.press("Tab")
        assert look.page.evaluate("document.activeElement.className") == "skip"
        look.page.keyboard.press("Enter")
        _tab_to(look, "document.activeElement.id === 'filter'")
        look.page.keyboard.type("dossiers")
        assert look.page.inner_text("#filter-count") == "1"
        assert look.page.locator(".group li:visible").count() == 1
        _tab_to(look, "document.activeElement.closest('.group li') !== null")
        look.page.keyboard.press("Enter")
        assert "kms:DescribeKey" in look.page.locator(".group li:visible").inner_text()


def _tab_to(look: Look, condition: str) -> None:
    for _ in range(60):
        if look.page.evaluate(condition):
            return
        look.page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {condition}")


def test_the_filter_takes_words_states_and_severities_together(browser, pages) -> None:
    with Look(browser, pages("sample")) as look:
        assert look.page.inner_text("#filter-count") == "4"
        look.page.select_option("#by-state", "unknown")
        assert look.page.inner_text("#filter-count") == "2"
        look.page.fill("#filter", "core-20 ILLISIBLE")
        assert look.page.inner_text("#filter-count") == "1"
        look.page.select_option("#by-severity", "low")
        assert look.page.inner_text("#filter-count") == "0"


@pytest.mark.parametrize("lang", html.LANGUAGES)
def test_light_and_dark_are_two_palettes_and_print_is_light(browser, pages, lang) -> None:
    colours = []
    for scheme in SCHEMES:
        with Look(browser, pages("sample", lang), color_scheme=scheme) as look:
            colours.append(look.page.evaluate("getComputedStyle(document.body).backgroundColor"))
            look.page.emulate_media(media="print", color_scheme="light")
            assert look.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
            assert not look.page.is_visible("#findings form")
            assert look.page.is_visible("#measured details table")
            assert look.page.pdf(prefer_css_page_size=True)[:5] == b"%PDF-"
    assert colours[0] != colours[1]


def test_of_fifty_thousand_findings_the_worst_are_shown_at_once(browser, tmp_path) -> None:
    file = tmp_path / "large.html"
    file.write_bytes(b"".join(html.render(large(50_000))))
    assert file.stat().st_size < 2_000_000
    begun = time.monotonic()
    with Look(browser, file) as look:
        assert look.page.inner_text("#filter-count") == "900"
        took = time.monotonic() - begun
        look.page.fill("#filter", "store-000300")
        assert look.page.inner_text("#filter-count") == "1"
        shown = look.page.inner_text("#findings")
    assert took < SECONDS_TO_LOAD
    assert "600 of 16,667 are shown, the worst first. All of them are in the JSON" in shown
    assert "300 of 16,667 are shown" in shown
