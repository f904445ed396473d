"""Reading members of a JSON body by path, without regard to letter case."""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.providers.azure.declaration import When


def values(body: Any, path: str) -> list[Any]:
    """Every value at `path`, in the order of the body; null and missing members give nothing.

    `[]` stands for each element of an array: `a.b[].c`.
    """
    return [value for value in _walk(body, path.replace("[]", ".[]").split(".")) if value is not None]


def text(body: Any, path: str) -> str:
    """The first non-empty value at `path` as text; empty when there is none. True and false in lower case."""
    for value in values(body, path) if path else ():
        written = str(value).lower() if isinstance(value, bool) else str(value)
        if written:
            return written
    return ""


def holds(body: Any, condition: When) -> bool:
    """Whether the member that `condition` names has one of its values."""
    wanted = {value.lower() for value in condition.values}
    found = {str(value).lower() for value in values(body, condition.path) if str(value)}
    return bool(found & wanted) if found else condition.absent


def undecided(body: Any, condition: When) -> str:
    """Why nobody can say whether a condition holds: a member that is missing, or a word that is not known. Or empty."""
    found = {str(value) for value in values(body, condition.path) if str(value)}
    if not found:
        return f"the answer has no '{condition.path}'" if condition.required else ""
    known = {value.lower() for value in (*condition.values, *condition.otherwise)}
    strange = sorted(value for value in found if value.lower() not in known)
    return f"'{condition.path}' is '{strange[0]}', which is not known" if condition.otherwise and strange else ""


def misshapen(body: Any, path: str) -> bool:
    """Whether something stands in the way of `path`: no object where it names a member, no array where it has `[]`.

    What is null or missing is not in the way. Without this a list that came as text would read as an empty one.
    """
    return bool(path) and _blocked(body, path.replace("[]", ".[]").split("."))


def _blocked(node: Any, steps: list[str]) -> bool:
    if node is None or not steps:
        return False
    step, rest = steps[0], steps[1:]
    if step == "[]":
        return not isinstance(node, list) or any(_blocked(element, rest) for element in node)
    if not isinstance(node, Mapping):
        return True
    return any(
        _blocked(value, rest) for name, value in node.items() if isinstance(name, str) and name.lower() == step.lower()
    )


def _walk(node: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield node
        return
    step, rest = steps[0], steps[1:]
    if step == "[]":
        for element in node if isinstance(node, list) else ():
            yield from _walk(element, rest)
    elif isinstance(node, Mapping):
        for name, value in node.items():
            if isinstance(name, str) and name.lower() == step.lower():
                yield from _walk(value, rest)
