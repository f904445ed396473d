"""What people are told of one resource: every answer, every gap, every result, and nothing hidden by an empty line."""

from msgspec.structs import replace

from scanner.model import Gap, GapReason, HealthSignal, Principal
from scanner.report.resource import lines
from tests.report.sample_scan import EXTERNAL, FAIL, FINDINGS, PASS, RESOURCES, UNREAD, key

_, DOSSIERS, EXTERNE, ILLISIBLE = RESOURCES


def told(resource, key_=None, findings=()) -> str:
    return "\n".join(lines(resource, key_, findings))


def test_the_answers_of_a_resource_with_a_key_in_the_account() -> None:
    stranger = Principal(id="arn:aws:iam::999988887777:root", kind="account", external=True, via="policy", operator="x")
    text = told(DOSSIERS, key(decrypt_principals=(stranger,)), FINDINGS)
    for line in (
        "  country: FR",
        "  operator: aws-emea, seat of its group: US",
        "  key: K2 customer_managed_in_provider_kms (encrypted)",
        "      may decrypt from outside: arn:aws:iam::999988887777:root (x), by policy",
        "      together with the data: operator yes, exposure yes, account yes, region yes",
        "      replication to arn:aws:s3:::archives in us-east-1 (US), account 111122223333",
        "      log-destination to logs.example.com, run by an operator not known (country not known)",
    ):
        assert line in text.split("\n")


def test_what_is_not_known_is_said() -> None:
    text = told(ILLISIBLE, None, [UNREAD])
    for line in (
        "  country: not known",
        "  copies: not known",
        "      encryption.key: denied s3:GetBucketEncryption; grant s3:GetEncryptionConfiguration",
    ):
        assert line in text.split("\n")
    external = told(EXTERNE, EXTERNAL)
    assert "      held by not known" in external.split("\n")
    store = "store cks-1 xks.example.fr (vpc endpoint service of account 999988887777)"
    assert f"      in eu-west-3 (country not known), origin external_store, {store}" in external.split("\n")
    assert "operator not known, exposure not known, account yes" in external


def test_of_a_key_it_is_said_what_was_not_read() -> None:
    denied = Gap(fact="principals", reason=GapReason.DENIED, operation="kms:ListGrants", permission="kms:ListGrants")
    partly = told(DOSSIERS, key(decrypt_principals=(), gaps=(denied,))).split("\n")
    assert "      who else may decrypt: not all known" in partly
    assert "          principals: denied kms:ListGrants; grant kms:ListGrants" in partly
    assert "      who else may decrypt: not known" in told(DOSSIERS, key(decrypt_principals=None)).split("\n")
    assert "not known" not in told(DOSSIERS, key()).partition("  key:")[2].partition("together")[0]


def test_results_come_worst_first_with_their_ids() -> None:
    results = told(DOSSIERS, None, [PASS, UNREAD, FAIL]).partition("  results\n")[2].split("\n")
    assert [line.split()[0] for line in results] == ["FAIL", "unknown", "pass"]
    assert FAIL.id in results[0]


def test_names_from_the_account_cannot_write_to_the_terminal() -> None:
    sign = HealthSignal(family="tag", strength="weak", value="\x1b[2Jx", rule="r")
    hostile = replace(DOSSIERS, id="a\x1b[31m", health=replace(DOSSIERS.health, signals=(sign,)))
    assert "\x1b" not in told(hostile)
