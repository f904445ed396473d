import subprocess
import sys

import pytest

from scanner.providers.azure import provider


@pytest.mark.parametrize(
    ("type_", "fact", "call"),
    [
        ("Microsoft.Sql/servers", "encryption.state", "Microsoft.Sql:GET servers/encryptionProtector"),
        ("Microsoft.CognitiveServices/accounts", "copies", "Microsoft.CognitiveServices:GET accounts/deployments"),
        ("Microsoft.Compute/disks", "encryption.state", "Microsoft.ResourceGraph:POST resources"),
        ("Microsoft.Communication/emailServices", "location.country", "Microsoft.Communication:GET emailServices"),
        ("Microsoft.Compute/disks", "key.custody", "Microsoft.KeyVault:GET vaults/keys"),
        ("Microsoft.Resources/subscriptions", "copies", "Microsoft.Resources:GET subscriptions"),
        ("s3.bucket", "copies", ""),
    ],
)
def test_the_call_behind_a_fact(type_: str, fact: str, call: str) -> None:
    assert provider.source(type_, fact) == call


def test_naming_the_call_loads_no_sdk() -> None:
    code = (
        "import sys; from scanner.providers.azure import provider;"
        "assert provider.source('Microsoft.Compute/disks', 'copies');"
        "assert not any(m.split('.')[0] == 'azure' for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
