"""What a control's results usually rest on."""

import pytest

from scanner.policy.footing import Footing, Footings, usual_footing
from tests.policy.making import checked, condition, control

STORE = condition("store", "resource.is_store")
IN_FRANCE = condition("here", "location.country == 'FR'")
SEATED = condition("seat", "operator.parent_country == 'FR'")
HELD = condition("held", "key.holder == 'customer'")
STATED = condition("stated", "attestation.tried")
ATTESTED = """
attestations:
  tried: it was tried
"""

PROVEN, INDICATED, DECLARED, OUT = Footing.PROVEN, Footing.INDICATED, Footing.DECLARED, Footing.OUT_OF_REACH


@pytest.mark.parametrize(
    ("given", "pass_", "fail"),
    [
        ({"assert_": IN_FRANCE}, PROVEN, PROVEN),
        ({"assert_": IN_FRANCE, "match": STORE}, PROVEN, PROVEN),
        ({"assert_": IN_FRANCE, "match": HELD}, DECLARED, DECLARED),
        ({"assert_": SEATED}, INDICATED, INDICATED),
        ({"assert_": f"{IN_FRANCE}, {SEATED}"}, INDICATED, PROVEN),
        ({"assert_": IN_FRANCE, "doubt": SEATED}, INDICATED, PROVEN),
        ({"assert_": IN_FRANCE, "cap_pass": "declared", "cap_fail": "indicated"}, DECLARED, INDICATED),
    ],
)
def test_a_pass_needs_every_fact_and_a_fail_one(given: dict[str, str], pass_: Footing, fail: Footing) -> None:
    pack = checked(control(**given))
    assert usual_footing(pack.controls[0], pack.vocabulary) == Footings(pass_, fail)


@pytest.mark.parametrize(
    ("given", "pass_", "fail"),
    [
        ({"assert_": STATED}, OUT, OUT),
        ({"assert_": STATED, "match": STORE}, OUT, OUT),
        ({"assert_": f"{STATED}, {IN_FRANCE}"}, DECLARED, PROVEN),
        ({"assert_": STATED, "doubt": IN_FRANCE}, DECLARED, OUT),
    ],
)
def test_what_only_a_statement_answers_is_out_of_reach(given: dict[str, str], pass_: Footing, fail: Footing) -> None:
    pack = checked(control(**given), extra=ATTESTED)
    assert usual_footing(pack.controls[0], pack.vocabulary) == Footings(pass_, fail)
