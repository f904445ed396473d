"""The simulated AWS answers only what AWS could answer, and refuses what AWS would refuse."""

import http.client
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scanner.errors import UsageError
from tests.fixtures.aws import Aws


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def signed(aws: Aws, body: bytes, region: str = "eu-west-3", service: str = "kms", **headers: str) -> tuple[int, Any]:
    """A request by hand, so that it can say what boto3 would not."""
    connection = http.client.HTTPConnection("127.0.0.1", aws.process.port, timeout=5)
    scope = f"AWS4-HMAC-SHA256 Credential=123456789012/20261122/{region}/{service}/aws4_request, Signature=x"
    connection.request("POST", "/", body, {"Authorization": scope, **headers})
    response = connection.getresponse()
    answer = response.status, json.loads(response.read())
    connection.close()
    return answer


def test_a_given_answer_with_a_member_the_model_lacks_fails_loudly(aws: Aws) -> None:
    aws.expect_violations()
    aws.given("healthlake", "ListFHIRDatastores", {"DatastorePropertiesList": [], "Surprise": 1})
    with pytest.raises(ClientError) as error:
        aws.client("healthlake").list_fhir_datastores()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert "Surprise" in aws.violations()[0]


def test_a_given_answer_of_the_wrong_type_fails_loudly(aws: Aws) -> None:
    aws.expect_violations()
    aws.given("appflow", "ListFlows", {"flows": "none"})
    with pytest.raises(ClientError):
        aws.client("appflow").list_flows()
    assert "flows" in aws.violations()[0]


def test_a_request_parameter_the_model_lacks_fails_loudly(aws: Aws) -> None:
    aws.expect_violations()
    status, _ = signed(aws, b'{"Nonsense": 1}', **{"X-Amz-Target": "TrentService.DescribeCustomKeyStores"})
    assert status == 500
    assert "Nonsense" in aws.violations()[0]


def test_a_given_answer_reaches_the_client_of_the_region_and_parameters_it_is_for(aws: Aws) -> None:
    aws.given("appflow", "ListFlows", {"flows": [{"flowName": "a"}]}, region="eu-west-3", when={"maxResults": 5})
    assert aws.client("appflow").list_flows(maxResults=5)["flows"][0]["flowName"] == "a"
    assert aws.client("appflow").list_flows()["flows"] == []
    assert aws.client("appflow", "eu-central-1").list_flows(maxResults=5)["flows"] == []


def test_an_unknown_operation_gets_awss_own_error(aws: Aws) -> None:
    status, answer = signed(aws, b"{}", **{"X-Amz-Target": "TrentService.NoSuchThing"})
    assert (status, answer["__type"]) == (404, "UnknownOperationException")


def test_a_write_that_nothing_simulates_gets_awss_own_error(aws: Aws) -> None:
    with pytest.raises(ClientError) as error:
        aws.client("lightsail").create_disk(diskName="d", availabilityZone="eu-west-3a", sizeInGb=8)
    assert code(error) == "UnknownOperationException"


def test_an_unsigned_request_is_refused(aws: Aws) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", aws.process.port, timeout=5)
    connection.request("POST", "/", b"{}", {"X-Amz-Target": "TrentService.ListKeys"})
    assert connection.getresponse().status == 403
    connection.close()


def test_a_write_after_freeze_is_refused_and_remembered(aws: Aws) -> None:
    aws.expect_violations()
    aws.client("sqs").create_queue(QueueName="before")
    aws.freeze()
    with pytest.raises(ClientError) as error:
        aws.client("sqs").create_queue(QueueName="after")
    assert code(error) == "AccessDeniedException"
    assert aws.violations() == ["write after freeze: sqs:CreateQueue in eu-west-3"]
    assert [url.rpartition("/")[2] for url in aws.client("sqs").list_queues()["QueueUrls"]] == ["before"]


@pytest.mark.parametrize(
    ("service", "operation", "empty"),
    [
        ("appflow", "list_flows", {"flows": []}),
        ("connect", "list_instances", {"InstanceSummaryList": []}),
        ("lightsail", "get_disks", {"disks": []}),
        ("redshift", "describe_data_shares", {"DataShares": []}),
        ("keyspaces", "list_keyspaces", {"keyspaces": []}),
        ("eventbridgev2", "list_event_buses", {"EventBuses": []}),
        ("healthlake", "list_fhir_datastores", {"DatastorePropertiesList": []}),
        ("medical-imaging", "list_datastores", {"datastoreSummaries": []}),
        ("omics", "list_sequence_stores", {"sequenceStores": []}),
    ],
)
def test_a_list_of_an_unused_service_is_empty(aws: Aws, service: str, operation: str, empty: dict[str, Any]) -> None:
    answer = getattr(aws.client(service), operation)()
    answer.pop("ResponseMetadata")
    assert answer == empty


def test_a_question_about_one_thing_that_is_not_there_is_not_found(aws: Aws) -> None:
    with pytest.raises(ClientError) as error:
        aws.client("omics").get_sequence_store(id="1234567890")
    assert code(error) == "ResourceNotFoundException"


def test_a_service_that_was_never_turned_on_says_so(aws: Aws) -> None:
    with pytest.raises(ClientError) as error:
        aws.client("macie2").get_classification_export_configuration()
    assert "Macie is not enabled" in str(error.value)


def test_services_that_share_a_signing_name_are_told_apart(aws: Aws) -> None:
    aws.client("elb").describe_load_balancers()
    aws.client("elbv2").describe_load_balancers()
    aws.client("sesv2").list_email_identities()
    aws.client("bedrock-agent").list_agents()
    aws.client("s3").list_directory_buckets()
    assert aws.asked() == {
        "elb:DescribeLoadBalancers",
        "elbv2:DescribeLoadBalancers",
        "sesv2:ListEmailIdentities",
        "bedrock-agent:ListAgents",
        "s3:ListDirectoryBuckets",
    }


def test_accounts_and_regions_are_apart(aws: Aws) -> None:
    aws.client("sqs", account="111111111111").create_queue(QueueName="a")
    assert "QueueUrls" not in aws.client("sqs", account="222222222222").list_queues()
    assert "QueueUrls" not in aws.client("sqs", "eu-central-1", account="111111111111").list_queues()
    assert [line["account"] for line in aws.log()] == ["111111111111", "222222222222", "111111111111"]


def test_the_door_refuses_a_rule_it_does_not_understand(aws: Aws) -> None:
    with pytest.raises(UsageError, match="no_such_fault"):
        aws.faults({"fault": "no_such_fault"})
