"""Holds the catalog to botocore's models: would every call be sent, and would every path find something?"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, Shape

from scanner.providers.aws.catalog import Detail, ListCall, RetentionRule, State, Type
from tests.providers.aws.shapes import (
    NUMBERS,
    Anything,
    Document,
    Either,
    ListOf,
    MapOf,
    Scalar,
    UnresolvedError,
    Yield,
    alternatives,
    describe,
    element,
    member,
    of_shape,
    resolve,
)

_CONTEXT = Document(
    {
        "account": Scalar("string"),
        "region": Scalar("string"),
        "partition": Scalar("string"),
        "since": Scalar("timestamp"),
    }
)
_READING = re.compile(r"(List|Describe|Get|BatchGet|Search)(?=[A-Z0-9])|Search$")
_PAGING = {"nexttoken", "nextmarker", "marker", "nextpagetoken", "paginationtoken", "position", "continuationtoken"}

UNMODELLED_ERRORS = frozenset(
    {
        ("s3", "ServerSideEncryptionConfigurationNotFoundError"),
        ("s3", "ReplicationConfigurationNotFoundError"),
        ("s3", "NoSuchTagSet"),
        ("s3", "NoSuchLifecycleConfiguration"),
    }
)
"""Error codes from the S3 API reference; S3's model names only a few of its errors."""

FIRST_PAGE_SUFFICES = frozenset({("sagemaker", "DescribeFeatureGroup")})
"""Detail calls that page over something the catalog does not read: here, the names of the features."""

IRREGULAR_PERMISSIONS = {
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("s3", "ListDirectoryBuckets"): "s3express:ListAllMyDirectoryBuckets",
    ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
    ("s3", "GetBucketReplication"): "s3:GetReplicationConfiguration",
    ("s3", "GetBucketLifecycleConfiguration"): "s3:GetLifecycleConfiguration",
    ("s3", "ListBucketInventoryConfigurations"): "s3:GetInventoryConfiguration",
    ("keyspaces", "ListKeyspaces"): "cassandra:Select",
    ("keyspaces", "ListTables"): "cassandra:Select",
    ("keyspaces", "GetTable"): "cassandra:Select",
    ("apigateway", "GetRestApis"): "apigateway:GET",
    ("apigateway", "GetStages"): "apigateway:GET",
    ("apigatewayv2", "GetApis"): "apigateway:GET",
}
"""Where the action is not named after the operation (service authorization reference)."""

IRREGULAR_PREFIXES = {
    "cloudwatch": {"cloudwatch"},
    "s3": {"s3", "s3express"},
    "s3control": {"s3", "s3-outposts"},
}
"""Where the prefix of the actions is neither the signing name nor the endpoint prefix."""


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def _operations(service: str) -> dict[str, str]:
    try:
        model = _session().get_service_model(service)
    except UnknownServiceError:
        raise UnresolvedError(f"botocore has no service {service}") from None
    return {xform_name(name): name for name in model.operation_names}


@cache
def _paginated(service: str) -> frozenset[str]:
    loader = _session().get_component("data_loader")
    if "paginators-1" not in _kinds(service):
        return frozenset()
    return frozenset(loader.load_service_model(service, "paginators-1")["pagination"])


@cache
def _kinds(service: str) -> frozenset[str]:
    loader = _session().get_component("data_loader")
    return frozenset(kind for kind in ("paginators-1",) if service in loader.list_available_services(type_name=kind))


@cache
def operation(service: str, name: str) -> OperationModel:
    """botocore's model of a boto3 method; UnresolvedError if there is none."""
    operations = _operations(service)
    if name not in operations:
        raise UnresolvedError(f"{service} has no operation {name}")
    return _session().get_service_model(service).operation_model(operations[name])


def check(types: dict[str, Type]) -> list[str]:
    """Everything that is wrong, as `type: where: what`. Parents must come before the types listed under them."""
    problems: list[str] = []
    items: dict[str, Yield] = {}
    for type_ in types.values():
        checker = _Checker(type_, items)
        try:
            checker.run()
        except UnresolvedError as stop:
            checker.problems.append(f"list: {stop}")
        problems += [f"{type_.id}: {problem}" for problem in checker.problems]
    return problems


