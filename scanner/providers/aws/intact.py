"""An answer that arrived whole and in its protocol, or a refusal.

botocore reads a JSON body that it cannot parse as an answer without members, and does not compare the length of a body
with the length announced. It takes an object for a list, and any XML for the XML of the operation, the page of a proxy
included. Each would turn a cut or foreign answer of status 200 into an empty list, which would be a pass.
See `BaseJSONParser._parse_body_as_json` in botocore/parsers.py.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from scanner.model import GapReason
from scanner.providers.aws.faults import Refused

_JSON = ("json", "rest-json")
_XML = ("query", "ec2", "rest-xml")


def check_intact(operation_model: Any, response_dict: Mapping[str, Any], **_: object) -> None:
    """Handler of botocore's `before-parse` event: raise Refused for a success that is cut short or is not JSON."""
    body = response_dict["body"]
    if response_dict["status_code"] >= 300 or not isinstance(body, bytes):
        return
    headers = response_dict["headers"]
    announced = str(headers.get("content-length", ""))
    if announced.isdigit() and "content-encoding" not in headers and len(body) < int(announced):
        raise Refused(GapReason.MALFORMED, f"the answer ended after {len(body)} of {announced} bytes")
    protocol = operation_model.service_model.resolved_protocol
    if not body and response_dict["status_code"] != 204 and _in_body(operation_model):
        raise Refused(GapReason.MALFORMED, "the answer is empty")
    if protocol in _JSON and body and not _payload(operation_model):
        _check_json(body, _document_shape(operation_model))
    elif protocol in _XML and body and not _payload(operation_model):
        _check_xml(body, operation_model.name if protocol != "rest-xml" else "")


def _payload(operation_model: Any) -> bool:
    """True when the body is not a document of members but one member's own bytes or text."""
    shape = operation_model.output_shape
    name = shape.serialization.get("payload") if shape is not None else None
    return bool(name) and shape.members[name].type_name in ("blob", "string")


def _in_body(operation_model: Any) -> bool:
    """True when something of the answer stands in its body, and so a body must be there."""
    shape = operation_model.output_shape
    members = shape.members.values() if shape is not None and operation_model.http["method"] != "HEAD" else ()
    return any("location" not in member.serialization for member in members) and not _payload(operation_model)


def _document_shape(operation_model: Any) -> Any:
    """Shape of what the body holds: that of the whole answer, or of the one member that is the body."""
    shape = operation_model.output_shape
    name = shape.serialization.get("payload") if shape is not None else None
    return shape.members[name] if name else shape


def _check_json(body: bytes, shape: Any) -> None:
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except msgspec.DecodeError:
        try:
            json.loads(body)  # more lenient, as botocore is: NaN, a byte order mark
        except ValueError as error:
            raise Refused(GapReason.MALFORMED, f"the answer is not JSON ({error})") from None
        return
    if shape is not None:
        _check_lists(msgspec.Raw(body), shape, "the answer")


def _check_lists(raw: msgspec.Raw, shape: Any, name: str) -> None:
    """What the model calls a structure is an object, and a list an array; what is inside a list is not looked at."""
    start = bytes(raw).lstrip()[:1]
    if start == b"n":
        return  # null
    wanted = {"structure": b"{", "list": b"["}.get(shape.type_name)
    if wanted is None or getattr(shape, "is_document_type", False):
        return
    if start != wanted:
        raise Refused(GapReason.MALFORMED, f"{name} is no {shape.type_name} as the model says")
    if shape.type_name != "structure":
        return
    inner = {member.serialization.get("name", key): member for key, member in shape.members.items()}
    for key, value in msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).items():
        if key in inner and "location" not in inner[key].serialization:
            _check_lists(value, inner[key], key)


_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")


def _check_xml(body: bytes, operation: str) -> None:
    """The outermost element is that of the operation's answer; without `operation`, at least that of no web page."""
    found = _ROOT.search(body)
    root = found[1].decode() if found else ""
    if (operation and root != f"{operation}Response") or root.lower() in ("html", "error"):
        raise Refused(GapReason.MALFORMED, f"the answer is <{root}> and none of {operation or 'this service'}")
