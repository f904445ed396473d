"""A statement's counterexamples as text."""

from typing import Any

import pytest

from scanner.model.claims import ClaimReading, Counterexample, Reading
from scanner.report.claims import lines


def against(reason: str, **facts: Any) -> str:
    """The line about one counterexample."""
    reading = ClaimReading(
        id="C",
        statement="Data is hosted in France.",
        said="2020",
        sources=(),
        reading=Reading.CONTRADICTED,
        speaks_of=1,
        agree=0,
        against=(Counterexample(resource="r", reason=reason, facts=facts),),
        against_total=1,
        missing={},
        would_prove="p",
        does_not_mean="D",
    )
    (line,) = [line for line in lines([reading]) if "against:" in line]
    return line.partition(": r: ")[2]


def computed(country: str | None = None, extent: str = "worldwide") -> dict[str, Any]:
    return {"kind": "processing", "operator": "o", "country": country, "region": "global", "extent": extent}


def test_what_is_the_same_is_told_once_with_how_often() -> None:
    told = against("copied_or_processed_elsewhere", copies=[computed(), computed("IE", "place"), computed()])
    assert told == "copied or processed elsewhere (processing o worldwide, 2 times; processing o IE)"


def test_of_many_the_first_are_told_and_the_rest_is_counted() -> None:
    told = against(
        "copied_elsewhere", copies=[computed(country, "place") for country in ("IE", "NL", "US", "GB", "CH")]
    )
    assert told.endswith("processing o GB; and 1 more)")


def lacking(*missing: str) -> list[str]:
    """The lines about a statement that is not established, where this is missing."""
    reading = ClaimReading(
        id="C",
        statement="The keys are in France.",
        said="2020",
        sources=(),
        reading=Reading.NOT_ESTABLISHED,
        speaks_of=3,
        agree=0,
        against=(),
        against_total=0,
        missing=dict.fromkeys(missing, 3),
        would_prove="p",
        does_not_mean="D",
    )
    return [line.strip() for line in lines([reading])]


def not_known(what: str) -> str:
    """The line about one thing that is missing."""
    (line,) = [line for line in lacking(what) if "not known for" in line]
    return line


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (
            "key.holder_country: not_declared",
            "in which country the key is held (no API shows it, and nobody has stated it)",
        ),
        (
            "attestation.account_deletion_works: not_declared",
            "'account deletion works' (no API shows it, and nobody has stated it)",
        ),
        ("retention.days: invisible", "after how many days it is deleted (no API shows it)"),
        ("encryption.state: denied", "whether it is encrypted (the scan was refused it)"),
        ("copies.country: unresolved", "copies.country (unresolved)"),
        ("content_not_examined", "what is in it; nobody looked into the content"),
    ],
)
def test_what_is_missing_is_told_to_somebody_who_writes_no_policies(missing: str, told: str) -> None:
    assert not_known(missing) == f"not known for 3: {told}"


def test_of_many_things_that_are_missing_the_rest_is_counted() -> None:
    told = lacking(*(f"fact.{number}: denied" for number in range(8)))
    assert sum("not known for" in line for line in told) == 6
    assert "… and 2 more that is not known" in told
    assert not any("more that is not known" in line for line in lacking("fact.1: denied"))
