"""How samples are worded: what was looked into, and never that nothing else is there."""

import re

import pytest
from msgspec.structs import replace

from scanner.cli.outputs import Manner, render
from scanner.model import HealthSignal
from scanner.model.document import Sampling
from scanner.model.sample import Sample
from scanner.report.resource import lines
from scanner.report.sampled import kinds, told
from tests.report.rendering import rendered
from tests.report.sample_scan import HEADER, RESOURCES, sample

SAMPLING = Sampling(
    budget=1_000_000,
    bytes=34_567,
    objects=23,
    opaque=2,
    stores=12,
    sampled=7,
    with_signs=2,
    already_known=1,
    beyond_budget=3,
    not_read=1,
)
NEVER = re.compile(r"(no|without|free of) health data|pas de données de santé", re.IGNORECASE)


def test_every_figure_is_told_and_the_rest_is_left_open() -> None:
    text = told(SAMPLING)
    for part in (
        "23 objects in 7 of 12 stores",
        "34567 of the 1000000 bytes",
        "2 of them showed a sign of health data",
        "5 showed none in the objects read, which says nothing of their other objects",
        "2 objects could not be told by their bytes",
        "1 that are known to hold health data, 3 that the budget did not reach, 1 that could not be read or are empty",
    ):
        assert part in text
    assert not NEVER.search(text)


@pytest.mark.parametrize("format_", ["table", "markdown"])
def test_the_headline_says_what_was_looked_into(format_: str) -> None:
    scan = sample(scan=replace(HEADER, sampling=SAMPLING))
    text = " ".join(rendered(scan, format_).decode().split())
    assert told(SAMPLING) in text
    assert kinds(SAMPLING) in text
    assert "Content was looked into" not in rendered(sample(), format_).decode()


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "in these objects, which says no more"), ("fr", "n’établit rien de plus")]
)
def test_the_page_says_it_in_both_languages(lang: str, words: str) -> None:
    page = b"".join(render(sample(scan=replace(HEADER, sampling=SAMPLING)), "html", Manner(lang=lang))).decode()
    (line,) = [line for line in page.splitlines() if words in line]
    assert all(number in line for number in ("23", "7", "12", "2", "5"))
    assert not NEVER.search(line)


@pytest.mark.parametrize("objects", [1, 5])
def test_a_resource_tells_how_many_objects_showed_nothing(objects: int) -> None:
    looked = replace(RESOURCES[1], sample=Sample(objects=objects, bytes=20, opaque=0))
    bare = replace(looked, health=replace(looked.health, signals=()))
    text = "\n".join(lines(bare, None, ()))
    assert f"no signature in the {objects} object" in text
    assert not NEVER.search(text)
    found = HealthSignal(family="content", strength="strong", value="DICOM in 1 of 5 sampled", rule="content.dicom")
    told_of = "\n".join(lines(replace(bare, health=replace(bare.health, signals=(found,))), None, ()))
    assert "no signature" not in told_of
    assert "strong sign by content: DICOM in 1 of 5 sampled" in told_of


def test_a_resource_of_which_no_object_was_read_showed_nothing_and_hid_nothing() -> None:
    looked = replace(RESOURCES[1], sample=Sample(objects=0, bytes=0, opaque=0))
    text = "\n".join(lines(replace(looked, health=replace(looked.health, signals=())), None, ()))
    assert "no object was read" in text
    assert "signature" not in text
