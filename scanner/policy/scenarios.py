"""A pack's own scenarios: facts, and the verdict that a control must give on them.

A fact that a scenario does not give is a gap, as it would be in a scan that could not read it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from scanner import strictyaml
from scanner.errors import SourceError
from scanner.model import Gap, GapReason, Status
from scanner.policy.check import CheckedControl, CheckedPack
from scanner.policy.conclusion import freeze
from scanner.policy.evaluate import Evaluator
from scanner.policy.outcome import Outcome
from scanner.policy.pack import ControlId, Name, ParameterValue, Sentence, Slug
from scanner.policy.parameters import Sets
from scanner.policy.schema import RECORDS, FactType, Provenance
from scanner.policy.subject import Subject
from scanner.shape import KEY, did_you_mean

EXPECTED = (Status.PASS, Status.FAIL, Status.UNKNOWN)
"""Verdicts of which every control should have a scenario."""


Facts = dict[str, Any]
"""Values by the names of the schema, as `resource.is_store: true`."""


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Facts, and the verdict that a control must give on them."""

    control: ControlId
    name: Sentence
    """What the facts are, in words."""
    on: str = ""
    """Which of the file's named facts to begin with."""
    given: Facts = {}
    """Facts with their values, over those of `on`."""
    without: tuple[str, ...] = ()
    """Facts of `on` that are gaps here."""
    unconfirmed: tuple[str, ...] = ()
    """Those of the facts that rest on an unconfirmed or outdated entry."""
    params: dict[Name, ParameterValue] = {}
    expect: Status
    because: str = ""
    """Reason code of the verdict, where it matters which condition decides."""


class ScenarioFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Scenarios of one pack."""

    pack: Sentence
    """Id of a shipped pack, or the path of a pack file from this file's folder."""
    facts: dict[Slug, Facts] = {}
    """Facts that several scenarios have in common, by a name."""
    scenarios: Annotated[tuple[Scenario, ...], Meta(min_length=1)]


class Departure(Struct, frozen=True, kw_only=True):
    """A scenario that gives another verdict than it should."""

    where: str
    """`file:line:column`."""
    scenario: Scenario
    found: Status
    reason: str
    missing: tuple[str, ...] = ()
    """Facts that an unknown verdict lacked."""

    def __str__(self) -> str:
        wanted = self.scenario.expect.value + (f" ({self.scenario.because})" if self.scenario.because else "")
        lacked = f"; missing: {', '.join(self.missing)}" if self.missing else ""
        return (
            f"{self.where}: {self.scenario.control}, {self.scenario.name}: expected {wanted}, "
            f"found {self.found.value} ({self.reason}{lacked})"
        )


def run(source: strictyaml.Source[ScenarioFile], pack: CheckedPack, sets: Sets) -> Iterator[Departure]:
    """Evaluate every scenario of a file; SourceError when one names what the pack or the schema does not have."""
    _check(source, pack)
    controls = {control.id: control for control in pack.controls}
    evaluators: dict[bytes, Evaluator] = {}
    for index, scenario in enumerate(source.value.scenarios):
        key = msgspec.json.encode(scenario.params, order="sorted")
        if key not in evaluators:
            evaluators[key] = Evaluator([pack], {pack.pack.id: _required(pack) | scenario.params}, sets)
        subject = _subject(scenario, _values(source.value, scenario), controls[scenario.control], pack)
        found = next(evaluators[key].evaluate(subject, only=frozenset({scenario.control})))
        departure = _departure(source.at("scenarios", index, "expect"), scenario, found)
        if departure is not None:
            yield departure


def lacking(pack: CheckedPack, scenarios: Sequence[Scenario]) -> dict[str, tuple[Status, ...]]:
    """Controls of a pack with the verdicts for which no scenario stands; complete controls are left out."""
    shown = {(scenario.control, scenario.expect) for scenario in scenarios}
    found = {
        control.id: tuple(status for status in EXPECTED if (control.id, status) not in shown)
        for control in pack.controls
    }
    return {control: statuses for control, statuses in found.items() if statuses}


def _check(source: strictyaml.Source[ScenarioFile], pack: CheckedPack) -> None:
    file = source.value
    problems = [
        problem for name, facts in file.facts.items() for problem in _of_facts(source, ("facts", name), facts, pack)
    ]
    for index in range(len(file.scenarios)):
        problems += _of_scenario(source, index, pack)
    if problems:
        raise SourceError(problems)


