"""What can be sent is a committed list of reads, and what is sent is on it."""

import json
import os
import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scanner.demo.aws.simulation import simulated_aws
from scanner.demo.azure.request_log import Entry
from scanner.demo.azure.simulation import Simulation, health_data_hub
from scanner.providers.azure.call import operation_of
from tests.cli.command import LEXLOCI
from tests.fixtures.aws import REGION, Aws
from tests.fixtures.operations import PAGE, listed

SCRIPT: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[1] / "scripts" / "read_operations.py"))


def scan(folder: Path, *arguments: str) -> dict[str, Any]:
    """The document of a scan in this process's environment, by the installed command."""
    done = subprocess.run(
        [LEXLOCI, "scan", *arguments, "-q", "--format", "json"],
        env={**os.environ, "XDG_STATE_HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_page_is_what_the_code_can_send() -> None:
    assert PAGE.read_text(encoding="utf-8") == SCRIPT["render"](), "run scripts/read_operations.py"
    assert (len(listed("AWS")), len(listed("Azure"))) > (600, 150)


def test_every_operation_has_a_witness_and_a_name_alone_is_the_exception() -> None:
    rows = list(SCRIPT["aws_rows"]())
    assert all(witnesses for *_, witnesses in rows)
    assert {operation for operation, *_, witnesses in rows if witnesses == ("sign-in",)} == {
        "signin:CreateOAuth2Token",
        "sso-oidc:CreateToken",
        "sts:AssumeRole",
        "sts:AssumeRoleWithWebIdentity",
    }
    by_name = {operation for operation, *_, witnesses in rows if witnesses == ("name",)}
    assert len(by_name) < 20
    assert not by_name & {"kms:DescribeKey", "s3:GetBucketEncryption"}


@pytest.mark.parametrize("operation", listed("Azure"))
def test_every_azure_operation_is_a_get_the_query_or_a_token(operation: str) -> None:
    allowed = {
        "Microsoft.ResourceGraph:POST resources",
        "Purview:POST datamap/search",
        "Microsoft Entra:POST token",
    }
    assert ":GET " in operation or operation in allowed


def test_the_simulated_aws_refuses_and_reports_what_is_not_listed(aws: Aws) -> None:
    """A read like any other, and one that lexloci has no use for: it would show the content."""
    aws.expect_violations()
    stranger = aws.client("s3", user_agent_extra="lexloci")
    with pytest.raises(ClientError) as refused:
        stranger.get_object(Bucket="dossiers", Key="patient.pdf")
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert aws.violations() == [f"not among the listed operations: s3:GetObject in {REGION}"]


def test_a_whole_scan_of_aws_sends_what_is_listed_and_nothing_else(tmp_path: Path) -> None:
    with simulated_aws("doctolib") as simulation:
        simulation.aws.control("forget")
        simulation.aws.only("lexloci", listed("AWS"))
        document = scan(tmp_path, "aws", "--regions", "eu-west-3")
        sent = {f"{line['service']}:{line['operation']}" for line in simulation.aws.log()}
        assert simulation.aws.violations() == []
    assert sent <= listed("AWS")
    assert len(sent) > 300
    # DocumentDB and Neptune share the endpoint of RDS, where only RDS can be told.
    counted = {
        name.replace("docdb:", "rds:").replace("neptune:", "rds:") for name in document["scan"]["calls"]["by_operation"]
    }
    assert counted <= listed("AWS")


def azure_operation(entry: Entry, simulation: Simulation) -> str:
    """The name under which the page lists a request."""
    if entry.path.endswith("/oauth2/v2.0/token"):
        return f"Microsoft Entra:{entry.method} token"
    if entry.path.endswith("/.well-known/openid-configuration"):
        return f"Microsoft Entra:{entry.method} openid-configuration"
    if entry.host != "127.0.0.1":
        kind = "KeyVault" if ".vault." in entry.host else "ManagedHSM"
        asked = entry.path.rpartition("/providers/")[2] if "/providers/" in entry.path else entry.path[1:]
        return f"{kind}:{entry.method} {asked.split('/')[1 if '/providers/' in entry.path else 0]}"
    if entry.path == "/metadata/endpoints":
        return f"Microsoft.Resources:{entry.method} metadata/endpoints"
    return operation_of(entry.method, entry.path)


def test_a_whole_scan_of_azure_sends_what_is_listed_and_nothing_else(tmp_path: Path) -> None:
    with health_data_hub() as simulation:
        scan(tmp_path, "azure", "--verify-live")
        entries = [entry for entry in simulation.log.entries if entry.method != "CONNECT"]
        sent = {azure_operation(entry, simulation) for entry in entries}
        assert simulation.log.violations == []
    names = {name.lower() for name in listed("Azure")}
    assert {name for name in sent if name.lower() not in names} == set()
    assert len(sent) > 20
