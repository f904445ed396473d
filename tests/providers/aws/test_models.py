"""The SDK's models as we read them, against the SDK's own reading of them."""

import pytest
from botocore.loaders import Loader

from scanner.providers.aws.expression import _PLAIN, Document, compiled
from scanner.providers.aws.models import ForgetfulLoader


@pytest.mark.parametrize("service", ["kms", "s3", "logs"])
def test_a_model_is_what_the_sdk_reads(service: str) -> None:
    assert ForgetfulLoader().load_service_model(service, "service-2") == Loader().load_service_model(
        service, "service-2"
    )


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
