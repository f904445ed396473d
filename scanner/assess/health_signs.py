"""Signs of health data in names, tags, images and ports. Names are user-controlled text: data, never instructions."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from msgspec import Struct

from scanner.facts.health import table
from scanner.model import HealthSignal

_LETTERS = str.maketrans({"ø": "o", "œ": "oe", "æ": "ae", "ł": "l", "đ": "d", "ı": "i"})
_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LONGEST = 3
"""Most tokens of a name that may make up one word of the table."""
_SHORTEST_JOINED = 6
"""Fewest letters of a word put together from several tokens: `in-s` must not read as `ins`."""


class Reading(Struct, frozen=True, kw_only=True, gc=False):
    """What the tags of a resource say."""

    declared: bool = False
    denied: bool = False
    """A classification says that there is no health data."""
    likely: bool = False
    classification: str = ""
    """Value of the account's classification tag, normalised; empty when there is none."""
    signals: tuple[HealthSignal, ...] = ()


_NO_TAGS = Reading()


def fold(text: str) -> str:
    """Lower case, without accents: `Données de Santé` is `donnees de sante`."""
    return _bare(text).casefold().translate(_LETTERS)


def _bare(text: str) -> str:
    """Without accents."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def normal(text: str) -> str:
    """Folded, with one `-` between words: how tags are compared."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def tokens(name: str) -> tuple[str, ...]:
    """The words of a name, split on separators and case changes: `dossierPatient_v2` is dossier, patient, v2."""
    return tuple(re.findall(r"[a-z0-9]+", fold(_CASE.sub(" ", _bare(name)))))


def name_signals(names: Iterable[str], *, company: bool = False) -> tuple[HealthSignal, ...]:
    """Signs in names of a resource.

    An ambiguous word (`pacs`, `dmp`) counts only beside another word of the same name that is not ambiguous, or when
    `company` says that there is a strong or medium sign outside of names.
    """
    found: dict[tuple[str, str], HealthSignal] = {}
    for name in names:
        for signal in _name_signals(name, company):
            found.setdefault((signal.rule, signal.value), signal)
    return tuple(found[key] for key in sorted(found))


def _name_signals(name: str, company: bool) -> list[HealthSignal]:
    if fold(name).rstrip("/").endswith(table().traps.paths):
        name = name.rstrip("/").rpartition("/")[0]
    words = _without_phrases(tokens(name))
    ambiguous = table().traps.ambiguous
    hits = list(_hits(words))
    accompanied = company or any(word not in ambiguous for word, _, _ in hits)
    return [
        _signal("name", strength, name, rule) for word, strength, rule in hits if accompanied or word not in ambiguous
    ]


