"""A control as text: what it asks, what makes a pass, a fail or an unknown, which facts it reads, where it is from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scanner.policy.explain import ControlExplained, FactNeeded


def lines(explained: "ControlExplained", given: Mapping[str, Any], sets: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The whole control for people.

    `given` are the values of parameters that were given, by parameter, `sets` the countries of each set, by its name.
    """
    pack, control = explained.pack, explained.control
    yield f"{control.id}  {control.title}"
    article = "" if control.article == "-" else f"; {control.article}"
    yield f"  {pack.title}, {pack.edition}{article}"
    read = "was read there" if control.confirmed else "is not confirmed"
    yield f"  source: {pack.source} (as of {pack.as_of}; the point {read}; basis: {control.basis})"
    yield f"  {control.question}"
    yield f"  asked of {'each resource' if control.subject == 'resource' else 'the scan as a whole'}"
    yield f"  severity {control.severity.value}: {control.severity_reason}"
    yield f"  a pass needs: {control.pass_needs}"
    yield f"  a pass does not mean: {control.pass_does_not_mean}"
    usual = explained.usual
    yield f"  assurance: usually a pass is {usual.pass_.value}, a fail {usual.fail.value}"
    yield "  conditions"
    for condition in explained.conditions:
        yield f"    {condition.role:6}  {condition.name}: {' '.join(condition.expr.split())}   ({condition.where})"
    yield from (f"    {line}" for line in _decided(explained))
    yield from _settings(explained, given, sets)
    yield "  facts it reads:"
    for needed in explained.evidence_needed:
        yield f"    {needed.fact}: {needed.doc} ({needed.assurance}){_words(needed)}"
    yield f"  remediation: {control.remediation}"
    for reference in control.references:
        yield f"  see: {reference}"
    if control.note:
        yield f"  note: {control.note}"
    for said in (control.beside, pack.reading):
        if said:
            yield f"  to read beside it: {said}"


def _decided(explained: "ControlExplained") -> Iterator[str]:
    """How the conditions make a verdict, in the words of those that there are."""
    roles = [condition.role for condition in explained.conditions]
    matches, applies = ("match" in roles), ("every match is true and " if "match" in roles else "")
    if matches:
        yield "not applicable: a match is false"
    yield f"fail: {applies}an assert is false"
    doubted = ", and every doubt false" if "doubt" in roles else ""
    yield f"pass: {'every match and every assert' if matches else 'every assert'} is true{doubted}"
    part = "part of the scope" if explained.control.subject == "scan" else "a fact"
    yield f"unknown: anything else, as where {part} was not read"
    yield "unknown, too: what would pass, but rests on an entry of a table that is unconfirmed or out of date"


def _settings(
    explained: "ControlExplained", given: Mapping[str, Any], sets: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Parameters and sets of countries that its conditions name, with what they stand for."""
    named = list(explained.settings)
    for name, declared in explained.pack.parameters.items():
        if f"params.{name}" not in explained.settings:
            continue
        if name in given:
            value = f"{shown(given[name])} (given)"
        elif declared.default is None:
            value = "not set, and must be"
        else:
            value = f"{shown(declared.default)} (default)"
            named.append(str(declared.default))
        yield f"  {explained.pack.id}.{name} = {value}: {declared.doc}"
    for name, members in sets.items():
        if f"sets.{name}" in named:
            yield f"  sets.{name} = {shown(members)}"


def shown(value: str | int | bool | Sequence[str]) -> str:
    """The value of a setting for people."""
    return str(value) if isinstance(value, str | int) else ", ".join(value)


def _words(needed: "FactNeeded") -> str:
    if needed.fields:
        return f"; of each: {', '.join(needed.fields)}"
    return f"; one of {', '.join(needed.words)}" if needed.words else ""
