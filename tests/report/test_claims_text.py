"""A statement's counterexamples as text."""

from typing import Any

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