class _Checker:
    def __init__(self, type_: Type, items: dict[str, Yield]) -> None:
        self.type = type_
        self.items = items
        self.problems: list[str] = []
        self.known: dict[str, Yield] = {"ctx": _CONTEXT}

    def run(self) -> None:
        type_ = self.type
        if not re.fullmatch(r"[a-z0-9-]+\.[a-z0-9_]+", type_.id):
            self.fail("id", "is not <client>.<noun>")
        if type_.parent:
            if type_.parent not in self.items:
                raise UnresolvedError(f"the parent {type_.parent} is not in the catalog before it")
            self.known["parent"] = self.items[type_.parent]
        self.list_call(type_.list)
        for detail in type_.details:
            self.detail_call(detail)
        self.fields()
        self.encryption()
        self.places()
        self.finds()
        self.amounts()
        self.tags()
        if type_.availability and bool(type_.availability.only) == bool(type_.availability.except_):
            self.fail("availability", "says neither or both of only and except")

    def fail(self, where: str, what: str) -> None:
        self.problems.append(f"{where}: {what}")

    def path(self, where: str, expression: str, *allowed: type) -> Yield | None:
        """Resolve over the document; None after recording a problem."""
        try:
            found = resolve(expression, Document(self.known))
        except UnresolvedError as problem:
            self.fail(where, f"{expression}: {problem}")
            return None
        parts = found.sides if isinstance(found, Either) else (found,)
        for part in parts:
            if allowed and not isinstance(part, (*allowed, Anything)):
                self.fail(where, f"{expression}: yields a {describe(part)}")
                return None
        return found

    # calls

    def list_call(self, call: ListCall) -> None:
        model = operation(self.type.service, call.op)
        self.request("list", call, model)
        self.words(call, model)
        pages = model.name in _paginated(self.type.service)
        if call.paginator != pages:
            self.fail("list", f"paginator: botocore says {str(pages).lower()}")
        self.paging(call, model, pages)
        answer = of_shape(model.output_shape)
        found = resolve(call.items, answer)
        self.items[self.type.id] = self.known["item"] = element(found, "items")

    def words(self, call: ListCall, model: OperationModel) -> None:
        """Every word that the model knows is asked for: what is filed under another one would be missing."""
        for name, words in call.each.items():
            known = getattr(_members(model.input_shape).get(name), "enum", ())
            if sorted(words) != sorted(known):
                self.fail("list", f"each: {name} of {model.name} is one of {', '.join(known) or 'no words'}")

    def paging(self, call: ListCall, model: OperationModel, pages: bool) -> None:
        requests = _members(model.input_shape)
        if call.token:
            if call.token[0] not in requests:
                self.fail("list", f"token: {model.name} takes no {call.token[0]}")
            try:
                resolve(call.token[1], of_shape(model.output_shape))
            except UnresolvedError as problem:
                self.fail("list", f"token: {problem}")
        elif not pages:
            self.token_forgotten("list", model)

    def token_forgotten(self, where: str, model: OperationModel) -> None:
        answers = {name.lower() for name in _members(model.output_shape)}
        for name in _members(model.input_shape):
            if name.lower() in _PAGING and answers & _PAGING:
                self.fail(where, f"{model.name} pages by {name}, and no token is declared")

    def detail_call(self, call: Detail) -> None:
        where = f"details.{call.as_}"
        if call.as_ in self.known:
            self.fail(where, "the name is taken")
        if call.when:
            self.path(f"{where}.when", call.when)
        try:
            model = operation(self.type.service, call.op)
        except UnresolvedError as problem:
            self.fail(where, str(problem))
            self.known[call.as_] = Anything()
            return
        self.request(where, call, model)
        if call.paginator != (model.name in _paginated(self.type.service)):
            self.fail(where, f"paginator: botocore says {str(not call.paginator).lower()}")
        elif not call.paginator and (self.type.service, model.name) not in FIRST_PAGE_SUFFICES:
            self.token_forgotten(where, model)
        if call.batch and [isinstance(v, list) and "item" in str(v) for v in call.params.values()].count(True) != 1:
            self.fail(where, "batch: exactly one parameter must be the list of ids")
        self.known[call.as_] = of_shape(model.output_shape)

    def request(self, where: str, call: ListCall | Detail, model: OperationModel) -> None:
        if not _READING.match(model.name):
            self.fail(where, f"{model.name} is not named as a reading call")
        self.permission(where, call, model)
        shape = model.input_shape
        said = {*call.params, *(call.each if isinstance(call, ListCall) else ())}
        for name in shape.required_members if shape is not None else ():
            if name not in said:
                self.fail(where, f"{model.name} requires the parameter {name}")
        self.parameter(where, call.params, shape, "params")
        modelled = {shape.metadata.get("error", {}).get("code", shape.name) for shape in model.error_shapes}
        modelled |= {shape.name for shape in model.error_shapes}
        for code in call.absent:
            if code not in modelled and (self.type.service, code) not in UNMODELLED_ERRORS:
                self.fail(where, f"absent: {model.name} has no error {code}")

    def permission(self, where: str, call: ListCall | Detail, model: OperationModel) -> None:
        prefix = call.permission.partition(":")[0]
        service = model.service_model
        prefixes = IRREGULAR_PREFIXES.get(self.type.service, {service.signing_name, service.endpoint_prefix})
        if prefix not in prefixes:
            self.fail(
                where, f"permission: the actions of {self.type.service} start with {' or '.join(sorted(prefixes))}"
            )
        irregular = IRREGULAR_PERMISSIONS.get((self.type.service, model.name), f"{prefix}:{model.name}")
        express = call.permission.replace("s3express:", "s3:") if prefix == "s3express" else call.permission
        if irregular.lower() not in (call.permission.lower(), express.lower()):
            self.fail(where, f"permission: {model.name} needs {irregular}, not {call.permission}")

    def parameter(self, where: str, value: Any, shape: Shape | None, path: str) -> None:
        kind = shape.type_name if shape is not None else "structure"
        if isinstance(value, dict):
            if kind == "map":
                for name, inner in value.items():
                    self.parameter(where, inner, shape.value, f"{path}.{name}")  # type: ignore[union-attr]
                return
            if kind != "structure":
                self.fail(where, f"{path} is a {kind}, not a structure")
                return
            for name, inner in value.items():
                if name not in _members(shape):
                    self.fail(where, f"there is no parameter {path}.{name}")
                else:
                    self.parameter(where, inner, _members(shape)[name], f"{path}.{name}")
        elif isinstance(value, list):
            if kind != "list":
                self.fail(where, f"{path} is a {kind}, not a list")
                return
            for inner in value:
                self.parameter(where, inner, shape.member, f"{path}[]")  # type: ignore[union-attr]
        elif shape is not None:
            self.leaf(where, value, shape, path)

    def leaf(self, where: str, value: Any, shape: Shape, path: str) -> None:
        if not isinstance(value, str):
            self.fail(where, f"{path}: {value} is not an expression; quote it as `{value}`")
            return
        found = self.path(f"{where} {path}", value, Scalar)
        if not isinstance(found, Scalar):
            return
        kinds = {found.kind, shape.type_name}
        if len(kinds) > 1 and not kinds <= NUMBERS:
            self.fail(where, f"{path} = {value} is a {found.kind}, the model wants a {shape.type_name}")
        enum = getattr(shape, "enum", ())
        if found.literal and enum and found.enum[0] not in enum:
            self.fail(where, f"{path} = {value} is none of {', '.join(enum)}")

    # answers

    def fields(self) -> None:
        fields = self.type.fields
        for name in ("id", "arn", "name", "region", "country"):
            if expression := getattr(fields, name):
                self.path(f"fields.{name}", expression, Scalar)
        if self.type.zone:
            self.path("zone", self.type.zone, Scalar, ListOf)
        if self.type.default_when:
            self.path("default_when", self.type.default_when, Scalar)
        for name in re.findall(r"\{(.*?)\}", fields.arn_template):
            known = ("partition", "region", "account", "id", *(["parent"] if self.type.parent else []))
            if name not in known:
                self.fail("fields.arn_template", f"there is no {{{name}}}")

    def encryption(self) -> None:
        rule = self.type.encryption
        for purpose, expression in (("key", rule.key), *rule.other_keys.items()):
            if expression:
                self.path(f"encryption.{purpose}", expression, Scalar, ListOf)
        found = self.path("encryption.state", rule.state, Scalar, ListOf) if rule.state else None
        if bool(rule.state) != bool(rule.states):
            self.fail("encryption", "state and states belong together")
        if found is not None:
            self.states(found, rule.states)

    def states(self, found: Yield, states: dict[str, State]) -> None:
        parts = [part for part in alternatives(found) if isinstance(part, Scalar)]
        words: set[str] = set()
        for part in parts:
            words |= {"true", "false"} if part.kind == "boolean" else set(part.enum)
        closed = bool(parts) and all(part.kind == "boolean" or part.enum for part in parts)
        if not closed:
            return
        for word in states.keys() - words:
            self.fail("encryption.states", f"{word!r} is never the state; the model knows {', '.join(sorted(words))}")
        for word in words - states.keys():
            self.fail("encryption.states", f"the model also knows {word!r}")

    def places(self) -> None:
        for copy in self.type.copies:
            where = f"copies.{copy.kind}"
            for name, expression in (("to", copy.to), ("account", copy.account), ("key", copy.key)):
                if expression:
                    self.path(f"{where}.{name}", expression, Scalar, ListOf)
        for way in self.type.egress:
            found = self.path(f"egress.{way.kind}", way.to, Scalar, ListOf)
            for part in alternatives(found) if found is not None else ():
                if isinstance(part, Scalar) and part.enum:
                    self.inside(f"egress.{way.kind}", way.inside, part.enum)

    def inside(self, where: str, words: Iterable[str], enum: Iterable[str]) -> None:
        for word in sorted(set(words) - set(enum)):
            self.fail(where, f"{word!r} is never the value; the model knows {', '.join(sorted(enum))}")

    def finds(self) -> None:
        if finds := self.type.finds:
            for name in ("resources", "kinds", "aside", "words"):
                if expression := getattr(finds, name):
                    self.path(f"finds.{name}", expression, Scalar, ListOf)

    def amounts(self) -> None:
        if size := self.type.size:
            if [bool(size.bytes), bool(size.mib), bool(size.gib)].count(True) > 1:
                self.fail("size", "is given in more than one unit")
            if not any((size.bytes, size.mib, size.gib, size.items)):
                self.fail("size", "measures nothing")
            for name in ("bytes", "mib", "gib", "items"):
                if expression := getattr(size, name):
                    self.kind_of(f"size.{name}", expression, NUMBERS)
        if self.type.retention:
            self.retention(self.type.retention)

    def retention(self, rule: RetentionRule) -> None:
        if rule.value:
            self.kind_of("retention.value", rule.value, {"timestamp"} if rule.unit == "until" else NUMBERS)
        elif rule.forever or rule.absent != "forever" or rule.unit != "days":
            self.fail("retention", "a unit without a value")
        if rule.undetermined_when:
            self.path("retention.undetermined_when", rule.undetermined_when)

    def kind_of(self, where: str, expression: str, kinds: Iterable[str]) -> None:
        found = self.path(where, expression, Scalar, ListOf)
        for part in alternatives(found) if found is not None else ():
            if isinstance(part, Scalar) and part.kind not in kinds:
                self.fail(where, f"{expression}: is a {part.kind}")

    def tags(self) -> None:
        rule = self.type.tags
        if isinstance(rule, str):
            return
        found = self.path("tags", rule.path)
        if found is None or isinstance(found, Anything):
            return
        if rule.style == "map":
            if not isinstance(found, MapOf):
                self.fail("tags", f"a {describe(found)} does not fit the style map")
            return
        try:
            inside = element(found, "a tag style")
            for name in rule.style.split("/"):
                member(inside, name)
        except UnresolvedError as problem:
            self.fail("tags", str(problem))


def _members(shape: Shape | None) -> dict[str, Shape]:
    return dict(getattr(shape, "members", {}))
