"""What the neighbours of a store say of it, and how little that is by itself."""

import pytest
from msgspec.structs import replace

from scanner.assess.health import classify
from scanner.assess.neighbours import Neighbours
from scanner.facts.health import table
from scanner.model import (
    EncryptionState,
    Health,
    HealthLevel,
    HealthSignal,
    Holds,
    KeyOwner,
    ObservedCopy,
    ObservedEncryption,
    ObservedResource,
    Ties,
)

STACK = {"aws:cloudformation:stack-name": "dossier"}


def resource(name: str, *, holds: Holds = Holds.CONTENT, **changes: object) -> ObservedResource:
    made = ObservedResource(
        id=f"arn:aws:x:eu-west-3:1:{name}",
        type="x.y",
        provider="aws",
        partition="aws",
        account="1",
        region="eu-west-3",
        name=name,
        category="object",
        holds=holds,
        encryption=ObservedEncryption(state=EncryptionState.PLAIN, owner=KeyOwner.NOBODY),
    )
    return replace(made, **changes)


def shown(family: str = "service", strength: str = "strong") -> Health:
    signal = HealthSignal(family=family, strength=strength, value="v", rule="r")
    return Health(level=HealthLevel.LIKELY, signals=(signal,))


FHIR = resource("fhir", holds=Holds.CONFIG)


def around(server: ObservedResource = FHIR, health: Health | None = None) -> Neighbours:
    found = Neighbours()
    found.add(server, STACK, health or shown())
    return found


def rules(neighbours: Neighbours, store: ObservedResource, tags: dict[str, str] | None = None) -> list[str]:
    return [signal.rule for signal in neighbours.signals(store, tags)]


def test_a_store_of_the_same_stack_is_a_neighbour_and_one_elsewhere_is_not() -> None:
    assert rules(around(), resource("a"), STACK) == ["neighbours.stack"]
    assert rules(around(), resource("a"), {}) == []
    assert rules(around(), resource("a"), None) == []
    assert rules(around(), resource("a", region="eu-west-1"), STACK) == []
    assert rules(around(), resource("a", account="2"), STACK) == []


@pytest.mark.parametrize("name", ["arn:aws:x:eu-west-3:1:a", "a"])
def test_naming_each_other_counts_both_ways(name: str) -> None:
    user = replace(FHIR, ties=Ties(uses=(name,)))
    assert rules(around(user), resource("a")) == ["neighbours.named"]
    assert rules(around(), resource("a", ties=Ties(uses=(FHIR.id,)))) == ["neighbours.named"]
    assert rules(around(), resource("a", copies=(ObservedCopy(kind="replication", target=FHIR.id),))) == [
        "neighbours.named"
    ]


def test_a_name_counts_in_its_own_region_only() -> None:
    user = replace(FHIR, ties=Ties(uses=("a",)))
    assert rules(around(user), resource("a", region="eu-west-1")) == []


@pytest.mark.parametrize("kind", ["cluster", "resource_group", "vpc"])
def test_what_is_part_of_one_thing(kind: str) -> None:
    inside = Ties(within=((kind, "x-1"),))
    assert rules(around(replace(FHIR, ties=inside)), resource("a", ties=inside)) == [f"neighbours.{kind}"]
    assert rules(around(replace(FHIR, ties=inside)), resource("a", ties=Ties(within=((kind, "x-2"),)))) == []


@pytest.mark.parametrize(
    "health",
    [
        shown("name"),
        shown("service", "medium"),
        shown("neighbour"),
        shown("statement", "declaration"),
        shown("tag", "medium"),
    ],
)
def test_a_name_a_port_or_another_neighbour_is_not_passed_on(health: Health) -> None:
    assert rules(around(health=health), resource("a"), STACK) == []


def test_a_declaration_is_passed_on() -> None:
    assert rules(around(health=shown("tag", "declaration")), resource("a"), STACK) == ["neighbours.stack"]


def test_nothing_is_its_own_neighbour_and_what_keeps_nothing_has_none() -> None:
    store = resource("fhir")
    assert rules(around(store), store, STACK) == []
    assert rules(around(), resource("a", holds=Holds.PROCESSING), STACK) == []


def test_neighbours_however_many_are_one_family_and_fail_nothing() -> None:
    ties = Ties(uses=(FHIR.id,), within=(("vpc", "v"), ("cluster", "c")))
    found = around(replace(FHIR, ties=ties)).signals(resource("a", ties=ties), STACK)
    assert len(found) == 4 and {signal.family for signal in found} == {"neighbour"}
    assert {signal.strength for signal in found} == {"medium", "weak"}
    alone, _ = classify(names=["t-0042"], tags={}, type_="x.y", holds=Holds.CONTENT, others=found)
    with_a_name, _ = classify(names=["rdv"], tags={}, type_="x.y", holds=Holds.CONTENT, others=found)
    assert (alone.level, with_a_name.level) == (HealthLevel.POSSIBLE, HealthLevel.LIKELY)


def test_no_way_of_being_neighbours_is_a_strong_sign() -> None:
    assert set(table().neighbours.strength.values()) <= {"medium", "weak"}


def test_the_neighbour_that_is_named_does_not_depend_on_the_order() -> None:
    first, second = Neighbours(), Neighbours()
    servers = [resource(name, holds=Holds.CONFIG) for name in ("c", "a", "b")]
    for server in servers:
        first.add(server, STACK, shown())
    for server in reversed(servers):
        second.add(server, STACK, shown())
    assert first.signals(resource("z"), STACK) == second.signals(resource("z"), STACK)
    assert first.signals(resource("z"), STACK)[0].value.endswith(":a")
