"""Every copy and way out that the catalog declares, over HTTP, as far as region, country, account and operator."""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

import jmespath
import pytest
from botocore import xform_name
from botocore.model import OperationModel, Shape
from botocore.session import Session

from scanner.assess.copies import copies_of, egress_of
from scanner.facts.registry import shipped
from scanner.model import GapReason, ObservedResource
from scanner.model.records import Place
from scanner.providers.aws.call import Clients
from scanner.providers.aws.catalog import Type, load
from scanner.providers.aws.collector import AwsCollector, allowed, chosen_types, open_account
from scanner.providers.aws.expression import Document
from scanner.providers.aws.look import Plan
from scanner.providers.aws.session import Identity, identify, open_session
from scanner.providers.contract import Limits
from scanner.scan.work import references_of
from tests.fixtures.aws import ACCOUNT, REGION, Aws
from tests.providers.aws.ways import Example, examples

DECLARED = {id_: type_ for id_, type_ in load().types.items() if type_.copies or type_.egress}
BUCKET = "virginie"
"""In us-east-1 when a test begins; S3 tells where it is and not whose it is."""

KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
"""The key of every copy whose answer names one."""


@cache
def _signed_in() -> tuple[Session, Clients, Identity]:
    """Once a worker: each test has an account emptied, and the same credentials for it."""
    session = open_session("", "", "")
    clients = Clients(session, Limits(attempts=1), allowed(load()))
    return session, clients, identify(session, clients)


def _opened(type_: Type) -> AwsCollector:
    offered = _signed_in()[0].get_available_regions(type_.service) or [REGION]
    region = next(region for region in (REGION, "eu-west-1", "eu-west-2", "us-east-1") if region in offered)
    options = {"regions": (region,), "types": (type_.id,)}
    return open_account(*_signed_in(), load(), chosen_types(load(), options), options, Plan())


def _model(service: str, op: str) -> OperationModel:
    model = _signed_in()[0].get_service_model(service)
    return model.operation_model(next(name for name in model.operation_names if xform_name(name) == op))


