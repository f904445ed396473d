"""What a scan says of public statements, as text."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from scanner.report.columns import WIDTH, fold
from scanner.report.custody import CUSTODY
from scanner.report.text import printable

if TYPE_CHECKING:
    from scanner.model.claims import ClaimReading

_MOST_SHOWN = 6
_OPEN = ("not established", "not provable from infrastructure")
"""Readings after which it is worth knowing what would prove the statement."""
_MOST_TOLD = 4
_ATTESTATION = "attestation."
_FACTS = {
    "key.holder_country": "in which country the key is held",
    "key.holder_parent_country": "in which country the key holder's parent company has its seat",
    "key.holder_exposure": "which laws reach the key holder",
    "key.custody": "who can use the key",
    "encryption.state": "whether it is encrypted",
    "location.country": "in which country it is",
    "retention.days": "after how many days it is deleted",
    "retention.limited": "whether it is ever deleted",
    "content_not_examined": "what is in it; nobody looked into the content",
}
"""Facts in the words of somebody who does not write policies."""
_REASONS = {
    "not_declared": "no API shows it, and nobody has stated it",
    "invisible": "no API shows it",
    "denied": "the scan was refused it",
}


def lines(readings: "Sequence[ClaimReading]", width: int = WIDTH) -> Iterator[str]:
    """The answers, then a few lines a statement: what was said, what the account says, by which things, and what cannot
    be known. No line is longer than `width`."""
    for line in _told_of(readings, width):
        yield from fold(line, width)


def _told_of(readings: "Sequence[ClaimReading]", width: int) -> Iterator[str]:
    yield "WHAT WAS SAID, AND WHAT THE ACCOUNT SAYS"
    answers = max((len(reading.reading.value) for reading in readings), default=0)
    for reading in readings:
        yield from fold(
            f"  {reading.reading.value.upper():{answers}}  {printable(reading.statement)}", width, answers + 4
        )
    for reading in readings:
        yield ""
        yield f'  "{printable(reading.statement)}"   ({printable(reading.said)})'
        unknown = reading.speaks_of - reading.agree - reading.against_total
        counted = f"{reading.agree} agree, {reading.against_total} contradict, {unknown} not known"
        yield f"      {reading.reading.value.upper()}: of {reading.speaks_of} things it speaks of, {counted}"
        for example in reading.against[:_MOST_SHOWN]:
            what = f"{_words(example.reason)}{_told(example.reason, example.facts)}"
            resource = printable(example.resource)
            told = f"      against: {resource}: {what}"
            # Where there is no room for both, the id has a line of its own rather than being broken.
            yield from [told] if len(told) <= width else [f"      against: {what}", f"        {resource}"]
        if reading.against_total > _MOST_SHOWN:
            yield f"      … and {reading.against_total - _MOST_SHOWN} more"
        for what, count in list(reading.missing.items())[:_MOST_SHOWN]:
            fact, _, why = what.partition(": ")
            yield f"      not known for {count}: {_fact(fact)}{_because(why)}"
        if len(reading.missing) > _MOST_SHOWN:
            yield f"      … and {len(reading.missing) - _MOST_SHOWN} more that is not known"
        if reading.reading in _OPEN:
            yield f"      what would prove it: {printable(_lower(reading.would_prove))}"
        yield f"      even if it held, it would not mean: {printable(_lower(reading.does_not_mean))}"


def _words(slug: str) -> str:
    return printable(slug.replace("_", " ").replace("-", " "))


def _fact(fact: str) -> str:
    if fact.startswith(_ATTESTATION):
        return f"'{_words(fact.removeprefix(_ATTESTATION))}'"
    return printable(_FACTS.get(fact, fact))


def _because(reason: str) -> str:
    return f" ({_REASONS.get(reason) or printable(reason.replace('_', ' '))})" if reason else ""


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _told(reason: str, facts: dict[str, Any]) -> str:
    """The values that tell the most, short enough for a line."""
    parts: dict[str, int] = {}
    wanted = {"sent": "egress", "copied": "copies"}.get(reason.partition("_")[0])
    for fact, value in facts.items():
        if isinstance(value, list) and fact == wanted:
            for entry in value:
                told = printable(f"{entry.get('kind', fact)} {entry.get('operator') or ''} {_place(entry)}".strip())
                parts[told] = parts.get(told, 0) + 1
        elif fact in ("location.country", "key.custody", "encryption.state"):
            parts[CUSTODY.get(str(value), str(value))] = 1
    shown = [told if times == 1 else f"{told}, {times} times" for told, times in list(parts.items())[:_MOST_TOLD]]
    more = len(parts) - _MOST_TOLD
    return f" ({'; '.join([*shown, *([f'and {more} more'] if more > 0 else [])])})" if parts else ""


def _place(entry: dict[str, Any]) -> str:
    if entry.get("extent") == "worldwide":
        return "worldwide"
    return str(entry.get("country") or entry.get("parent_country") or entry.get("region") or "")
