"""JMESPath over a resource's document, with the one question JMESPath itself cannot answer: was this ever read?

A path into an answer that was refused gives null, like a path to something that is not there. `Document.missing` tells
the two apart, from the names an expression starts at.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import jmespath
import msgspec
from jmespath.exceptions import JMESPathTypeError
from jmespath.parser import ParsedResult

from scanner.model import Gap, GapReason
from scanner.providers.aws.faults import Refused

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")


@cache
def compiled(expression: str) -> ParsedResult:
    return jmespath.compile(expression)


@cache
def _steps(expression: str) -> tuple[str, ...] | None:
    """The names of a plain path, which most expressions are and which needs no interpreter; None for others."""
    return tuple(expression.split(".")) if _PLAIN.fullmatch(expression) else None


@cache
def roots(expression: str) -> frozenset[str]:
    """Names of the document that an expression starts from: `item`, `ctx`, or the `as` of a detail call."""
    return frozenset(_roots(compiled(expression).parsed))


def _roots(node: Mapping[str, Any]) -> Iterator[str]:
    kind, children = node["type"], node.get("children", [])
    if kind == "field":
        yield node["value"]
    elif kind in ("subexpression", "pipe", "projection", "filter_projection", "value_projection", "index_expression"):
        # What follows the first child is read from its result, not from the document.
        yield from _roots(children[0])
    else:
        for child in children:
            yield from _roots(child)


def expressions_of(declared: Any) -> tuple[str, ...]:
    """Every text of a declaration, the expressions among them."""
    return tuple(_texts(msgspec.to_builtins(declared)))


def first_of(name: str, expressions: Iterable[str]) -> frozenset[str]:
    """The lists of the answer `name` of which the expressions read the first element: `clusters` of `x.clusters[0]`."""
    path = re.compile(rf"\b{re.escape(name)}\.(\w+)\[0\]")
    return frozenset(member for expression in expressions for member in path.findall(expression))


class Document:
    """What the calls about one resource answered, by name, and which of them were refused."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self.refused: dict[str, tuple[Refused, str, str]] = {}
        """By name of the answer: why, operation, permission."""

    def find(self, expression: str) -> Any:
        """The value of an expression, null where nothing is; Refused when an answer has another form than declared."""
        steps = _steps(expression)
        if steps is not None:
            value: Any = self.values
            for step in steps:
                value = value.get(step) if isinstance(value, dict) else None
            return value
        try:
            return compiled(expression).search(self.values)
        except JMESPathTypeError as error:
            # `keys(x)` of an x that is not there: JMESPath makes an error of it, and for us it is nothing.
            if error.actual_type == "null":
                return None
            raise Refused(GapReason.MALFORMED, f"the answer has another form than declared: {error}"[:300]) from error

    def text(self, expression: str) -> str:
        """The value as text, empty where nothing is."""
        found = self.find(expression) if expression else None
        return "" if found is None else str(found)

    def texts(self, expression: str) -> list[str]:
        """Every value of an expression as text, of lists and mappings each element; booleans in lower case."""
        return list(_texts(self.find(expression))) if expression else []

    def refusal_behind(self, expression: str) -> tuple[Refused, str, str] | None:
        """The first refused answer that an expression reads; None when all it reads was answered or never asked for."""
        return next((self.refused[name] for name in sorted(roots(expression)) if name in self.refused), None)

    def missing(self, fact: str, *expressions: str) -> tuple[Gap, ...]:
        """A gap on `fact` for every refused answer that one of the expressions reads."""
        names = {name for expression in expressions if expression for name in roots(expression)}
        return tuple(
            Gap(
                fact=fact,
                reason=refused.reason,
                detail=refused.detail,
                operation=operation,
                permission=refused.missing(permission),
            )
            for name, (refused, operation, permission) in self.refused.items()
            if name in names
        )


def _texts(value: Any) -> Iterator[str]:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, list):
        for element in value:
            yield from _texts(element)
    elif isinstance(value, dict):
        for element in value.values():
            yield from _texts(element)
    else:
        yield str(value)
