"""An answer that arrived whole and in its protocol, or a refusal.

botocore reads a JSON body that it cannot parse as an answer without members, and does not compare the length of a body
with the length announced. Both turn a cut or foreign answer of status 200 into an empty list, which would be a pass.
See `BaseJSONParser._parse_body_as_json` in botocore/parsers.py.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from scanner.model import GapReason
from scanner.providers.aws.faults import Refused

_JSON = ("json", "rest-json")


def check_intact(operation_model: Any, response_dict: Mapping[str, Any], **_: object) -> None:
    """Handler of botocore's `before-parse` event: raise Refused for a success that is cut short or is not JSON."""
    body = response_dict["body"]
    if response_dict["status_code"] >= 300 or not isinstance(body, bytes):
        return
    headers = response_dict["headers"]
    announced = str(headers.get("content-length", ""))
    if announced.isdigit() and "content-encoding" not in headers and len(body) < int(announced):
        raise Refused(GapReason.MALFORMED, f"the answer ended after {len(body)} of {announced} bytes")
    if operation_model.service_model.resolved_protocol in _JSON and body and not _payload(operation_model):
        _check_json(body)


def _payload(operation_model: Any) -> bool:
    """True when the body is not a document of members but one member's own bytes or text."""
    shape = operation_model.output_shape
    name = shape.serialization.get("payload") if shape is not None else None
    return bool(name) and shape.members[name].type_name in ("blob", "string")


def _check_json(body: bytes) -> None:
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except msgspec.DecodeError:
        try:
            json.loads(body)  # more lenient, as botocore is: NaN, a byte order mark
        except ValueError as error:
            raise Refused(GapReason.MALFORMED, f"the answer is not JSON ({error})"[:300]) from None
