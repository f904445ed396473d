"""Every departure of a document from its type, each with its path."""

from typing import Any

import msgspec
import pytest

from scanner.shape import KEY, departures, did_you_mean


class Leaf(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: str
    sure: bool = False


class Tree(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    leaves: tuple[Leaf, ...]
    by_name: dict[str, Leaf] = {}
    words: list[str] = []
    rest: int | None = None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"leaves": []}, []),
        ({}, [((), "Object missing required field `leaves`")]),
        ({"leaves": [], "lefs": 1}, [((KEY, "lefs"), "Object contains unknown field `lefs`")]),
        ({"leaves": {}}, [(("leaves",), "Expected `array`, got `object`")]),
        ({"leaves": [{"name": "a"}, {"name": 1}]}, [(("leaves", 1, "name"), "Expected `str`, got `int`")]),
        (
            {"leaves": [{"sure": "x"}, {"name": "a", "sur": True}]},
            [
                (("leaves", 0), "Object missing required field `name`"),
                (("leaves", 0, "sure"), "Expected `bool`, got `str`"),
                (("leaves", 1, KEY, "sur"), "Object contains unknown field `sur`; did you mean 'sure'?"),
            ],
        ),
        ({"leaves": [], "by_name": {"a": {}}}, [(("by_name", "a"), "Object missing required field `name`")]),
        ({"leaves": [], "words": ["a", 1]}, [(("words", 1), "Expected `str`, got `int`")]),
        ({"leaves": [], "rest": "x"}, [(("rest",), "Expected `int | null`, got `str`")]),
        ([], [((), "Expected `object`, got `array`")]),
    ],
)
def test_each_departure_is_told_with_its_path(raw: Any, expected: list[tuple[tuple[str | int, ...], str]]) -> None:
    found = list(departures(raw, Tree))
    assert [path for path, _ in found] == [path for path, _ in expected]
    for (_, message), (_, start) in zip(found, expected, strict=True):
        assert message.startswith(start)


@pytest.mark.parametrize(
    ("word", "expected"), [("heath", "; did you mean 'health'?"), ("zzz", ""), ("health", "; did you mean 'health'?")]
)
def test_the_nearest_known_word_is_suggested(word: str, expected: str) -> None:
    assert did_you_mean(word, ["health", "country"]) == expected
