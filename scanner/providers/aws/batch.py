"""One call about several resources: joining their requests, and telling which part of the answer is whose."""

from collections.abc import Mapping, Sequence
from typing import Any

from scanner.model import GapReason
from scanner.providers.aws.catalog import Type
from scanner.providers.aws.expression import expressions_of, first_of
from scanner.providers.aws.faults import Refused

Answer = dict[str, Any]


def merged(requests: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The request for a batch: where one resource gives a list of one id, the batch gives the list of all of them."""
    first = dict(requests[0])
    for member, value in requests[0].items():
        if isinstance(value, list) and any(request[member] != value for request in requests):
            first[member] = [element for request in requests for element in request[member]]
    return first


def shares(
    answer: Mapping[str, Any], requests: Sequence[Mapping[str, Any]], name: str, type_: Type
) -> list[Answer | Refused]:
    """What the answer to a batch says about each resource, as if it had been asked alone.

    AWS returns the elements in any order and leaves out the ones it does not find, so each is recognised by its id. A
    resource that is left out is gone; that is not the same as one of which nothing is configured.
    """
    ids = [_ids(request) for request in requests]
    asked = set().union(*ids)
    members = first_of(name, expressions_of(type_))
    lists = {member: value for member, value in answer.items() if _is_of_structures(value)}
    fields = {member: _id_field(value, asked) for member, value in lists.items()}
    if any(fields[member] is None for member in members if lists.get(member)):
        return [Refused(GapReason.MALFORMED, "the answer does not tell which element is whose")] * len(requests)
    found: list[Answer | Refused] = []
    for own in ids:
        share = dict(answer)
        for member, value in lists.items():
            share[member] = [element for element in value if str(element.get(fields[member])) in own]
        gone = any(not share.get(member) for member in members)
        found.append(
            Refused(GapReason.GONE, "listed, and not in the answer to the question about it") if gone else share
        )
    return found


def _ids(request: Mapping[str, Any]) -> set[str]:
    """The ids of one resource's request: the text in its lists (a constant word among them is no element's id)."""
    return {
        element
        for value in request.values()
        if isinstance(value, list)
        for element in value
        if isinstance(element, str)
    }


def _is_of_structures(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(element, dict) for element in value)


def _id_field(elements: Sequence[Mapping[str, Any]], asked: set[str]) -> str | None:
    """The member by which elements are told apart: in each of them one of the ids asked for, and in no two the same.

    A description or a branch may happen to be the name of another resource; it is not so in every element.
    """
    for field in elements[0] if elements else ():
        values = [str(element.get(field)) for element in elements]
        if len(set(values)) == len(values) and asked.issuperset(values):
            return field
    return None
