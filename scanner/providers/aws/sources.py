"""Which call answers which fact of a type: read from the catalog, for the evidence of a finding."""

from functools import cache

from botocore import xform_name

from scanner.providers.aws.catalog import Detail, ListCall, TagRule, Type, load
from scanner.providers.aws.expression import roots
from scanner.providers.aws.models import operation_names
from scanner.providers.aws.observe import TAGGING


@cache
def source(type_: str, fact: str) -> str:
    """The call as `service:Operation`; empty for a type that is not in the catalog."""
    declared = load().types.get(type_)
    if declared is None:
        return ""
    if fact == "tags" and declared.tags == "tagging_api":
        return TAGGING
    names = {name for expression in _expressions(declared, fact) if expression for name in roots(expression)}
    call = next((call for call in declared.details if call.as_ in names), declared.list)
    return f"{declared.service}:{_spelled(declared.service, call)}"


def _spelled(service: str, call: ListCall | Detail) -> str:
    """The operation as AWS spells it.

    That is the name of its permission for nearly every call; for the others the SDK's model of the service tells, which
    is megabytes to read.
    """
    name = call.permission.partition(":")[2]
    return name if xform_name(name) == call.op else _names(service).get(call.op, call.op)


@cache
def _names(service: str) -> dict[str, str]:
    return {xform_name(name): name for name in operation_names(service)}


def _expressions(type_: Type, fact: str) -> tuple[str, ...]:
    """The catalog's expressions behind a fact of the document."""
    rule = type_.encryption
    if fact.startswith(("encryption", "key")):
        return (rule.key, rule.state)
    if fact == "copies":
        return tuple(copy.to for copy in type_.copies)
    if fact == "egress":
        return tuple(way.to for way in type_.egress)
    if fact.startswith("retention") and type_.retention is not None:
        return (type_.retention.value, type_.retention.undetermined_when)
    if fact == "tags" and isinstance(type_.tags, TagRule):
        return (type_.tags.path,)
    return (type_.fields.id,)
