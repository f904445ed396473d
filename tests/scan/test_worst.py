"""Which resources are the worst, and what is said of them."""

import random

import pytest
from msgspec.structs import replace

from scanner.model import Finding, Severity, Waived
from scanner.scan.worst import MOST, Worst
from tests.report.sample_scan import FAIL, RESOURCES, UNREAD, bucket

_, DOSSIERS, _, ILLISIBLE = RESOURCES


def fails(*severities: Severity) -> list[Finding]:
    return [replace(FAIL, severity=severity, control=f"C-{n}") for n, severity in enumerate(severities)]


def worst_of(shown: list[tuple[str, list[Finding]]]) -> list[str]:
    worst = Worst()
    for name, findings in shown:
        worst.add(bucket(name), findings)
    return [one.resource.rpartition(":")[2] for one in worst.resources()]


def test_the_most_severe_fails_weigh_more_than_any_number_of_others() -> None:
    many = fails(*[Severity.HIGH] * 5, Severity.LOW)
    shown = [("many", many), ("one", fails(Severity.CRITICAL)), ("few", fails(Severity.HIGH)), ("none", [UNREAD])]
    assert worst_of(shown) == ["one", "many", "few"]


def test_only_so_many_are_kept_and_always_the_same() -> None:
    shown = [(f"store-{n:03}", fails(*[Severity.LOW] * (n % 7 + 1))) for n in range(10 * MOST)]
    expected = sorted((name for name, _ in shown), key=lambda name: (-(int(name[-3:]) % 7), name))[:MOST]
    for seed in range(3):
        random.Random(seed).shuffle(shown)
        assert worst_of(shown) == expected


@pytest.mark.parametrize(
    "settled",
    [{"waiver": Waived(reason="r", owner="o", expires="2027-01-01")}, {"known": True}],
    ids=["waived", "known"],
)
def test_what_was_decided_or_known_before_does_not_count(settled: dict[str, object]) -> None:
    assert worst_of([("settled", [replace(FAIL, **settled)])]) == []


def test_a_resource_is_told_with_its_answers() -> None:
    worst = Worst()
    worst.add(DOSSIERS, [*fails(Severity.LOW, Severity.CRITICAL), UNREAD])
    worst.add(ILLISIBLE, fails(Severity.LOW))
    told, unread = worst.resources()
    assert (told.country, told.elsewhere) == ("FR", ("US", "not established"))
    assert (told.rung, told.parent_country, told.health) == ("K2", "US", "likely")
    assert (told.fails, told.unknown) == (("C-1", "C-0"), 1)
    assert (unread.country, unread.elsewhere, unread.custody) == (None, ("not established",), "unknown")
