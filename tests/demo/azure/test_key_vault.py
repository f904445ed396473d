import pytest
import requests

from scanner.demo.azure.world import Key, Resource
from tests.demo.azure.clients import Raw, error_code
from tests.fixtures.azure import FIRST, OTHER_TENANT, TENANT, StartArm, resource_id, subscription, tenant, world

PREVIEW = "2026-01-01-preview"
GENERATED = Key(name="generated", kty="RSA-HSM", size=3072, platform="2", versions=["a1", "a2"])
IMPORTED = Key(name="imported", kty="RSA-HSM", size=3072, platform="2", versions=["a1", "a2"], origin="imported")
EXTERNAL = Key(name="external", kty="RSA-HSM", versions=["e1"], external_key="key-in-paris")


def vault(*keys: Key, name: str = "keys", data_plane: str = "full") -> Resource:
    uri = f"https://{name}.vault.azure.net/"
    return Resource(
        type="Microsoft.KeyVault/vaults",
        name=name,
        location="francecentral",
        properties={"vaultUri": uri, "sku": {"family": "A", "name": "premium"}},
        keys=list(keys),
        data_plane=data_plane,  # type: ignore[arg-type]
    )


def managed_hsm(*keys: Key, manager: dict[str, str] | None = None) -> Resource:
    return Resource(
        type="Microsoft.KeyVault/managedHSMs",
        name="hsm",
        location="francecentral",
        properties={"hsmUri": "https://hsm.managedhsm.azure.net/"},
        keys=list(keys),
        data_plane="full",
        external_key_manager=manager,
    )


def read(url: str, version: str, raw: Raw) -> requests.Response:
    return raw.session.get(url, params={"api-version": version}, timeout=10)


def test_a_first_request_without_a_token_is_challenged(arm: StartArm) -> None:
    simulation = arm(world(subscription(vault(GENERATED), managed_hsm())))
    first = requests.get("https://keys.vault.azure.net/keys?api-version=7.6", timeout=10)
    assert first.status_code == 401
    expected = f'Bearer authorization="{simulation.base}/{TENANT}", resource="https://vault.azure.net"'
    assert first.headers["WWW-Authenticate"] == expected
    second = requests.get("https://hsm.managedhsm.azure.net/keys?api-version=7.6", timeout=10)
    assert 'resource="https://managedhsm.azure.net"' in second.headers["WWW-Authenticate"]


def test_a_token_for_resource_manager_does_not_open_a_vault(arm: StartArm) -> None:
    arm(world(subscription(vault(GENERATED))))
    assert read("https://keys.vault.azure.net/keys", "7.6", Raw()).status_code == 401


def test_a_vault_of_another_tenant_refuses_the_token(arm: StartArm) -> None:
    other = subscription(vault(GENERATED), tenant_id=OTHER_TENANT)
    arm(world(other, tenants=(tenant(), tenant(OTHER_TENANT))))
    raw = Raw(audience="https://vault.azure.net")
    refused = read("https://keys.vault.azure.net/keys", "7.6", raw)
    assert refused.status_code == 401 and "AKV10032" in refused.text


def test_reading_keys_without_the_role_is_forbidden(arm: StartArm) -> None:
    arm(world(subscription(vault(GENERATED, data_plane="denied"))))
    raw = Raw(audience="https://vault.azure.net")
    refused = read("https://keys.vault.azure.net/keys", "7.6", raw)
    assert (refused.status_code, error_code(refused)) == (403, "Forbidden")


def test_the_hsm_platform_is_a_string_in_list_and_get_of_newer_versions(arm: StartArm) -> None:
    arm(world(subscription(vault(GENERATED))))
    raw = Raw(audience="https://vault.azure.net")
    listed = read("https://keys.vault.azure.net/keys", "7.6", raw).json()["value"]
    assert listed[0]["kid"] == "https://keys.vault.azure.net/keys/generated"
    assert listed[0]["attributes"]["hsmPlatform"] == "2"
    one = read("https://keys.vault.azure.net/keys/Generated", "7.6", raw).json()
    assert one["key"]["kid"] == "https://keys.vault.azure.net/keys/generated/a2"
    assert one["key"]["kty"] == "RSA-HSM"
    older = read("https://keys.vault.azure.net/keys/generated/a1", "7.4", raw).json()
    assert "hsmPlatform" not in older["attributes"]


