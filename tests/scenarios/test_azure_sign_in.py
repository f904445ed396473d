"""Every way of azure-identity's to sign in, by the installed command with nothing but environment variables."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scanner.demo.azure.simulation import Simulation, simulated_azure
from scanner.demo.azure.world import Cloud, ManagementGroup, World
from tests.fixtures.azure import FIRST, OTHER_TENANT, SECOND, TENANT, disks, subscription, tenant, world
from tests.scenarios.azure_estate import COMMAND, FOREIGN

SECRETS = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
AZ = """#!{python}
import json, os, sys, time, urllib.parse, urllib.request, ssl
assert sys.argv[1:3] == ["account", "get-access-token"], sys.argv
scope = sys.argv[sys.argv.index("--scope") + 1] if "--scope" in sys.argv else (
    sys.argv[sys.argv.index("--resource") + 1] + "/.default")
tenant = sys.argv[sys.argv.index("--tenant") + 1] if "--tenant" in sys.argv else {tenant!r}
form = dict(grant_type="client_credentials", client_id={client!r}, client_secret={secret!r}, scope=scope)
trust = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
body = urllib.parse.urlencode(form).encode()
with urllib.request.urlopen({base!r} + "/" + tenant + "/oauth2/v2.0/token", body, context=trust) as answer:
    token = json.load(answer)["access_token"]
print(json.dumps(dict(accessToken=token, expires_on=int(time.time()) + 3000, tokenType="Bearer")))
"""
"""What `az` does for azure-identity: print a token that it has from an earlier sign-in."""


def estate(**more: Any) -> World:
    return world(subscription(*disks(1)), **more)


def scan(simulation: Simulation, folder: Path, changes: dict[str, str | None], *arguments: str) -> dict[str, Any]:
    """The document of a scan; `changes` to the environment that leads to the simulation, None for none of it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    wanted = {**clean, **simulation.environment, "XDG_STATE_HOME": str(folder), **changes}
    command = [COMMAND, "scan", "azure", "-q", "--format", "json", *arguments]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env={name: value for name, value in wanted.items() if value is not None},
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def winner(document: dict[str, Any]) -> str:
    assert document["scan"]["complete"]
    assert [one["name"] for one in document["resources"] if one["name"].startswith("disk")] == ["disk-0000"]
    found: str = document["scan"]["scope"]["identity"]["credential"]
    return found


def nobody() -> dict[str, str | None]:
    return dict.fromkeys(SECRETS)


def signed_in_by_az(simulation: Simulation, folder: Path) -> dict[str, str | None]:
    """The environment after `az login`, and no other way to sign in."""
    client = tenant().clients[0]
    az = folder / "az"
    az.write_text(
        AZ.format(python=sys.executable, client=client.id, secret=client.secret, base=simulation.base, tenant=TENANT)
    )
    az.chmod(az.stat().st_mode | stat.S_IXUSR)
    return {**nobody(), "PATH": f"{folder}:{os.environ['PATH']}"}


def test_a_service_principal_of_the_environment(tmp_path: Path) -> None:
    with simulated_azure(estate()) as simulation:
        assert winner(scan(simulation, tmp_path, {})) == "EnvironmentCredential"


def test_a_workload_identity(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("federated")
    changes = {"AZURE_CLIENT_SECRET": None, "AZURE_FEDERATED_TOKEN_FILE": str(tmp_path / "token")}
    with simulated_azure(estate()) as simulation:
        assert winner(scan(simulation, tmp_path, changes)) == "WorkloadIdentityCredential"


@pytest.mark.parametrize("where", ["virtual machine", "app service"])
def test_a_managed_identity(tmp_path: Path, where: str) -> None:
    with simulated_azure(estate()) as simulation:
        changes = {**nobody(), **simulation.managed_identity[where]}
        assert winner(scan(simulation, tmp_path, changes)) == "ManagedIdentityCredential"


def test_the_command_line_of_azure(tmp_path: Path) -> None:
    with simulated_azure(estate()) as simulation:
        changes = signed_in_by_az(simulation, tmp_path)
        assert winner(scan(simulation, tmp_path, changes)) == "AzureCliCredential"


def test_another_tenant_is_signed_in_to_when_it_is_named(tmp_path: Path) -> None:
    application = tenant().clients[0]
    guest = msgspec.structs.replace(tenant(OTHER_TENANT), clients=[application])
    away = subscription(*disks(2), id_=SECOND, tenant_id=OTHER_TENANT)
    both = world(subscription(*disks(1)), away, tenants=(tenant(), guest))
    with simulated_azure(both) as simulation:
        found = scan(simulation, tmp_path, {}, "--tenant", OTHER_TENANT)
        assert found["scan"]["scope"]["accounts"] == [SECOND]
        assert scan(simulation, tmp_path / "home", {})["scan"]["scope"]["accounts"] == [FIRST]


def test_a_management_group(tmp_path: Path) -> None:
    group = ManagementGroup(id="health", display_name="Health", tenant=TENANT, subscriptions=[SECOND])
    two = world(subscription(*disks(1)), subscription(*disks(2), id_=SECOND), management_groups=[group])
    with simulated_azure(two) as simulation:
        found = scan(simulation, tmp_path, {}, "--management-group", "health")
    assert found["scan"]["scope"]["accounts"] == [SECOND]


@pytest.mark.parametrize("given", ["environment", "option"])
def test_a_cloud_that_only_its_own_metadata_describe(tmp_path: Path, given: str) -> None:
    bleu = Cloud(
        name="Bleu",
        audiences=["https://management.bleu.example/"],
        vault_suffix="vault.bleu.example",
        managed_hsm_suffix="managedhsm.bleu.example",
    )
    with simulated_azure(estate(cloud=bleu)) as simulation:
        if given == "environment":
            found = scan(simulation, tmp_path, {"AZURE_AUTHORITY_HOST": None})
        else:
            changes = {"AZURE_AUTHORITY_HOST": None, "AZURE_ARM_ENDPOINT": None}
            found = scan(simulation, tmp_path, changes, "--arm-endpoint", simulation.base)
        assert simulation.log.matching("GET", "/metadata/endpoints")
    assert winner(found) == "EnvironmentCredential"
    assert found["scan"]["scope"]["cloud"] == "Bleu"
