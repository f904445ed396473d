"""The example of the documentation is a pack that works."""

import re
from pathlib import Path

from scanner.policy.check import check
from scanner.policy.evaluate import Evaluator
from scanner.policy.pack import parse
from tests.policy.making import SETS, subject

CLAIMS = Path(__file__).parents[2] / "docs" / "claims.md"
PAGE = Path(__file__).parents[2] / "docs" / "policies.md"


def test_the_example_pack_loads_and_decides() -> None:
    text = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    evaluator = Evaluator(check([parse(text, "docs/policies.md")], SETS), {}, SETS)
    facts = {
        "resource.is_store": True,
        "data.health": "likely",
        "location.country": "NO",
        "attestation.exit_tested": True,
    }
    (finding,) = evaluator.evaluate(subject(facts))
    assert (finding.control, finding.reason) == ("OURS-1", "outside")
    (finding,) = evaluator.evaluate(subject(facts | {"location.country": "SE"}))
    assert finding.reason == "all_conditions_hold"


def test_the_example_of_public_statements_is_a_file_that_works() -> None:
    text = re.findall(r"```yaml\n(.*?)```", CLAIMS.read_text(encoding="utf-8"), re.DOTALL)[0]
    checked = check([parse(text, "docs/claims.md")], SETS)
    assert [control.id for control in Evaluator(checked, {}, SETS).controls] == ["OURS-LOCATION", "OURS-HDS"]
