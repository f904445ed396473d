"""The SDK's models as we read them, against the SDK's own reading of them."""

import threading
from typing import Any

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.session import Session

from scanner.providers.aws.call import SIGN_IN, Clients
from scanner.providers.aws.catalog import load
from scanner.providers.aws.catalog.declaration import ListCall
from scanner.providers.aws.collector import allowed
from scanner.providers.aws.expression import _PLAIN, Document, compiled
from scanner.providers.aws.models import ForgetfulLoader, operation_names
from scanner.providers.contract import Limits
from tests.fixtures.aws import REGION, Aws

DECLARED = allowed(load()) | SIGN_IN


def described(operation: OperationModel) -> dict[str, Any]:
    """All that the SDK's reader of models knows of an operation, down to the last member, but its documentation."""
    shapes = {"input": operation.input_shape, "output": operation.output_shape}
    shapes |= {f"error {shape.name}": shape for shape in operation.error_shapes}
    raw = {name: value for name, value in operation._operation_model.items() if name != "documentation"}
    return raw | {place: shape and outline(shape, ()) for place, shape in shapes.items()}


def outline(shape: Shape, above: tuple[str, ...]) -> Any:
    if shape.name in above:
        return shape.name
    parts = {part: getattr(shape, part) for part in ("member", "key", "value") if hasattr(shape, part)}
    parts |= getattr(shape, "members", {})
    inner = {name: outline(part, (*above, shape.name)) for name, part in parts.items()}
    return shape.name, shape.type_name, shape.serialization, shape.metadata, inner


def test_of_a_model_the_declared_operations_are_read_and_no_other() -> None:
    loader = ForgetfulLoader(DECLARED)
    for service in {service for service, _ in DECLARED}:
        model = loader.load_service_model(service, "service-2")
        declared = {pair for pair in DECLARED if pair[0] == service}
        assert {(service, xform_name(name)) for name in model["operations"]} == declared
        # The SDK goes through all of them to understand a refusal, its own additions included.
        assert {shape.name for shape in ServiceModel(model, service).error_shapes} <= set(model["shapes"])
    assert ForgetfulLoader({("kms", "list_keys")}).load_service_model("sqs", "service-2")["operations"] == {}


@pytest.mark.parametrize("service", ["ec2", "s3", "kms", "rds", "logs", "eks", "timestream-query"])
def test_a_declared_operation_is_what_the_sdk_reads_of_it(service: str) -> None:
    whole = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    part = ServiceModel(ForgetfulLoader(DECLARED).load_service_model(service, "service-2"), service)
    assert part.metadata == whole.metadata
    assert part.client_context_parameters == whole.client_context_parameters
    for name in part.operation_names:
        assert described(part.operation_model(name)) == described(whole.operation_model(name))


def test_the_names_of_operations_are_those_of_the_whole_model() -> None:
    services = ("ec2", "s3", "kms", "rds", "healthlake")
    loader = Loader()
    assert {service: set(operation_names(service)) for service in services} == {
        service: set(loader.load_service_model(service, "service-2")["operations"]) for service in services
    }


def test_models_of_services_long_past_are_forgotten() -> None:
    loader = ForgetfulLoader({(service, "list_keys") for service in ("kms", "sqs", "sns", "logs", "sts")})
    read = []
    for service in ("kms", "sqs", "sns", "logs", "sts", "kms"):
        read.append(loader.load_service_model(service, "service-2"))
        loader.used(service)
    assert read[0] is not read[-1]
    assert loader.load_service_model("sts", "service-2") is read[4]


@pytest.mark.parametrize("expression", ["item", "item.Name", "item.Name.deeper", "item.List.x", "other", "none.x"])
def test_a_plain_path_is_walked_as_jmespath_does(expression: str) -> None:
    values = {"item": {"Name": "a", "List": [1], "None": None}, "none": None}
    assert _PLAIN.fullmatch(expression)
    assert Document(dict(values)).find(expression) == compiled(expression).search(values)


def test_the_file_of_a_paginator_is_not_read_while_another_thread_reads_or_forgets_a_model(aws: Aws) -> None:
    aws.client("sns").create_topic(Name="rappels")
    clients = Clients(Session(), Limits(attempts=1), {("sns", "list_topics")})
    client = clients.open("sns", REGION)
    call = ListCall(op="list_topics", permission="sns:ListTopics", items="Topics[]", paginator=True)
    pages: list[object] = []
    lister = threading.Thread(target=lambda: pages.extend(client.pages(call, {})))
    with clients.loader.lock:
        lister.start()
        lister.join(0.3)
        waits = lister.is_alive()
        asked = "sns:ListTopics" in aws.asked()
    lister.join(30)
    assert (waits, asked, len(pages)) == (True, False, 1)
