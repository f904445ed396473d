"""The real SDKs, and bare HTTP over TLS, pointed at a simulation by its environment alone."""

import os
from typing import Any

import requests
from azure.identity import DefaultAzureCredential
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions

from tests.fixtures.azure import FIRST

SCOPE = "https://management.azure.com/.default"
ALL_DISKS = "resources | where type in~ ('Microsoft.Compute/disks') | project id, type, location | order by id asc"


def credential() -> DefaultAzureCredential:
    return DefaultAzureCredential(disable_instance_discovery=True)


def _arm(**more: Any) -> dict[str, Any]:
    return {"base_url": os.environ["AZURE_ARM_ENDPOINT"], "credential_scopes": [SCOPE], **more}


def subscriptions_client() -> SubscriptionClient:
    return SubscriptionClient(credential(), **_arm())


def resources_client(subscription_id: str = FIRST, **more: Any) -> ResourceManagementClient:
    return ResourceManagementClient(credential(), subscription_id, **_arm(**more))


def graph_client(**more: Any) -> ResourceGraphClient:
    return ResourceGraphClient(credential(), **_arm(**more))


def ask(
    client: ResourceGraphClient,
    query: str,
    subscriptions: list[str] | None = None,
    *,
    top: int = 1000,
    skip_token: str | None = None,
    result_format: str = "objectArray",
) -> Any:
    """One page of a query."""
    options = QueryRequestOptions(top=top, skip_token=skip_token, result_format=result_format)
    return client.resources(QueryRequest(subscriptions=subscriptions or [FIRST], query=query, options=options))


def ask_all(client: ResourceGraphClient, query: str, *, top: int = 1000) -> tuple[list[dict[str, Any]], int]:
    """All rows by following the skip token, and the number of pages."""
    rows, pages, token = [], 0, None
    while True:
        answer = ask(client, query, top=top, skip_token=token)
        rows += answer.data
        pages += 1
        token = answer.skip_token
        if token is None:
            return rows, pages


class Raw:
    """Bare requests with a token of the service principal; `version` is the api-version."""

    def __init__(self, *, audience: str = "https://management.azure.com") -> None:
        self.base = os.environ["AZURE_ARM_ENDPOINT"]
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {credential().get_token(f'{audience}/.default').token}"

    def get(self, path: str, version: str | None = None, **more: Any) -> requests.Response:
        parameters = {**({"api-version": version} if version else {}), **more}
        return self.session.get(f"{self.base}{path}", params=parameters, timeout=10)

    def query(self, body: dict[str, Any], version: str = "2022-10-01") -> requests.Response:
        path = f"/providers/Microsoft.ResourceGraph/resources?api-version={version}"
        return self.session.post(f"{self.base}{path}", json=body, timeout=10)


def error_code(response: requests.Response) -> str:
    """The code in an error body of Resource Manager."""
    code = response.json()["error"]["code"]
    assert isinstance(code, str)
    return code
