"""Every word of health data that was collected counts as it should, and a word that only looks like one does not."""

from pathlib import Path

import pytest
from msgspec import Struct

from scanner.assess.health import classify
from scanner.assess.health_signs import image_signals, name_signals, port_signals
from scanner.model import HealthLevel, Holds
from scanner.strictyaml import load_file


class Tags(Struct, forbid_unknown_fields=True):
    keys: tuple[str, ...]
    values: tuple[str, ...]


class Services(Struct, forbid_unknown_fields=True):
    images: dict[str, tuple[str, ...]]
    no_images: tuple[str, ...]
    ports: dict[str, str]
    no_ports: tuple[str, ...]


class Words(Struct, forbid_unknown_fields=True):
    tags: dict[str, Tags]
    names: dict[str, tuple[str, ...]]
    traps: dict[str, tuple[str, ...]]
    services: Services


WORDS = load_file(Path(__file__).with_name("health_words.yaml"), Words).value
KEYS = [(language, key) for language, tags in WORDS.tags.items() for key in tags.keys]
VALUES = [(language, value) for language, tags in WORDS.tags.items() for value in tags.values]
LESS = {"hipaa": HealthLevel.LIKELY}
"""Values that are no declaration, because they come with templates of another country."""


def level(name: str = "x", tags: dict[str, str] | None = None) -> HealthLevel | None:
    return classify(names=[name], tags=tags or {}, type_="t", holds=Holds.CONTENT)[0].level


@pytest.mark.parametrize(("language", "key"), KEYS)
def test_every_key_classifies_however_it_is_written(language: str, key: str) -> None:
    for written in (key, key.upper(), key.replace("-", "_"), key.replace("-", " "), key.replace("-", ":")):
        assert level(tags={written: "health"}) is HealthLevel.DECLARED, (language, written)


@pytest.mark.parametrize(("language", "value"), VALUES)
def test_every_value_declares_under_a_key_and_only_hints_without_one(language: str, value: str) -> None:
    for written in (value, value.upper(), value.replace("-", "_"), f"pii, {value}"):
        assert level(tags={"data-classification": written}) is LESS.get(value, HealthLevel.DECLARED), language
    assert level(tags={"team": value}) is HealthLevel.POSSIBLE


@pytest.mark.parametrize(
    ("strength", "word"),
    [(strength, word) for strength, words in WORDS.names.items() for word in words if strength != "beside"],
)
def test_every_word_of_a_name_counts_with_its_strength_in_company(strength: str, word: str) -> None:
    written = word.replace("*", "x")
    for name in (f"prod-{written}-01", f"Prod_{written}", f"eu.{written.upper()}.v2"):
        found = {(sign.strength, sign.rule) for sign in name_signals([name], company=True)}
        assert (strength, f"names.{strength}.{word.replace('-', '')}") in found, name
    assert level(f"prod-{written}-01") in (HealthLevel.POSSIBLE, HealthLevel.NO_SIGNAL)


@pytest.mark.parametrize("word", WORDS.names["beside"])
def test_a_word_of_two_meanings_counts_beside_the_word_that_tells(word: str) -> None:
    for company in ("patient", "patients", "medicale", "medicaments"):
        assert any(sign.rule == f"names.beside.{word}" for sign in name_signals([f"{word}-{company}"]))


@pytest.mark.parametrize(
    ("meaning", "name"), [(meaning, name) for meaning, names in WORDS.traps.items() for name in names]
)
def test_a_trap_is_no_sign_by_itself(meaning: str, name: str) -> None:
    assert level(name) is HealthLevel.NO_SIGNAL, meaning


@pytest.mark.parametrize(
    ("known", "image"), [(known, image) for known, images in WORDS.services.images.items() for image in images]
)
def test_every_image_of_medical_software_is_known(known: str, image: str) -> None:
    assert image_signals([image]), known
    assert all(sign.strength == "strong" for sign in image_signals([image]))


@pytest.mark.parametrize("image", WORDS.services.no_images)
def test_an_image_that_only_sounds_like_it_is_not(image: str) -> None:
    assert image_signals([image]) == ()


def test_every_port_counts_with_its_strength_and_no_other_does() -> None:
    asked = [*WORDS.services.ports, *WORDS.services.no_ports]
    found = {sign.value: sign.strength for sign in port_signals(map(int, asked))}
    assert found == WORDS.services.ports
