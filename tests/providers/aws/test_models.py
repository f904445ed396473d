"""The SDK's models as we read them, against the SDK's own reading of them."""

import threading

import pytest
from botocore.loaders import Loader
from botocore.session import Session

from scanner.providers.aws.call import Clients
from scanner.providers.aws.catalog.declaration import ListCall
from scanner.providers.aws.expression import _PLAIN, Document, compiled
from scanner.providers.aws.models import ForgetfulLoader, operation_names
from scanner.providers.contract import Limits
from tests.fixtures.aws import REGION, Aws


@pytest.mark.parametrize("service", ["kms", "s3", "logs"])
def test_a_model_is_what_the_sdk_reads(service: str) -> None:
    assert ForgetfulLoader().load_service_model(service, "service-2") == Loader().load_service_model(
        service, "service-2"
    )


def test_the_names_of_operations_are_those_of_the_whole_model() -> None:
    services = ("ec2", "s3", "kms", "rds", "healthlake")
    loader = Loader()
    assert {service: set(operation_names(service)) for service in services} == {
        service: set(loader.load_service_model(service, "service-2")["operations"]) for service in services
    }


def test_models_of_services_long_past_are_forgotten() -> None:
    loader = ForgetfulLoader()
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
