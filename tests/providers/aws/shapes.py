"""What a JMESPath expression yields over botocore's shapes, found without an answer.

JMESPath gives null for a field asked of a list or for a member that does not exist, so a misspelt path would read as
*nothing configured*. Here it is an error.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from botocore.model import Shape
from jmespath.exceptions import JMESPathError
from jmespath.parser import Parser


class UnresolvedError(Exception):
    """The expression cannot have the meaning it was written for."""


@dataclass(frozen=True)
class Anything:
    """A free-form document: any path is possible, none is proven."""


@dataclass(frozen=True)
class Scalar:
    kind: str
    """botocore's type name: string, integer, boolean, timestamp…"""
    enum: tuple[str, ...] = ()
    literal: bool = False


@dataclass(frozen=True)
class ListOf:
    element: "Yield"


@dataclass(frozen=True)
class MapOf:
    value: "Yield"


@dataclass(frozen=True)
class Object:
    shape: Shape


@dataclass(frozen=True)
class Document:
    members: "dict[str, Yield]"


@dataclass(frozen=True)
class Either:
    """The two sides of `a || b`."""

    sides: "tuple[Yield, ...]"


Yield = Anything | Scalar | ListOf | MapOf | Object | Document | Either

NUMBERS = frozenset({"integer", "long", "float", "double"})


def of_shape(shape: Shape | None) -> Yield:
    if shape is None:
        return Document({})
    if shape.type_name == "structure":
        return Anything() if getattr(shape, "is_document_type", False) else Object(shape)
    if shape.type_name == "list":
        return ListOf(_Lazy(shape.member))  # type: ignore[arg-type]
    if shape.type_name == "map":
        return MapOf(_Lazy(shape.value))  # type: ignore[arg-type]
    return Scalar(shape.type_name, tuple(getattr(shape, "enum", ())))


@dataclass(frozen=True)
class _Lazy:
    """An element not yet looked at: shapes may contain themselves."""

    shape: Shape


def _open(found: Any) -> Yield:
    return of_shape(found.shape) if isinstance(found, _Lazy) else found


def resolve(expression: str, over: Yield) -> Yield:
    """What `expression` yields over `over`; UnresolvedError when it can only yield null or is no JMESPath."""
    try:
        tree = Parser().parse(expression).parsed
    except JMESPathError as error:
        raise UnresolvedError(f"is not JMESPath: {error}") from None
    return _walk(tree, over)


def alternatives(found: Yield) -> tuple[Yield, ...]:
    """`found` taken apart: the sides of an either, the elements of a list."""
    found = _open(found)
    if isinstance(found, Either):
        return tuple(part for side in found.sides for part in alternatives(side))
    if isinstance(found, ListOf):
        return alternatives(found.element)
    return (found,)


def member(of: Yield, name: str) -> Yield:
    of = _open(of)
    if isinstance(of, Anything):
        return of
    if isinstance(of, Document):
        if name not in of.members:
            raise UnresolvedError(f"the document has no {name!r}, only {', '.join(sorted(of.members))}")
        return of.members[name]
    if isinstance(of, Object):
        if name not in of.shape.members:
            raise UnresolvedError(f"{of.shape.name} has no member {name!r}")
        return of_shape(of.shape.members[name])
    if isinstance(of, MapOf):
        return _open(of.value)
    if isinstance(of, Either):
        return _either(member(side, name) for side in of.sides)
    raise UnresolvedError(f"the field {name!r} is asked of a {describe(of)}")


def element(of: Yield, what: str) -> Yield:
    of = _open(of)
    if isinstance(of, Anything):
        return of
    if isinstance(of, ListOf):
        return _open(of.element)
    if isinstance(of, Either):
        return _either(element(side, what) for side in of.sides)
    raise UnresolvedError(f"{what} is applied to a {describe(of)}")


def _either(sides: Iterable[Yield]) -> Yield:
    each = tuple(part for side in sides for part in (side.sides if isinstance(side, Either) else (side,)))
    return each[0] if len(each) == 1 else Either(each)


def describe(found: Yield) -> str:
    found = _open(found)
    return found.kind if isinstance(found, Scalar) else type(found).__name__.lower().removesuffix("of")


def _of_literal(value: object) -> Yield:
    if isinstance(value, bool):
        return Scalar("boolean", literal=True)
    if isinstance(value, int):
        return Scalar("integer", literal=True)
    if isinstance(value, str):
        return Scalar("string", (value,), literal=True)
    if isinstance(value, list):
        return ListOf(_of_literal(value[0]) if value else Anything())
    return Anything()


def _walk(node: dict[str, Any], over: Yield) -> Yield:
    children: list[dict[str, Any]] = node.get("children", [])
    match node["type"]:
        case "identity" | "current":
            return over
        case "literal":
            return _of_literal(node["value"])
        case "field":
            return member(over, node["value"])
        case "subexpression" | "pipe" | "index_expression":
            for child in children:
                over = _walk(child, over)
            return over
        case "index":
            return element(over, "an index")
        case "slice":
            return ListOf(element(over, "a slice"))
        case "flatten":
            inner = element(_walk(children[0], over), "[]")
            return inner if isinstance(inner, ListOf) else ListOf(inner)
        case "projection":
            return ListOf(_walk(children[1], element(_walk(children[0], over), "a projection")))
        case "filter_projection":
            inner = element(_walk(children[0], over), "a filter")
            _walk(children[2], inner)
            return ListOf(_walk(children[1], inner))
        case "value_projection":
            return _values(_walk(children[0], over), children[1])
        case "or_expression":
            return _either(_walk(child, over) for child in children)
        case "and_expression":
            return [_walk(child, over) for child in children][-1]
        case "comparator":
            _compare(*(_walk(child, over) for child in children))
            return Scalar("boolean")
        case "not_expression":
            _walk(children[0], over)
            return Scalar("boolean")
        case "multi_select_list":
            return ListOf(_either(_walk(child, over) for child in children))
        case "function_expression":
            return _call(node["value"], [_walk(child, over) for child in children])
        case other:
            raise UnresolvedError(f"the JMESPath form {other} is not used in the catalog")


def _values(of: Yield, then: dict[str, Any]) -> Yield:
    of = _open(of)
    if isinstance(of, Anything):
        return ListOf(of)
    if isinstance(of, MapOf):
        return ListOf(_walk(then, _open(of.value)))
    raise UnresolvedError(f"* is applied to a {describe(of)}")


def _compare(left: Yield, right: Yield) -> None:
    """A word compared with an enumeration must be one of its words, else the comparison is always false."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Scalar) and one.literal and isinstance(other, Scalar) and other.enum and one.enum:
            _in_enum(one.enum[0], other)


def _in_enum(word: str, scalar: Scalar) -> None:
    if word not in scalar.enum:
        raise UnresolvedError(f"{word!r} is none of {', '.join(scalar.enum)}")


def _call(name: str, arguments: list[Yield]) -> Yield:
    match name:
        case "keys":
            if not isinstance(arguments[0], MapOf | Anything):
                raise UnresolvedError(f"keys() is applied to a {describe(arguments[0])}")
            return ListOf(Scalar("string"))
        case "contains" | "starts_with" | "ends_with":
            return Scalar("boolean")
        case "length":
            return Scalar("integer")
        case "to_number":
            return Scalar("double")
        case "sum":
            return element(arguments[0], "sum()")
        case "not_null":
            return _either(arguments)
    raise UnresolvedError(f"the function {name}() is not used in the catalog")
