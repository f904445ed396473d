from datetime import date

import pytest

from scanner.assess.exposure import Exposed
from scanner.assess.reach import grip_of, what_an_order_yields
from scanner.facts.laws import law
from scanner.model import Custody, Exposure
from scanner.model.reach import Grip, Yield

TODAY = date(2026, 11, 24)


def entry(strength: str = "established", via: str = "parent", law_: str = "cloud_act") -> Exposure:
    return Exposure(law=law_, country="US", via=via, strength=strength)


def exposed(*entries: Exposure, complete: bool = True, confirmed: bool = True) -> Exposed:
    return Exposed(exposures=entries, complete=complete, confirmed=confirmed, as_of=TODAY)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (exposed(entry()), Grip.ESTABLISHED),
        (exposed(entry(), complete=False, confirmed=False), Grip.ESTABLISHED),
        (exposed(entry(via="subsidiary")), Grip.ARGUABLE),
        (exposed(entry("exercised", "subsidiary"), complete=False), Grip.EXERCISED),
        (exposed(entry("arguable", "subsidiary")), Grip.ARGUABLE),
        (exposed(entry("arguable", "subsidiary"), complete=False), Grip.NOT_ESTABLISHED),
        (exposed(entry("technology_only", "technology")), Grip.TECHNOLOGY_ONLY),
        (exposed(entry("technology_only", "technology"), complete=False), Grip.NOT_ESTABLISHED),
        (exposed(entry("technology_only", "technology"), entry()), Grip.ESTABLISHED),
        (exposed(entry("technology_only", "technology"), entry(), complete=False), Grip.ESTABLISHED),
        (exposed(entry(law_="cn_nil")), Grip.NONE_RECORDED),
        (exposed(entry(law_="au_tola")), Grip.NONE_RECORDED),
        (exposed(), Grip.NONE_RECORDED),
        (exposed(complete=False), Grip.NOT_ESTABLISHED),
        (exposed(confirmed=False), Grip.NOT_ESTABLISHED),
    ],
)
def test_the_firmest_that_is_recorded_counts_and_nothing_unknown_clears(given: Exposed, expected: Grip) -> None:
    assert grip_of(given, law("cloud_act"))[0] is expected


@pytest.mark.parametrize(
    ("name", "country", "expected"),
    [
        ("ch_bupf_ndg", "CH", Grip.ESTABLISHED),
        ("ch_bupf_ndg", "DE", Grip.NONE_RECORDED),
        ("ch_bupf_ndg", None, Grip.NOT_ESTABLISHED),
        ("cloud_act", "US", Grip.NONE_RECORDED),
        ("fr_csi", "FR", Grip.ESTABLISHED),
        ("fr_csi", "DE", Grip.NOT_ESTABLISHED),
    ],
)
def test_a_law_of_the_territory_follows_the_machines(name: str, country: str | None, expected: Grip) -> None:
    assert grip_of(exposed(), law(name), country)[0] is expected


def test_every_custody_yields_something_and_only_the_client_keeps_ciphertext() -> None:
    yields = {custody: what_an_order_yields(custody) for custody in Custody}
    assert {custody for custody, found in yields.items() if found is Yield.CIPHERTEXT} == {Custody.CLIENT_SIDE}
    assert yields[Custody.PROVIDER_HSM] is Yield.CLEARTEXT
    assert yields[Custody.EXTERNAL_CUSTOMER] is Yield.EXTERNAL_KEY
    assert yields[Custody.UNKNOWN] is Yield.NOT_ESTABLISHED
