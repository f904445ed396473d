"""What is kept of a resource until the types are listed that exist under it: there may be a hundred thousand."""

import re
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from scanner.providers.aws.catalog import Type
from scanner.providers.aws.expression import expressions_of, roots


def parent_members(parent: Type, children: Iterable[Type]) -> frozenset[str] | None:
    """Members of an item of `parent` that its children read, and its id; None for all of them.

    A declaration speaks of `parent.Name`, and a template of `{parent}`, which is the parent's id: an expression of the
    parent's own, about `item`.
    """
    read = [
        (text, "parent") for child in children for text in expressions_of(replace(child, notes="")) if "parent" in text
    ]
    members: set[str] = set()
    for text, name in [*read, (parent.fields.id, "item")]:
        members.update(re.findall(rf"\b{name}\.(\w+)", text))
        if name == "parent" and re.search(r"(?<!\{)\bparent\b(?!\.\w)", text):
            return None
    return frozenset(members) if roots(parent.fields.id) == {"item"} else None


def kept(item: Any, members: frozenset[str] | None) -> Any:
    """The item with these members only."""
    if members is None or not isinstance(item, dict):
        return item
    return {name: value for name, value in item.items() if name in members}
