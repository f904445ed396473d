from datetime import date
from pathlib import Path

import pytest

from scanner.errors import SourceError
from scanner.facts.statements import load_statements
from scanner.model import KeyStore

TODAY = date(2026, 11, 24)
STORE = KeyStore(id="cks-1", kind="xks", endpoint="xks.keys.example.fr")

HOLDER = """
key_holders:
- {operator: thales-ciphertrust, country: FR, %s, by: 'A. Martin, CISO', on: 2026-01-01, until: %s}
"""


def load(tmp_path: Path, text: str):
    path = tmp_path / "lexloci.yaml"
    path.write_text(text)
    return load_statements(path, TODAY)


@pytest.mark.parametrize("where", ["store: cks-1", "endpoint: 'xks.keys.example.fr'", "endpoint: '*.EXAMPLE.fr'"])
def test_a_holder_is_found_by_store_or_endpoint(tmp_path: Path, where: str) -> None:
    holder = load(tmp_path, HOLDER % (where, "2027-01-01")).holder_of(STORE, TODAY)
    assert holder is not None
    assert (holder.operator, holder.country) == ("thales-ciphertrust", "FR")


@pytest.mark.parametrize(("until", "found"), [("2026-11-24", True), ("2026-11-23", False)])
def test_the_last_day_counts_and_the_next_does_not(tmp_path: Path, until: str, found: bool) -> None:
    statements = load(tmp_path, HOLDER % ("store: cks-1", until))
    assert (statements.holder_of(STORE, TODAY) is not None) is found
    assert len(list(statements.lapsed(TODAY))) == (not found)


def test_another_store_has_no_holder(tmp_path: Path) -> None:
    assert load(tmp_path, HOLDER % ("store: cks-2", "2027-01-01")).holder_of(STORE, TODAY) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("key_holders: [{operator: x, country: FR, by: a, on: 2026-01-01, until: 2027-01-01}]", ":1:15: name either"),
        (
            HOLDER.replace("FR", "UK") % ("store: a", "2027-01-01"),
            ":3:43: 'UK' is not a country code; did you mean 'GB'?",
        ),
        (HOLDER.replace("FR", "QQ") % ("store: a", "2027-01-01"), ":3:43: 'QQ' is not a country code"),
        ("attestation: []", ":1:1: Object contains unknown field `attestation`"),
        ("attestations:\n- {name: x, value: yes, by: a, on: 2026-01-01, until: 2027-01-01}", "Expected `bool`"),
        ("attestations:\n- {name: x, value: true, by: a, on: soon, until: 2027-01-01}", "Invalid RFC3339"),
        ("attestations:\n- {name: x, value: true, on: 2026-01-01, until: 2027-01-01}", "missing required field `by`"),
        (
            "attestations:\n- {name: x, value: true, by: a, on: 2026-01-01, until: 2027-01-01}\n"
            "- {name: x, value: false, by: a, on: 2026-01-01, until: 2027-01-01}",
            ":3:3: 'x' is attested twice",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_position(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SourceError) as caught:
        load(tmp_path, text)
    assert problem in str(caught.value)
