"""From bytes to a recognised call, and from an answer back to bytes, in each of AWS's protocols.

Routing, request parsing and answer writing are moto's own (`moto.core`), which derives them from botocore's service
models; errors and the CBOR protocol are written here. A request carries no service name: the SigV4 credential scope
gives a *signing* name that several services share (`rds` is also DocumentDB's and Neptune's), so the candidates of
`signing.services_of` are tried in turn.
"""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from botocore.parsers import RpcV2CBORParser, create_parser
from botocore.serialize import RpcV2CBORSerializer
from botocore.validate import ParamValidator, ValidationErrors
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request
from moto.core.serialize import get_serializer_class
from werkzeug.exceptions import NotFound

from scanner.demo.aws.models import router, service_model
from scanner.demo.aws.signing import services_of

CBOR = "smithy-rpc-v2-cbor"
REQUEST_ID = "00000000-0000-4000-8000-000000000000"

_SCOPE = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_CBOR_PATH = re.compile(r"^/service/([^/]+)/operation/([^/]+)$")


class AwsError(Exception):
    """An error as AWS states it; written in the protocol of the request that met it."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class StrictnessError(Exception):
    """The simulation itself is wrong: an answer or a request does not have the shape of botocore's model."""


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Call:
    """One recognised request."""

    service: str
    """boto3 client name."""
    operation: str
    region: str
    account: str
    access_key: str
    protocol: str
    model: Any = field(repr=False)
    """botocore's operation model."""
    params: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"


def credential_scope(headers: Mapping[str, str]) -> tuple[str, str, str] | None:
    """Access key id, region and signing name; None for an unsigned request."""
    match = _SCOPE.search(headers.get("Authorization", ""))
    return (match[1], match[2], match[3]) if match else None


def _second_version(request: Any) -> tuple[str, str, str] | None:
    """SimpleDB alone still signs with version 2, in the form itself and without a region: only its host has one."""
    key = request.values.get("AWSAccessKeyId", "") if request.values.get("SignatureVersion") == "2" else ""
    return (key, "us-east-1", "sdb") if key else None


def request_of(environ: Mapping[str, Any], body: bytes) -> Any:
    """moto's request object over a body that can be read again."""
    return Request({**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})


def recognise(environ: Mapping[str, Any], body: bytes, account_of: Any) -> Call | AwsError:
    """The call a request stands for, or the error AWS answers to a request it does not know."""
    request = request_of(environ, body)
    scope = credential_scope(request.headers) or _second_version(request) or _unsigned(body)
    if scope is None:
        return AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    access_key, region, signing = scope
    for service in services_of(signing, request.path):
        protocol = _protocol(request, service)
        matched = _operation(request, service, protocol) if protocol else None
        if matched is None:
            continue
        model, uri_params = matched
        if signing == "s3express" and model.name == "ListBuckets":
            # Both lists are `GET /`; AWS tells them apart by host, and only the signing name is left of that here.
            model = service_model(service).operation_model("ListDirectoryBuckets")
        return Call(
            service=service,
            operation=model.name,
            region=region,
            account=account_of(access_key),
            access_key=access_key,
            protocol=str(protocol),
            model=model,
            params=_parameters(request, body, model, str(protocol), uri_params),
        )
    return AwsError("UnknownOperationException", f"No operation of '{signing}' matches this request", 404)


def _unsigned(body: bytes) -> tuple[str, str, str] | None:
    """The scope of the one call that nobody signs: who has a token of another's signs in with that."""
    if b"Action=AssumeRoleWithWebIdentity&" not in body:
        return None
    return "0" * 12, "us-east-1", "sts"


class _Shape(ValidationErrors):  # type: ignore[misc] # the SDK is untyped
    """Members and types only: lengths and ranges are stated for what is sent, and AWS's own answers break them."""

    def report(self, name: str, reason: str, **more: Any) -> None:
        if reason not in ("invalid range", "invalid length"):
            super().report(name, reason, **more)


class _ShapeValidator(ParamValidator):  # type: ignore[misc]
    def validate(self, params: Any, shape: Any) -> Any:
        errors = _Shape()
        self._validate(params, shape, errors, name="")
        return errors


def check(value: Any, shape: Any, what: str) -> None:
    """Raise StrictnessError unless `value` has exactly the members and types of `shape`."""
    if shape is None:
        if value:
            raise StrictnessError(f"{what}: the model has no members, got {sorted(value)}")
        return
    report = _ShapeValidator().validate(value, shape)
    if report.has_errors():
        raise StrictnessError(f"{what}: {report.generate_report()}")


def written(call: Call, result: Mapping[str, Any]) -> Reply:
    """An answer on the wire, after checking it against the operation's output shape."""
    check(dict(result), call.model.output_shape, f"answer of {call.name}")
    if call.protocol == CBOR:
        return _cbor(dict(result), call.model.output_shape, 200)
    serializer = get_serializer_class(call.service, call.protocol)(call.model)
    response = serializer.serialize(dict(result))
    text = response["body"]
    headers = {name: str(value) for name, value in response["headers"].items()}
    headers["x-amzn-RequestId"] = REQUEST_ID
    return Reply(int(response["status_code"]), headers, text if isinstance(text, bytes) else text.encode())


