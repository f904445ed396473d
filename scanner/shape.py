"""Every way in which a parsed document departs from its type, not only the first one.

msgspec stops at the first fault and names a list element only as `[...]`. A person who corrects a file wants all of
them, each with its own place; so when a conversion fails, the document is walked once more beside its type.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, get_args, get_origin

import msgspec

Steps = tuple[str | int, ...]
KEY = "<key>"
"""Last but one step of a path that means the key itself, not its value."""


def departures(raw: Any, type_: Any, path: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Path and description of each fault of `raw` as a `type_`, in the order of the type's fields."""
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct) and isinstance(raw, Mapping):
        yield from _struct(raw, type_, path)
        return
    origin, arguments = get_origin(type_), get_args(type_)
    if origin is dict and isinstance(raw, Mapping):
        for key, value in raw.items():
            yield from departures(value, arguments[1], (*path, key))
    elif origin in (list, tuple) and isinstance(raw, list) and (origin is list or arguments[1:] == (...,)):
        for index, value in enumerate(raw):
            yield from departures(value, arguments[0], (*path, index))
    else:
        try:
            msgspec.convert(raw, type_)
        except msgspec.ValidationError as error:
            yield path, str(error).partition(" - at `")[0] + _instead(raw, type_)


def _struct(raw: Mapping[str, Any], type_: type[msgspec.Struct], path: Steps) -> Iterator[tuple[Steps, str]]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(type_)}
    for key in raw:
        if key not in fields and type_.__struct_config__.forbid_unknown_fields:
            yield (*path, KEY, key), f"Object contains unknown field `{key}`{did_you_mean(key, fields)}"
    for name, field in fields.items():
        if name in raw:
            yield from departures(raw[name], field.type, (*path, name))
        elif field.required:
            yield path, f"Object missing required field `{name}`"


def _instead(raw: Any, type_: Any) -> str:
    """The words that could stand there, where they are few and fixed."""
    if not (isinstance(type_, type) and issubclass(type_, Enum) and isinstance(raw, str)):
        return ""
    words = [str(member.value) for member in type_]
    return did_you_mean(raw, words) or f"; one of {', '.join(words)}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'X'?` for the nearest known word, empty when none is near."""
    # Several words can differ in case alone; the first stands for them.
    by_lower = {one.lower(): one for one in reversed(list(known))}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean '{by_lower[near[0]]}'?" if near else ""
