"""Public, China, US Government, Bleu and a cloud nobody knows, under their own names, through the installed command.

The names lead to this machine through the simulation's proxy, which leads nowhere else; a request to any other host, a
token shown to the metadata endpoint and a write are violations.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.simulation import Simulation, simulated_azure
from scanner.demo.azure.world import Cloud, Key, Resource, World
from tests.fixtures.azure import subscription, world
from tests.scenarios.azure_estate import COMMAND, FOREIGN

METADATA = "/metadata/endpoints"


def cloud(name: str, arm: str, login: str, vault: str, hsm: str, *audiences: str) -> Cloud:
    return Cloud(
        name=name,
        arm=arm,
        login=login,
        vault_suffix=vault,
        managed_hsm_suffix=hsm,
        audiences=list(audiences),
    )


PUBLIC = cloud(
    "AzureCloud",
    "management.azure.com",
    "login.microsoftonline.com",
    "vault.azure.net",
    "managedhsm.azure.net",
    "https://management.core.windows.net/",
)
CHINA = cloud(
    "AzureChinaCloud",
    "management.chinacloudapi.cn",
    "login.chinacloudapi.cn",
    "vault.azure.cn",
    "managedhsm.azure.cn",
    "https://management.core.chinacloudapi.cn",
)
GOVERNMENT = cloud(
    "AzureUSGovernment",
    "management.usgovcloudapi.net",
    "login.microsoftonline.us",
    "vault.usgovcloudapi.net",
    "managedhsm.usgovcloudapi.net",
    "https://management.core.usgovcloudapi.net",
)
BLEU = cloud(
    "AzureBleuCloud",
    "management.sovcloud-api.fr",
    "login.sovcloud-identity.fr",
    "vault.sovcloud-api.fr",
    "managedhsm.sovcloud-api.fr",
    "https://management.core.sovcloud-api.fr",
)
UNKNOWN = cloud(
    "Ministry",
    "management.cloud.example",
    "login.cloud.example",
    "vault.cloud.example",
    "managedhsm.cloud.example",
)
PLACE = {"AzureCloud": "francecentral", "AzureChinaCloud": "chinaeast2", "AzureUSGovernment": "usgovvirginia"}


def estate(where: Cloud) -> World:
    """One account whose key is in a vault of that cloud, which only its suffix leads to."""
    location = PLACE.get(where.name, "somewhere1")
    uri = f"https://v.{where.vault_suffix}"
    keyed = {"keySource": "Microsoft.Keyvault", "keyvaultproperties": {"keyvaulturi": uri, "keyname": "k"}}
    account = Resource(
        type="Microsoft.Storage/storageAccounts",
        name="acct",
        location=location,
        sku={"name": "Standard_ZRS"},
        properties={"encryption": keyed},
    )
    vault = Resource(
        type="Microsoft.KeyVault/vaults",
        name="v",
        location=location,
        properties={"sku": {"name": "standard"}, "vaultUri": f"{uri}/", "accessPolicies": []},
        keys=[Key(name="k", kty="RSA", versions=["0" * 32])],
    )
    return world(subscription(account, vault), cloud=where)


def run(simulation: Simulation, folder: Path, changes: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    done = subprocess.run(
        [COMMAND, "scan", "azure", "-q", "--format", "json", *arguments],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env={**clean, **simulation.environment, "XDG_STATE_HOME": str(folder), **changes},
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("where", "partition", "changes", "arguments"),
    [
        (PUBLIC, "AzureCloud", {}, ()),
        (CHINA, "AzureChinaCloud", {}, ("--arm-endpoint", "management.chinacloudapi.cn")),
        (GOVERNMENT, "AzureUSGovernment", {"AZURE_AUTHORITY_HOST": "login.microsoftonline.us"}, ()),
        (BLEU, "Bleu", {"AZURE_ARM_ENDPOINT": "https://management.sovcloud-api.fr/"}, ()),
        (UNKNOWN, "Ministry", {}, ("--arm-endpoint", "https://management.cloud.example")),
    ],
)
def test_a_cloud_tells_its_own_addresses_before_anybody_signs_in(
    tmp_path: Path, where: Cloud, partition: str, changes: dict[str, str], arguments: tuple[str, ...]
) -> None:
    with simulated_azure(estate(where)) as simulation:
        _, out, err = run(simulation, tmp_path, changes, *arguments)
        assert simulation.log.violations == []
        asked = [entry.path for entry in simulation.log.entries if entry.method != "CONNECT"]
    assert asked.index(METADATA) == 0, "the first request, so that no token is there yet"
    document = json.loads(out)
    scope = document["scan"]["scope"]
    assert scope["partition"] == partition
    assert scope["cloud_told_by"] == f"https://{where.arm}{METADATA}"
    assert (scope["arm_endpoint"], scope["authority"]) == (f"https://{where.arm}", f"https://{where.login}")
    (account,) = [one for one in document["resources"] if one["name"] == "acct"]
    assert account["encryption"]["rung"] == "K2"
    assert document["scan"]["complete"], err


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"do": "answer", "status": 404}, "404"),
        ({"do": "not_json"}, "not JSON"),
        ({"do": "answer", "status": 200, "body": {"resourceManager": "https://attacker.example/"}}, "attacker.example"),
    ],
)
def test_the_table_stands_in_for_a_known_cloud_that_does_not_tell(
    tmp_path: Path, fault: dict[str, Any], words: str
) -> None:
    with simulated_azure(estate(CHINA), faults=[Fault(path=METADATA, times=None, **fault)]) as simulation:
        _, out, _ = run(simulation, tmp_path, {}, "--arm-endpoint", CHINA.arm)
        assert simulation.log.violations == []
    scope = json.loads(out)["scan"]["scope"]
    assert scope["cloud_told_by"].startswith("table of known clouds")
    assert words in scope["cloud_told_by"]
    assert scope["authority"] == "https://login.chinacloudapi.cn"


def hostile(**changes: Any) -> dict[str, Any]:
    said = {
        "resourceManager": f"https://{UNKNOWN.arm}/",
        "authentication": {
            "loginEndpoint": f"https://{UNKNOWN.login}/",
            "audiences": [f"https://{UNKNOWN.arm}/"],
        },
        "suffixes": {"keyVaultDns": UNKNOWN.vault_suffix},
    }
    return {"do": "answer", "status": 200, "body": {**said, **changes}}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"do": "answer", "status": 404}, "404"),
        ({"do": "not_json"}, "not JSON"),
        (hostile(resourceManager="https://attacker.example/"), "another Resource Manager (https://attacker.example/)"),
        (
            hostile(authentication={"loginEndpoint": "https://attacker.example/", "audiences": ["https://x.example"]}),
            "https://attacker.example is of no known cloud",
        ),
        (
            hostile(
                authentication={
                    "loginEndpoint": "https://login.microsoftonline.com/",
                    "audiences": ["https://management.azure.com/"],
                }
            ),
            "none of its audiences",
        ),
        (hostile(suffixes={"keyVaultDns": "net"}), "no domain of key stores"),
    ],
)
def test_an_unknown_cloud_that_does_not_tell_or_leads_astray_is_not_signed_in_to(
    tmp_path: Path, fault: dict[str, Any], words: str
) -> None:
    with simulated_azure(estate(UNKNOWN), faults=[Fault(path=METADATA, times=None, **fault)]) as simulation:
        code, out, err = run(simulation, tmp_path, {}, "--arm-endpoint", UNKNOWN.arm)
        assert simulation.log.violations == []
        assert {entry.path for entry in simulation.log.entries if entry.method != "CONNECT"} == {METADATA}
    assert (code, out) == (4, "")
    assert words in " ".join(err.split())
    assert "--arm-endpoint" in err
