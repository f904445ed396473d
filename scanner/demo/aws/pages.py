"""Pages that never end: every answer carries the token that led to it."""

from collections.abc import Callable
from typing import Any

import jmespath
from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_pagination_model

from scanner.demo.aws.wire import Call

TOKEN = "the-same-page-again"
_USUAL = (("NextToken", "NextToken"), ("nextToken", "nextToken"), ("Marker", "Marker"), ("Marker", "NextMarker"))


class Repeats:
    """First pages by place, repeated for ever."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str, str], dict[str, Any]] = {}

    def page(self, call: Call, ordinary: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The first page of the list, saying that the same comes next."""
        key = (call.name, call.region, call.account)
        asked, told, more = _members(call)
        if call.params.get(asked) != TOKEN or key not in self._first:
            self._first[key] = ordinary()
        result = {**self._first[key], told: TOKEN}
        if more:
            result[more] = True
        return result


def _members(call: Call) -> tuple[str, str, str]:
    """Names of the token in the request, in the answer, and of the answer's "there is more" (or empty)."""
    rule = _paginators(call.service).get(call.operation)
    if rule:
        asked, told = rule["input_token"], rule["output_token"]
        asked = asked[0] if isinstance(asked, list) else asked
        told = told[0] if isinstance(told, list) else told
        told = str(jmespath.compile(told).parsed.get("value") or told.split(" ")[0])
        return asked, told, rule.get("more_results", "")
    given, answered = call.model.input_shape.members, call.model.output_shape.members
    for asked, told in _USUAL:
        if asked in given and told in answered:
            return asked, told, ""
    raise ValueError(f"{call.name} has no page token to repeat")


def _paginators(service: str) -> dict[str, Any]:
    try:
        return dict(get_pagination_model(service))
    except UnknownServiceError:  # some services have no paginators at all
        return {}
