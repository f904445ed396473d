import time

import pytest
import requests
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError, ServiceRequestError

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.paging import PageSizes
from tests.demo.azure.clients import ALL_DISKS, Raw, ask, graph_client, resources_client
from tests.fixtures.azure import FIRST, StartArm, disks, subscription, world

LIST = f"/subscriptions/{FIRST}/resources"
GRAPH = "/providers/Microsoft.ResourceGraph/resources"
VERSION = "2025-04-01"


def test_a_rule_skips_then_applies_so_many_times(arm: StartArm) -> None:
    body = {"error": {"code": "InternalServerError", "message": "Encountered internal server error."}}
    rule = Fault(do="answer", path="*/RESOURCES", skip=1, times=2, status=500, body=body, headers={"x-rule": "1"})
    arm(world(subscription()), faults=[rule])
    raw = Raw()
    answers = [raw.get(LIST, VERSION) for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 500, 500, 200]
    assert answers[1].json() == body and answers[1].headers["x-rule"] == "1"


def test_a_rule_may_look_at_method_query_and_body_and_be_added_later(arm: StartArm) -> None:
    simulation = arm(world(subscription(*disks(1))))
    raw = Raw()
    simulation.faults.add(Fault(do="answer", method="POST", contains="SUMMARIZE", status=503, times=None))
    assert raw.query({"subscriptions": [FIRST], "query": ALL_DISKS}).status_code == 200
    assert raw.query({"subscriptions": [FIRST], "query": "resources | summarize count() by type"}).status_code == 503
    assert raw.get(LIST, VERSION).status_code == 200


def test_the_sdk_repeats_a_graph_query_after_503(arm: StartArm) -> None:
    rule = Fault(do="answer", path=GRAPH, status=503, headers={"Retry-After": "0"}, body={})
    simulation = arm(world(subscription(*disks(1))), faults=[rule])
    assert ask(graph_client(), ALL_DISKS).count == 1
    assert [entry.status for entry in simulation.log.matching("POST", GRAPH)] == [503, 200]


def test_a_connection_may_close_before_a_byte_is_sent(arm: StartArm) -> None:
    simulation = arm(world(subscription()), faults=[Fault(do="close", path=LIST, times=None)])
    with pytest.raises(AzureError, match=r"(?i)closed|reset|aborted|eof"):
        list(resources_client(retry_total=0).resources.list())
    assert simulation.log.entries[-1].status == 0


def test_half_a_body_is_announced_whole_and_ends_in_the_middle(arm: StartArm) -> None:
    arm(world(subscription(*disks(50))), faults=[Fault(do="half_body", path=LIST)])
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        Raw().get(LIST, VERSION)


def test_a_body_may_be_no_json(arm: StartArm) -> None:
    arm(world(subscription()), faults=[Fault(do="not_json", path=LIST)])
    answer = Raw().get(LIST, VERSION)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/html"
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_a_first_byte_may_be_late_and_may_never_come(arm: StartArm) -> None:
    rules = [Fault(do="slow", path=LIST, seconds=0.1), Fault(do="hang", path=LIST, seconds=30)]
    arm(world(subscription()), faults=rules)
    raw = Raw()
    started = time.monotonic()
    assert raw.get(LIST, VERSION).status_code == 200
    assert time.monotonic() - started >= 0.1
    with pytest.raises(requests.exceptions.ReadTimeout):
        raw.session.get(f"{raw.base}{LIST}?api-version={VERSION}", timeout=0.1)


def test_a_next_link_may_lead_to_another_host_and_the_sdk_follows_it(arm: StartArm) -> None:
    rule = Fault(do="foreign_next_link", path=LIST, host="attacker.example")
    simulation = arm(world(subscription(*disks(3))), faults=[rule], sizes=PageSizes(generic=2), violations=True)
    with pytest.raises(ServiceRequestError):
        list(resources_client(retry_total=0).resources.list())
    assert simulation.log.violations == ["CONNECT attacker.example:443"]


def test_a_page_may_lead_to_itself(arm: StartArm) -> None:
    rules = [
        Fault(do="repeat_skip_token", path=GRAPH, skip=1, times=None),
        Fault(do="repeat_skip_token", path=LIST, times=None),
    ]
    arm(world(subscription(*disks(30))), faults=rules, sizes=PageSizes(generic=10))
    client = graph_client()
    first = ask(client, ALL_DISKS, top=10)
    second = ask(client, ALL_DISKS, top=10, skip_token=first.skip_token)
    assert second.skip_token == first.skip_token
    raw = Raw()
    link = raw.get(LIST, VERSION).json()["nextLink"]
    assert raw.session.get(link, timeout=10).json()["nextLink"] == link


def test_a_token_may_expire_between_the_second_and_the_third_page(arm: StartArm) -> None:
    rule = Fault(do="expire_tokens", path=LIST, skip=1)
    simulation = arm(world(subscription(*disks(30))), faults=[rule], sizes=PageSizes(generic=10))
    with pytest.raises(ClientAuthenticationError, match="ExpiredAuthenticationToken"):
        list(resources_client().resources.list())
    assert [entry.status for entry in simulation.log.matching("GET", LIST)] == [200, 200, 401]


def test_a_conflict_may_meet_a_read(arm: StartArm) -> None:
    body = {"error": {"code": "ReadOnlyDisabledSubscription", "message": "The subscription is disabled."}}
    arm(world(subscription()), faults=[Fault(do="answer", path=LIST, status=409, body=body)])
    with pytest.raises(HttpResponseError, match="ReadOnlyDisabledSubscription"):
        list(resources_client().resources.list())
