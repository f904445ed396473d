"""Signs of health data in what discovery services found.

A type of health data from somebody who has seen the content confirms. A national number alone is `possible`, as a word
in a name is; so is a finding that somebody put aside. That nothing was found is no sign of anything.
"""

from collections.abc import Iterable, Iterator

from scanner.assess.health_signs import name_signals, normal
from scanner.facts.health import DiscoverySource, Vocabulary, table
from scanner.model import HealthSignal
from scanner.model.records import Discovery


def discovery_signals(found: Iterable[Discovery]) -> tuple[HealthSignal, ...]:
    """One sign for each thing found, with the first finding that says so; none for what is not in the table."""
    known = table().discovery
    signs: dict[tuple[str, str], HealthSignal] = {}
    for one in found:
        source = known.sources.get(one.source)
        for signal in _signals(one, source, known.vocabularies[source.vocabulary]) if source is not None else ():
            signs.setdefault((signal.rule, signal.strength), signal)
    return tuple(signs[key] for key in sorted(signs))


def _signals(one: Discovery, source: DiscoverySource, vocabulary: Vocabulary) -> Iterator[HealthSignal]:
    for kind in one.kinds:
        strength = vocabulary.strength(kind)
        if strength:
            yield _signal(one, strength, kind)
    for kind in one.aside:
        if vocabulary.strength(kind):
            yield _signal(one, "weak", f"{kind}.aside")
    for word in one.words:
        if normal(word) in table().tags.health:
            yield _signal(one, source.words, f"words.{normal(word)}")
        elif any(signal.strength != "weak" for signal in name_signals([word])):
            yield _signal(one, "weak", f"words.{normal(word)}"[:80])


def _signal(one: Discovery, strength: str, what: str) -> HealthSignal:
    rule = f"discovery.{one.source}.{what}"
    return HealthSignal(family="discovery", strength=strength, value=one.finding[:80], rule=rule)