def _answer(
    aws: Aws, service: str, op: str, value: Any, each: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> None:
    """Put an answer in, with whatever the operation's model demands beyond `value`; to one of the words in `each`."""
    # DocumentDB and Neptune are asked at the endpoint of RDS, and no request tells them apart.
    service = "rds" if service in ("docdb", "neptune") else service
    model = _model(service, op)
    aws.given(
        service, model.name, _filled(model.output_shape, value), when={name: words[-1] for name, words in each.items()}
    )
    if each:
        aws.given(service, model.name, _filled(model.output_shape, {}))


def _filled(shape: Shape, value: Any) -> Any:
    if isinstance(value, dict) and shape.type_name == "structure":
        needed = {name: shape.members[name] for name in shape.required_members if name not in value}
        return {
            **{
                name: _filled(shape.members[name], part) if name in shape.members else part
                for name, part in value.items()
            },
            **({} if getattr(shape, "is_tagged_union", False) else {n: _smallest(s) for n, s in needed.items()}),
        }
    if isinstance(value, dict) and shape.type_name == "map":
        return {name: _filled(shape.value, part) for name, part in value.items()}
    if isinstance(value, list) and shape.type_name == "list":
        return [_filled(shape.member, part) for part in value]
    return value


def _smallest(shape: Shape) -> Any:
    match shape.type_name:
        case "structure":
            return _filled(shape, {})
        case "list":
            return []
        case "map":
            return {}
        case "boolean":
            return False
        case "integer" | "long" | "float" | "double" | "timestamp":
            return 0
    return (getattr(shape, "enum", None) or ["x"])[0]


def _planted(path: str, item: Any) -> Any:
    """An answer in which the path to the list finds `item`: every path is names, an index of lists, or the whole."""
    parsed = jmespath.compile(path).parsed
    return _inverse(parsed, item)


def _inverse(node: dict[str, Any], value: Any) -> Any:
    children = node.get("children", [])
    match node["type"]:
        case "field":
            return {node["value"]: value}
        case "current" | "identity":
            return value
        case "subexpression":
            for child in reversed(children):
                value = _inverse(child, value)
            return value
        case "projection" | "filter_projection" | "flatten":
            return _inverse(children[0], [value] if node["type"] != "projection" else value)
        case "multi_select_list":
            return _inverse(children[0], value)
    raise AssertionError(f"no path to a list looks like {node['type']}")


def _tell(aws: Aws, type_: Type, example: Example) -> None:
    """Let the simulation answer as the example says, and the list of the type above as well."""
    if type_.parent:
        above = load().types[type_.parent]
        _answer(aws, above.service, above.list.op, _planted(above.list.items, example.answers["parent"]))
    _answer(aws, type_.service, type_.list.op, _planted(type_.list.items, example.answers["item"]), type_.list.each)
    for detail in type_.details:
        if detail.as_ in example.answers:
            _answer(aws, type_.service, detail.op, example.answers[detail.as_])


def _scanned(aws: Aws, type_: Type, example: Example) -> tuple[ObservedResource, dict[str, Place]]:
    """The resource, and where the second pass found what it points to."""
    _tell(aws, type_, example)
    collector = _opened(type_)
    records = [record for unit in collector.units() for record in collector.collect(unit)]
    (one,) = (record for record in records if isinstance(record, ObservedResource) and record.type == type_.id)
    for unit, mine in collector.resolution_units(sorted(references_of(one))):
        records += collector.resolve(unit, mine)
    return one, {record.target: record for record in records if isinstance(record, Place)}


@pytest.mark.parametrize("name", examples())
def test_what_a_type_declares_is_told_with_its_place_or_with_a_gap(aws: Aws, name: str) -> None:
    type_, example = DECLARED[name.split()[0]], examples()[name]
    aws.client("s3", "us-east-1").create_bucket(Bucket=BUCKET)
    one, places = _scanned(aws, type_, example)
    copies, copy_gaps = copies_of(one, places.get, shipped())
    ways, way_gaps = egress_of(one, shipped())
    assert copies is not None and ways is not None, one.gaps
    assert {f"{copy.kind} {copy.target}": _told(copy.region, copy.country, copy.account) for copy in copies} == (
        example.copies
    )
    assert {f"{way.kind} {way.target}": _told(way.operator, way.country, way.parent_country) for way in ways} == (
        example.egress
    )
    assert all(copy.operator == ("aws-emea" if copy.region else None) for copy in copies)
    unplaced = sum(copy.country is None for copy in copies) + sum(copy.account is None for copy in copies)
    assert (len(copy_gaps), len(way_gaps)) == (unplaced, sum(way.operator is None for way in ways))
    assert {copy.key for copy in copies} <= {"", KEY}
    assert any(copy.key for copy in copies) is any(rule.key for rule in type_.copies)


def _told(*words: str | None) -> str:
    return " ".join(word or "-" for word in words)


@pytest.mark.parametrize("id_", DECLARED)
def test_every_declaration_has_an_answer_that_makes_it_speak(id_: str) -> None:
    mine = [Document(dict(example.answers)) for name, example in examples().items() if name.split()[0] == id_]
    rules = (*DECLARED[id_].copies, *DECLARED[id_].egress)
    assert [rule.kind for rule in rules if not any(document.texts(rule.to) for document in mine)] == []


INSIDE: dict[str, dict[str, Any]] = {
    "apigateway.rest_api": {"item": {"id": "a1", "endpointConfiguration": {"types": ["REGIONAL"]}}},
    "bedrock-agent.knowledge_base": {
        "item": {"knowledgeBaseId": "KB00000001"},
        "kb": {"knowledgeBase": {"storageConfiguration": {"type": "OPENSEARCH_SERVERLESS"}}},
    },
    "codebuild.project": {"item": "p", "project": {"projects": [{"name": "p", "source": {"type": "NO_SOURCE"}}]}},
    "ec2.vpc_endpoint": {"item": {"VpcEndpointId": "vpce-0a1b2c3d", "ServiceName": "com.amazonaws.eu-west-3.s3"}},
    "ecs.task_definition": {
        "item": "rdv",
        "td": {"taskDefinition": {"containerDefinitions": [{"logConfiguration": {"logDriver": "awslogs"}}]}},
    },
    "glue.connection": {"item": {"Name": "c", "ConnectionType": "NETWORK"}},
    "sagemaker.labeling_job": {
        "item": {
            "LabelingJobName": "l",
            "WorkteamArn": f"arn:aws:sagemaker:eu-west-3:{ACCOUNT}:workteam/private-crowd/soins",
        }
    },
    "sns.subscription": {
        "item": {
            "SubscriptionArn": f"arn:aws:sns:eu-west-3:{ACCOUNT}:rappels:1",
            "Protocol": "sqs",
            "Endpoint": f"arn:aws:sqs:eu-west-3:{ACCOUNT}:rappels",
        }
    },
}


@pytest.mark.parametrize("id_", INSIDE)
def test_what_stays_with_aws_is_no_way_out(aws: Aws, id_: str) -> None:
    one, _ = _scanned(aws, DECLARED[id_], Example(answers=INSIDE[id_]))
    assert one.egress == ()


def test_a_word_that_the_catalog_does_not_know_is_a_way_out_to_nobody_known(aws: Aws) -> None:
    answers = {"item": {"Name": "c", "ConnectionType": "DOMO"}}
    one, _ = _scanned(aws, DECLARED["glue.connection"], Example(answers=answers))
    ways, gaps = egress_of(one, shipped())
    assert [(way.target, way.operator) for way in ways or ()] == [("DOMO", None)]
    assert [gap.reason for gap in gaps] == [GapReason.UNMAPPED]
