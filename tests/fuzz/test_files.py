"""Files of the user's with anything in them: read, or refused with the place; never a traceback."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.files import (
    OPTIONS,
    STATEMENTS,
    WAIVERS,
    a_pack,
    read_options,
    read_pack,
    read_statements,
    read_waivers,
)

READERS: dict[str, tuple[Callable[[str], str], str]] = {
    "pack": (read_pack, a_pack()),
    "options": (read_options, OPTIONS),
    "statements": (read_statements, STATEMENTS),
    "waivers": (read_waivers, WAIVERS),
}
_PIECES = st.sampled_from(
    [
        *(
            "null",
            "~",
            "no",
            "NO",
            "[]",
            "{}",
            "- ",
            ": ",
            "\t",
            "\x00",
            "é",
            "\ud800",
            "&a",
            "*a",
            "!!python/object:x",
        ),
        *(
            "2026-99-99",
            "1e999",
            "0x",
            "12:30",
            "|",
            ">",
            "'",
            '"',
            "#",
            "\n",
            "\n  ",
            "---\n",
            "<<: ",
            "? ",
            "sets.eea",
        ),
        *("9" * 40, "expr: ", "controls:", "a" * 300, "size(copies)", "data.health == 'x'", "{{", "%YAML 9.9\n"),
    ]
)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """`text` with pieces put in, cut out or doubled."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        middle = draw(_PIECES | st.just("") | st.just(text[start:end] * 2) | st.text(max_size=5))
        text = text[:start] + middle + text[end:]
    return text


@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_with_its_place(kind: str, data: st.DataObject) -> None:
    read, text = READERS[kind]
    read(data.draw(damaged(text)))


@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_is_refused_or_means_something(kind: str, text: str) -> None:
    READERS[kind][0](text)


@pytest.mark.parametrize("kind", READERS)
def test_what_the_damage_is_done_to_is_whole(kind: str) -> None:
    """Were it refused at its first line, the damage below would never be met."""
    read, text = READERS[kind]
    assert read(text) == ""
    assert read("a: [")
