"""Who else may use the keys, as the table tells it."""

from scanner.model import Copy, Gap, GapReason, Principal
from scanner.report.custody import opened
from tests.report.sample_scan import key

ARN = "arn:aws:kms:{}:111122223333:key/{}"


def principal(account: str, **more: object) -> Principal:
    return Principal(id=account, kind="account", account=account, external=True, via="policy", **more)  # type: ignore[arg-type]


def test_nothing_is_said_of_keys_that_are_the_accounts_alone() -> None:
    own = Principal(id="x", kind="account", account="111122223333", external=False, via="policy")
    assert list(opened([key(ARN.format("eu-west-3", "1"), decrypt_principals=(own,))])) == []


def test_what_was_not_read_of_a_key_is_counted_and_not_left_out() -> None:
    vendor = principal("754728514883", operator="new-relic", parent_country="US")
    grants = Gap(fact="principals", reason=GapReason.DENIED, operation="kms:ListGrants", permission="kms:ListGrants")
    keys = [
        key(ARN.format("eu-west-3", "1"), decrypt_principals=None, replicas=None),
        key(ARN.format("eu-west-3", "2"), decrypt_principals=(vendor,), gaps=(grants,)),
        key(ARN.format("eu-west-3", "3"), decrypt_principals=()),
    ]
    also, one = opened(keys)
    assert "new-relic US 1 " in also
    assert also.endswith("; not known for 2 keys")
    assert one == "  one key for:    not known for 1 key"


def test_who_may_decrypt_is_named_where_known_and_counted_by_key() -> None:
    vendor = principal("754728514883", operator="new-relic", parent_country="US")
    keys = [
        key(ARN.format("eu-west-3", "1"), decrypt_principals=(vendor, principal("999988887777"))),
        key(ARN.format("eu-west-3", "2"), decrypt_principals=(vendor,)),
    ]
    (line,) = opened(keys)
    assert "new-relic US 2, account 999988887777, of nobody known 1" in line


def test_a_key_of_two_countries_is_told_once() -> None:
    def replica(region: str, country: str) -> Copy:
        return Copy(kind="key-replica", target=region, region=region, country=country, account="1", operator="aws-emea")

    keys = [
        key(ARN.format("eu-west-3", "mrk-1"), replicas=(replica("us-east-1", "US"),)),
        key(ARN.format("us-east-1", "mrk-1"), country="US", replicas=(replica("eu-west-3", "FR"),)),
    ]
    (line,) = opened(keys)
    assert "FR and US 1 " in line