def test_no_property_tells_an_imported_key_from_a_generated_one(arm: StartArm) -> None:
    arm(world(subscription(vault(GENERATED, IMPORTED))))
    raw, manager = Raw(audience="https://vault.azure.net"), Raw()
    roads = [
        (raw, "https://keys.vault.azure.net/keys/{}", "7.6"),
        (manager, f"{manager.base}{resource_id('Microsoft.KeyVault/vaults', 'keys')}/keys/{{}}", "2025-05-01"),
    ]
    for client, address, version in roads:
        texts = [read(address.format(name), version, client).text for name in ("generated", "imported")]
        assert texts[0].replace("generated", "imported") == texts[1]


def test_resource_manager_shows_a_vaults_keys_to_a_reader_and_not_a_managed_hsms(arm: StartArm) -> None:
    arm(world(subscription(vault(GENERATED, data_plane="denied"), managed_hsm(EXTERNAL))))
    raw = Raw()
    keys = raw.get(f"{resource_id('Microsoft.KeyVault/vaults', 'keys')}/keys", "2025-05-01").json()["value"]
    assert keys[0]["properties"]["kty"] == "RSA-HSM"
    assert keys[0]["properties"]["keyUriWithVersion"] == "https://keys.vault.azure.net/keys/generated/a2"
    hsm = raw.get(f"{resource_id('Microsoft.KeyVault/managedHSMs', 'hsm')}/keys", "2025-05-01")
    assert error_code(hsm) == "InvalidResourceType"


def test_an_external_key_and_its_manager_show_in_the_preview_version_only(arm: StartArm) -> None:
    arm(world(subscription(managed_hsm(EXTERNAL, manager={"host": "proxy.example"}))))
    raw, host = Raw(audience="https://managedhsm.azure.net"), "https://hsm.managedhsm.azure.net"
    assert read(f"{host}/keys/external", PREVIEW, raw).json()["attributes"]["external_key"] == {"id": "key-in-paris"}
    assert "external_key" not in read(f"{host}/keys/external", "7.6", raw).json()["attributes"]
    assert read(f"{host}/ekm", PREVIEW, raw).json() == {"host": "proxy.example"}
    assert read(f"{host}/ekm", "7.6", raw).status_code == 404


def test_a_vault_that_does_not_exist_has_no_address(arm: StartArm) -> None:
    simulation = arm(world(subscription(vault(GENERATED))))
    with pytest.raises(requests.exceptions.ProxyError):
        requests.get("https://deleted.vault.azure.net/keys?api-version=7.6", timeout=10)
    assert simulation.log.violations == []


def test_long_key_lists_have_pages_and_unknown_keys_and_paths_are_refused(arm: StartArm) -> None:
    keys = [Key(name=f"k{number:02}", kty="RSA", versions=["v"]) for number in range(30)]
    arm(world(subscription(vault(*keys))))
    raw = Raw(audience="https://vault.azure.net")
    url, seen, pages = "https://keys.vault.azure.net/keys?api-version=7.6", [], 0
    while url:
        body = raw.session.get(url, timeout=10).json()
        seen += [one["kid"] for one in body["value"]]
        url, pages = body["nextLink"], pages + 1
    assert len(set(seen)) == len(seen) == 30
    assert pages == 3, "one of them is empty"
    assert error_code(read("https://keys.vault.azure.net/keys/none", "7.6", raw)) == "KeyNotFound"
    assert read("https://keys.vault.azure.net/secrets", "7.6", raw).status_code == 404
    assert read("https://keys.vault.azure.net/keys", "1.0", raw).status_code == 400


def test_nothing_can_be_created_in_a_vault(arm: StartArm) -> None:
    simulation = arm(world(subscription(vault(GENERATED))), violations=True)
    raw = Raw(audience="https://vault.azure.net")
    answer = raw.session.post("https://keys.vault.azure.net/keys/new/create?api-version=7.6", json={}, timeout=10)
    assert answer.status_code == 405
    assert simulation.log.violations == ["POST keys.vault.azure.net/keys/new/create"]


def test_a_store_can_also_be_named_by_the_host_header(arm: StartArm) -> None:
    simulation = arm(world(subscription(vault(GENERATED))))
    raw = Raw(audience="https://vault.azure.net")
    raw.session.headers["Host"] = "keys.vault.azure.net"
    assert raw.session.get(f"{simulation.base}/keys?api-version=7.6", timeout=10).status_code == 200
    assert FIRST not in simulation.log.entries[-1].path
