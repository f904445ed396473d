"""`lexloci explain` on a finding of each rung of custody that AWS can show: the call, the value, the condition, and
what is missing."""

from pathlib import Path

import pytest

from tests.cli.command import SIGNED_OUT, lexloci
from tests.fixtures.aws import Aws
from tests.scenarios.test_aws_custody import Vault, held_by

CONTROLS = ("--policy", "core,doctolib-2021")
CONDITION = "key-is-apart-from-the-provider"


@pytest.fixture
def explained(aws: Aws, tmp_path: Path) -> dict[str, list[str]]:
    """What is said of CORE-20 for one bucket or topic of each rung, by its name."""
    vault = Vault(aws, tmp_path)
    vault.bucket("rung-1")
    vault.bucket("rung-2", vault.key())
    imported = vault.key(Origin="EXTERNAL")
    vault.kms.import_key_material(
        KeyId=imported,
        ImportToken=b"token",
        EncryptedKeyMaterial=b"sealed",
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
    vault.bucket("rung-2-imported", imported)
    module = vault.kms.create_custom_key_store(
        CustomKeyStoreName="module",
        CustomKeyStoreType="AWS_CLOUDHSM",
        CloudHsmClusterId="cluster-1a23b4cdefg",
        TrustAnchorCertificate="-",
        KeyStorePassword="kmsPswd1",
    )["CustomKeyStoreId"]
    vault.kms.connect_custom_key_store(CustomKeyStoreId=module)
    vault.bucket("rung-3", vault.key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=module))
    tags = [{"Key": "data-classification", "Value": "sante"}]
    aws.client("sns").create_topic(Name="rung-0", Tags=tags)
    stated = {}
    for name, operator in (("rung-4-open", ""), ("rung-4", "thales-ciphertrust"), ("rung-5", "customer")):
        arn, store = vault.external_key(f"https://{name}.hopital.example", name)
        vault.bucket(name, arn)
        stated[name] = [held_by(operator, store=store)] if operator else []
    holders = [holder for name in stated for holder in stated[name]]
    document = vault.scanned(*CONTROLS, "--services", "s3,sns", "-o", "json=scan.json", "-o", "-", key_holders=holders)
    found = {f["resource"].rpartition(":")[2]: f for f in document["findings"] if f["control"] == "CORE-20"}
    said = {}
    for name in ("rung-0", "rung-1", "rung-2", "rung-2-imported", "rung-3", "rung-4-open", "rung-4", "rung-5"):
        wide = {**SIGNED_OUT, "COLUMNS": "300"}
        done = lexloci("explain", found[name]["id"], "--from", "scan.json", environment=wide, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        said[name] = done.stdout.splitlines()
    return said


EXPECTED = {
    # By name: status, custody, the call it was read with, and value of the deciding condition.
    "rung-0": ("FAIL", "none", "sns:GetTopicAttributes (proven)", "false"),
    "rung-1": ("FAIL", "provider_shared", "s3:GetBucketEncryption (proven)", "false"),
    "rung-2": ("FAIL", "customer_managed_in_provider_kms", "kms:DescribeKey (proven)", "false"),
    "rung-2-imported": ("FAIL", "customer_imported", "kms:DescribeKey (proven)", "false"),
    "rung-3": ("FAIL", "provider_hsm", "kms:DescribeKey (proven)", "false"),
    "rung-4-open": ("UNKNOWN", "external_holder_not_established", "kms:DescribeKey (proven)", "true"),
    "rung-4": ("UNKNOWN", "external_third_party", "kms:DescribeKey; A. Martin, CISO", "true"),
    "rung-5": ("PASS", "external_customer", "kms:DescribeKey; A. Martin, CISO", "true"),
}


def test_the_chain_of_each_rung_names_call_value_condition_and_what_is_missing(explained: dict[str, list[str]]) -> None:
    assert explained.keys() == EXPECTED.keys()
    for name, (status, custody, call, value) in EXPECTED.items():
        head, *lines = explained[name]
        assert head.split()[1] == status, name
        assert f"  assert  {CONDITION}  ->  {value}" in lines, name
        at = lines.index(f"  assert  {CONDITION}  ->  {value}")
        assert "key.custody in [" in lines[at + 1] and "core.yaml:" in lines[at + 1], name
        assert lines[at + 2].startswith(f"          key.custody = '{custody}'   from {call}"), lines[at + 2]
        assert not any("no reason was recorded" in line for line in lines), name
    missing = {name: [line.strip() for line in lines if "missing" in line] for name, lines in explained.items()}
    assert missing["rung-0"] and all("there is no key" in line for line in missing["rung-0"])
    assert missing["rung-4-open"] == [
        f"missing {fact}: not_declared no API shows who runs the external key manager; state it in lexloci.yaml"
        for fact in ("alongside.operator", "alongside.parent")
    ]
    assert not any(missing[name] for name in EXPECTED if name not in ("rung-0", "rung-4-open"))