def read(call: Call, reply: Reply) -> dict[str, Any]:
    """A successful answer of moto's as the client will see it, by botocore's own parser."""
    parser = create_parser(call.protocol)
    parsed = parser.parse(
        {"body": reply.body, "headers": dict(reply.headers), "status_code": reply.status}, call.model.output_shape
    )
    parsed.pop("ResponseMetadata", None)
    return dict(parsed)


def refused(error: AwsError, protocol: str, service: str = "") -> Reply:
    """An error on the wire, in the form of `protocol`; `s3` and `ec2` have forms of their own."""
    headers = {"x-amzn-RequestId": REQUEST_ID}
    code, message = escape(error.code), escape(error.message)
    if protocol == CBOR:
        reply = _cbor({"__type": error.code, "message": error.message}, None, error.status)
        return Reply(reply.status, {**headers, **reply.headers}, reply.body)
    if protocol in ("json", "rest-json"):
        headers["Content-Type"] = "application/x-amz-json-1.1" if protocol == "json" else "application/json"
        headers["x-amzn-ErrorType"] = error.code
        return Reply(error.status, headers, json.dumps({"__type": error.code, "message": error.message}).encode())
    headers["Content-Type"] = "text/xml"
    if protocol == "ec2":
        inner = f"<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        text = f"<Response>{inner}<RequestID>{REQUEST_ID}</RequestID></Response>"
    elif service == "s3":
        inner = f"<Code>{code}</Code><Message>{message}</Message><RequestId>{REQUEST_ID}</RequestId>"
        text = f"<Error>{inner}<HostId>{REQUEST_ID}</HostId></Error>"
    else:
        inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        text = f"<ErrorResponse>{inner}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    return Reply(error.status, headers, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode())


def likely_protocol(headers: Mapping[str, str], service: str) -> str:
    """The protocol to answer in when the operation was not recognised."""
    if headers.get("smithy-protocol"):
        return CBOR
    if headers.get("X-Amz-Target"):
        return "json"
    if headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        return "ec2" if service == "ec2" else "query"
    return "rest-xml" if service in ("s3", "cloudfront", "route53") else "rest-json"


def _protocol(request: Any, service: str) -> str:
    """Which of the service's protocols the request is written in; empty when none."""
    metadata = service_model(service).metadata
    spoken = metadata.get("protocols") or [metadata["protocol"]]
    if request.headers.get("smithy-protocol"):
        return CBOR if CBOR in spoken else ""
    if request.headers.get("X-Amz-Target"):
        return "json" if "json" in spoken else ""
    if request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded") and service != "s3":
        return next((name for name in ("query", "ec2") if name in spoken), "")
    return next((name for name in ("rest-json", "rest-xml") if name in spoken), "")


def _operation(request: Any, service: str, protocol: str) -> tuple[Any, dict[str, Any]] | None:
    model = service_model(service)
    if protocol == CBOR:
        path = _CBOR_PATH.match(request.path)
        named = path and path[1] == model.metadata.get("targetPrefix") and path[2] in model.operation_names
        return (model.operation_model(path[2]), {}) if path and named else None
    if protocol in ("query", "ec2") and request.values.get("Version") != model.api_version:
        return None
    try:
        found: tuple[Any, dict[str, Any]] = router(service).match(request)
    except NotFound:
        return None
    return found


def _parameters(request: Any, body: bytes, model: Any, protocol: str, uri_params: dict[str, Any]) -> dict[str, Any]:
    if model.input_shape is None:
        return {}
    if protocol == CBOR:
        parser = RpcV2CBORParser()
        return dict(parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))) if body else {}
    if protocol == "json":
        _known_members(body, model)
    parsed = PROTOCOL_PARSERS[protocol](model).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": uri_params,
        }
    )
    return {name: value for name, value in parsed.items() if value is not None}


def _known_members(body: bytes, model: Any) -> None:
    """moto's parser drops members it does not know; AWS refuses some and ignores others, a test should see all."""
    given = json.loads(body or b"{}")
    unknown = sorted(set(given) - {s.serialization.get("name", n) for n, s in model.input_shape.members.items()})
    if unknown:
        raise StrictnessError(f"request {model.name}: unknown parameters {unknown}")


def _cbor(value: dict[str, Any], shape: Any, status: int) -> Reply:
    serialized = bytearray()
    serializer = RpcV2CBORSerializer()
    if shape is None:
        serialized += _cbor_text_map(value)
    else:
        serializer._serialize_data_item(serialized, value, shape)
    headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
    return Reply(status, headers, bytes(serialized))


def _cbor_text_map(value: Mapping[str, str]) -> bytes:
    """A map of a few short strings in CBOR (RFC 8949, 3.1), for errors, which have no shape in the models."""
    encoded = bytearray([0xA0 | len(value)])
    for text in (part for item in value.items() for part in item):
        raw = text.encode()
        encoded += bytes([0x79]) + len(raw).to_bytes(2, "big") + raw
    return bytes(encoded)
