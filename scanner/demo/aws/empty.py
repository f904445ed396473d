"""What an account that does not use a service answers, derived from the operation's model.

moto answers about half of what lexloci asks. The rest must not look like an error of the provider's: AWS answers an
empty list, "not found" to a question about one thing, or, for services that must be switched on, the refusal kept in
`unused.yaml`.
"""

import fnmatch
import functools
import re
from importlib import resources
from typing import Any

from msgspec import Struct

from scanner.demo.aws.wire import AwsError, Call
from scanner.strictyaml import load

_READS = re.compile(r"^(List|Describe|Get|BatchGet|BatchDescribe|Search|Lookup|Head|Select|View|Query|Scan)")
_ACTS_NEVERTHELESS = re.compile(r"^Get(FederationToken|Password|.*Upload.*Url|GeneratedPolicy)")
_SIGN_IN = {"sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"}


class Unused(Struct, frozen=True, forbid_unknown_fields=True):
    """How a service that must be switched on first refuses an account that did not."""

    operations: str
    """`service:Operation`, with wildcards."""
    code: str
    message: str
    status: int
    source: str


class Setting(Struct, frozen=True, forbid_unknown_fields=True):
    """What an account-wide setting says as long as nobody has set it."""

    operation: str
    result: dict[str, Any]
    source: str


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    as_of: str
    unused: list[Unused]
    settings: list[Setting]


@functools.cache
def _words() -> _File:
    name = "unused.yaml"
    return load((resources.files(__package__) / name).read_text(encoding="utf-8"), name, _File).value


def is_read(call: Call) -> bool:
    """True for operations that change nothing; signing in counts as reading."""
    if call.name in _SIGN_IN:
        return True
    return bool(_READS.match(call.operation)) and not _ACTS_NEVERTHELESS.match(call.operation)


def empty_answer(call: Call) -> dict[str, Any]:
    """The smallest valid answer of the operation; AwsError where AWS refuses or finds nothing instead."""
    for setting in _words().settings:
        if setting.operation == call.name:
            return dict(setting.result)
    for rule in _words().unused:
        if fnmatch.fnmatchcase(call.name, rule.operations):
            raise AwsError(rule.code, rule.message, rule.status)
    if _asks_for_one(call):
        raise AwsError(_not_found_code(call), f"{call.operation}: the requested resource does not exist.", 404)
    shape = call.model.output_shape
    return {} if shape is None else _smallest(shape, top=True)


def _asks_for_one(call: Call) -> bool:
    """A list can be empty; a question about one named thing cannot."""
    given, answered = call.model.input_shape, call.model.output_shape
    if given is None or not given.required_members or call.operation.startswith(("List", "Search", "BatchGet")):
        return False
    lists = answered is not None and any(member.type_name == "list" for member in answered.members.values())
    return not (lists and call.operation.endswith("s"))


def _not_found_code(call: Call) -> str:
    names = [shape.name for shape in call.model.error_shapes]
    found: list[str] = [name for name in names if "NotFound" in name or "DoesNotExist" in name]
    return min(found, key=lambda name: (name != "ResourceNotFoundException", name), default="ResourceNotFoundException")


def _smallest(shape: Any, top: bool = False) -> Any:
    """Only what the model requires, and at the top also the empty lists and maps that AWS writes out."""
    match shape.type_name:
        case "structure":
            return {
                name: _smallest(member)
                for name, member in shape.members.items()
                if name in shape.required_members or (top and member.type_name in ("list", "map"))
            }
        case "list":
            return []
        case "map":
            return {}
        case "boolean":
            return False
        case "integer" | "long" | "float" | "double":
            return 0
        case "blob":
            return b""
        case "timestamp":
            return 0
    choices = getattr(shape, "enum", None) or [""]
    return choices[0]