def _hits(words: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Every word of the table in a name: the word, its strength, and the rule that knew it."""
    exact, prefixes = _lexicon()
    for length in range(1, _LONGEST + 1):
        for start in range(len(words) - length + 1):
            word = "".join(words[start : start + length])
            if length > 1 and len(word) < _SHORTEST_JOINED:
                continue
            for form in dict.fromkeys((word, word.rstrip("0123456789"))):
                if form in exact:
                    yield form, exact[form], f"names.{exact[form]}.{form}"
            for prefix, strength in prefixes if length == 1 else ():
                if word.startswith(prefix):
                    yield f"{prefix}*", strength, f"names.{strength}.{prefix}*"
    for word, companions in table().names.beside.items():
        if word in words and any(_is_like(other, companions) for other in words if other != word):
            yield word, "strong", f"names.beside.{word}"


def _is_like(word: str, patterns: Iterable[str]) -> bool:
    return any(word.startswith(p[:-1]) if p.endswith("*") else word == p for p in patterns)


@cache
def _lexicon() -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    names = table().names
    words = [(w, s) for s in ("strong", "medium", "weak") for w in getattr(names, s)]
    exact = {w.replace("-", ""): s for w, s in words if not w.endswith("*")}
    return exact, tuple((w[:-1], s) for w, s in words if w.endswith("*"))


def _without_phrases(words: tuple[str, ...]) -> tuple[str, ...]:
    phrases = _phrases()
    kept: list[str] = []
    index = 0
    while index < len(words):
        length = next((n for n in (2, 1) if words[index : index + n] in phrases), 0)
        if not length:
            kept.append(words[index])
        index += length or 1
    return tuple(kept)


@cache
def _phrases() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split("-")) for phrase in table().traps.phrases)


def tag_reading(tags: Mapping[str, str]) -> Reading:
    """What the tags of a resource declare, deny or hint at."""
    if not tags:
        return _NO_TAGS
    signs = table().tags
    pairs = sorted((normal(key), value) for key, value in tags.items())
    values = {key: normal(value) for key, value in reversed(pairs)}
    found = [sign for key, value in pairs for sign in _tag_signs(key, value)]
    key = next((key for key in signs.keys if values.get(key)), "")
    # A flag says it with its key: `hds: oui` is the classification `hds`.
    classification = key if key in signs.flags and values[key] in signs.affirmative else values.get(key, "")
    return Reading(
        declared=any(signal.strength == "declaration" and not denies for signal, denies in found),
        denied=any(denies for _, denies in found),
        likely=any(signal.rule.startswith("tags.template") for signal, _ in found),
        classification=classification,
        signals=tuple(signal for signal, denies in found if not denies),
    )


def _tag_signs(key: str, value: str) -> Iterator[tuple[HealthSignal, bool]]:
    """Signs in one tag, and for each whether it denies health data instead."""
    signs = table().tags
    classifies = key in signs.keys
    shown = f"{key}={value}"
    whole = normal(value)
    parts = [whole, *(normal(part) for part in re.split(r"[,;+|/&]", value))]
    for part in dict.fromkeys(part for part in parts if part):
        if part in signs.health:
            strength = "declaration" if classifies else "medium"
            yield _signal("tag", strength, shown, f"tags.health.{part}"), False
        elif part in signs.template:
            if classifies:
                yield _signal("tag", "medium", shown, f"tags.template.{part}"), False
            else:
                yield _signal("tag", "weak", shown, f"tags.hint.{part}"), False
        elif part in signs.personal:
            yield _signal("tag", "weak", shown, f"tags.personal.{part}"), False
        elif classifies and part in signs.none:
            yield _signal("tag", "declaration", shown, f"tags.none.{part}"), True
    if key in signs.flags and whole in signs.affirmative:
        yield _signal("tag", "declaration", shown, f"tags.flags.{key}"), False
    if key in signs.denials and whole in signs.negative:
        yield _signal("tag", "declaration", shown, f"tags.denials.{key}"), True
    if key in signs.personal and whole in signs.affirmative:
        yield _signal("tag", "weak", shown, f"tags.personal.{key}"), False


def image_signals(images: Iterable[str]) -> tuple[HealthSignal, ...]:
    """Medical software by the names of its container images (registry, tag and digest are left out)."""
    found = []
    for image in sorted(set(images)):
        path = re.split(r"[@]", image, maxsplit=1)[0].rpartition("/")
        words = tokens(f"{path[0]} {path[2].split(':', 1)[0]}")
        for known in table().services.images:
            parts = tuple(known.split("-"))
            if any(words[i : i + len(parts)] == parts for i in range(len(words))) or "".join(parts) in words:
                found.append(_signal("service", "strong", image, f"services.images.{known}"))
    return tuple(found)


def port_signals(ports: Iterable[int]) -> tuple[HealthSignal, ...]:
    """Ports of medical protocols that something listens on."""
    services = table().services
    return tuple(
        _signal(
            "service", "medium" if str(port) in services.registered else "weak", str(port), f"services.ports.{port}"
        )
        for port in sorted(set(ports))
        if str(port) in services.ports
    )


def _signal(family: str, strength: str, value: str, rule: str) -> HealthSignal:
    return HealthSignal(family=family, strength=strength, value=value[:80], rule=rule)