def _of_scenario(source: strictyaml.Source[ScenarioFile], index: int, pack: CheckedPack) -> Iterator[str]:
    scenario = source.value.scenarios[index]
    at = ("scenarios", index)
    ids = [control.id for control in pack.controls]
    if scenario.control not in ids:
        hint = did_you_mean(scenario.control, ids)
        yield f"{source.at(*at, 'control')}: the pack {pack.pack.id} has no control '{scenario.control}'{hint}"
    if scenario.on and scenario.on not in source.value.facts:
        hint = did_you_mean(scenario.on, source.value.facts)
        yield f"{source.at(*at, 'on')}: this file names no facts '{scenario.on}'{hint}"
        return
    yield from _of_facts(source, (*at, "given"), scenario.given, pack)
    for name in scenario.without:
        if name not in source.value.facts.get(scenario.on, {}):
            yield f"{source.at(*at, 'without')}: '{name}' is not among the facts of '{scenario.on}'"
    for name in scenario.unconfirmed:
        if name not in _values(source.value, scenario):
            yield f"{source.at(*at, 'unconfirmed')}: '{name}' is not among the facts given"
    for name in scenario.params:
        if name not in pack.pack.parameters:
            hint = did_you_mean(name, pack.pack.parameters)
            yield f"{source.at(*at, 'params', KEY, name)}: the pack {pack.pack.id} has no parameter '{name}'{hint}"


def _of_facts(
    source: strictyaml.Source[ScenarioFile], at: tuple[str | int, ...], facts: Facts, pack: CheckedPack
) -> Iterator[str]:
    known = pack.vocabulary.facts
    for name, value in facts.items():
        where = source.at(*at, KEY, name)
        if name not in known:
            yield f"{where}: there is no fact '{name}'{did_you_mean(name, known)}"
        elif freeze(value, known[name]) is None:
            words = f" ({', '.join(known[name].words)})" if known[name].words else ""
            yield f"{where}: {value!r} is no value of {name}, a {known[name].type}{words}"
        elif known[name].type == RECORDS:
            yield from (f"{where}: {problem}" for record in value for problem in _of_record(name, record, known[name]))


def _of_record(name: str, record: Mapping[str, Any], fact: FactType) -> Iterator[str]:
    for field, value in record.items():
        if field not in fact.fields:
            yield f"an entry of {name} has no field '{field}'{did_you_mean(field, fact.fields)}"
        elif not isinstance(value, str) or value not in fact.field_words.get(field, (value,)):
            yield f"{value!r} is no value of '{field}' in an entry of {name}"


def _values(file: ScenarioFile, scenario: Scenario) -> Facts:
    common = file.facts[scenario.on] if scenario.on else {}
    return {name: value for name, value in common.items() if name not in scenario.without} | scenario.given


def _required(pack: CheckedPack) -> dict[str, ParameterValue]:
    """Something for each parameter that has no default, so that scenarios that do not turn on it need not set it."""
    empty: dict[str, ParameterValue] = {"string": "", "int": 0, "bool": False, "list<string>": [], "list<country>": []}
    return {name: empty[one.type] for name, one in pack.pack.parameters.items() if one.default is None}


def _subject(scenario: Scenario, values: Facts, control: CheckedControl, pack: CheckedPack) -> Subject:
    gap = Gap(fact="", reason=GapReason.UNRESOLVED, detail="the scenario does not give it")
    known = pack.vocabulary.facts
    return Subject(
        kind=control.control.subject,
        id=scenario.name,
        values=values,
        missing={name: (gap,) for name in control.facts if name not in values},
        unconfirmed=frozenset(scenario.unconfirmed),
        provenance=lambda name: Provenance(source="scenario", assurance=known[name].assurance),
    )


def _departure(where: str, scenario: Scenario, found: Outcome) -> Departure | None:
    status = getattr(found, "status", Status.NOT_APPLICABLE)
    if status is scenario.expect and scenario.because in ("", found.reason):
        return None
    missing = tuple(dict.fromkeys(one.fact for one in getattr(found, "missing", ())))
    return Departure(where=where, scenario=scenario, found=status, reason=found.reason, missing=missing)
