import os

import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential, DefaultAzureCredential, ManagedIdentityCredential

from tests.demo.azure.clients import SCOPE, Raw, error_code, subscriptions_client
from tests.fixtures.azure import FIRST, TENANT, StartArm, subscription, world

VERSION = "2022-12-01"


def test_a_service_principal_signs_in_from_the_environment(arm: StartArm) -> None:
    arm(world(subscription()))
    assert [one.subscription_id for one in subscriptions_client().subscriptions.list()] == [FIRST]


def test_a_wrong_secret_is_refused_in_entra_words(arm: StartArm) -> None:
    simulation = arm(world(subscription()))
    wrong = ClientSecretCredential(
        TENANT,
        os.environ["AZURE_CLIENT_ID"],
        "another secret",
        authority=simulation.base,
        disable_instance_discovery=True,
    )
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        wrong.get_token(SCOPE)


def test_a_federated_assertion_signs_in_and_a_wrong_one_does_not(arm: StartArm) -> None:
    simulation = arm(world(subscription()))
    url = f"{simulation.base}/{TENANT}/oauth2/v2.0/token"
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ["AZURE_CLIENT_ID"],
        "scope": SCOPE,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    assert requests.post(url, data={**form, "client_assertion": "federated"}, timeout=10).status_code == 200
    assert requests.post(url, data={**form, "client_assertion": "forged"}, timeout=10).status_code == 401


def test_an_unknown_audience_gets_no_token(arm: StartArm) -> None:
    arm(world(subscription()))
    with pytest.raises(ClientAuthenticationError, match="AADSTS500011"):
        DefaultAzureCredential(disable_instance_discovery=True).get_token("https://graph.example/.default")


@pytest.mark.parametrize("kind", ["virtual machine", "app service"])
def test_managed_identity_gets_a_token_that_works(arm: StartArm, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    simulation = arm(world(subscription()))
    for name, value in simulation.managed_identity[kind].items():
        monkeypatch.setenv(name, value)
    token = ManagedIdentityCredential().get_token(SCOPE).token
    url = f"{simulation.base}/subscriptions?api-version={VERSION}"
    assert requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10).status_code == 200


def test_instance_metadata_wants_its_header(arm: StartArm) -> None:
    simulation = arm(world(subscription()))
    host = simulation.managed_identity["virtual machine"]["AZURE_POD_IDENTITY_AUTHORITY_HOST"]
    url = f"{host}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://management.azure.com"
    assert requests.get(url, timeout=10).json()["error"] == "bad_request_102"


def test_no_token_an_unknown_one_and_one_for_another_audience_are_three_refusals(arm: StartArm) -> None:
    simulation = arm(world(subscription()))
    url = f"{simulation.base}/subscriptions?api-version={VERSION}"
    none = requests.get(url, timeout=10)
    unknown = requests.get(url, headers={"Authorization": "Bearer x"}, timeout=10)
    foreign = Raw(audience="https://vault.azure.net").get("/subscriptions", VERSION)
    assert [one.status_code for one in (none, unknown, foreign)] == [401, 401, 401]
    assert error_code(none) == "AuthenticationFailed"
    assert error_code(unknown) == error_code(foreign) == "InvalidAuthenticationToken"
    assert "wrong audience" in foreign.json()["error"]["message"]
    assert 'error="invalid_token"' in none.headers["WWW-Authenticate"]
    assert f'authorization_uri="{simulation.base}/{TENANT}"' in none.headers["WWW-Authenticate"]


def test_a_token_expires_by_the_servers_clock(arm: StartArm) -> None:
    now = [1_000_000.0]
    arm(world(subscription()), clock=lambda: now[0], token_lifetime=600)
    raw = Raw()
    now[0] += 599
    assert raw.get("/subscriptions", VERSION).status_code == 200
    now[0] += 1
    late = raw.get("/subscriptions", VERSION)
    assert (late.status_code, error_code(late)) == (401, "ExpiredAuthenticationToken")


def test_the_clouds_metadata_needs_no_token_and_names_its_endpoints(arm: StartArm) -> None:
    simulation = arm(world(subscription()))
    body = requests.get(f"{simulation.base}/metadata/endpoints?api-version=2022-09-01", timeout=10).json()
    assert body["resourceManager"] == body["authentication"]["loginEndpoint"] == f"{simulation.base}/"
    assert "https://management.azure.com/" in body["authentication"]["audiences"]
    assert body["suffixes"]["keyVaultDns"] == "vault.azure.net"
    assert requests.get(f"{simulation.base}/metadata/endpoints?api-version=2015-01-01", timeout=10).status_code == 400
