"""Many accounts: who is found, who cannot be entered, and how long a role lasts."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import CannotRunError, UsageError
from scanner.model import Coverage, CoverageState, ObservedKey, ObservedResource
from scanner.providers.aws import provider
from scanner.providers.aws.members import listed
from scanner.providers.contract import Collector, Limits, Record, Reference
from tests.fixtures.aws import ACCOUNT, REGION, Aws
from tests.fixtures.organization import Organization


def opened(**options: Any) -> Collector:
    return provider.open({"regions": (REGION,), "types": ("sns.topic",), **options}, Limits(attempts=1))


def scanned(collector: Collector) -> list[Record]:
    return [record for unit in collector.units() for record in collector.collect(unit)]


def resources(records: Iterable[Record]) -> dict[str, ObservedResource]:
    return {record.id.rpartition(":")[2]: record for record in records if isinstance(record, ObservedResource)}


@pytest.fixture
def organization(aws: Aws) -> Organization:
    return Organization(aws)


def test_every_account_is_scanned_and_every_resource_knows_its_account(organization: Organization) -> None:
    unit = organization.unit("Prod", organization.unit("Health"))
    first, second = organization.member("rdv", unit), organization.member("labo")
    organization.topic(first, "rappels")
    organization.topic(second, "resultats")
    organization.topic(ACCOUNT, "billing")
    organization.aws.freeze()
    collector = opened(organization=True)
    found = resources(scanned(collector))
    assert {name: (r.account, r.account_name, r.account_path) for name, r in found.items()} == {
        "rappels": (first, "rdv", "Root/Health/Prod"),
        "resultats": (second, "labo", "Root"),
        "billing": (ACCOUNT, "master", "Root"),
    }
    assert list(collector.preliminary()) == []
    assert collector.scope["accounts"] == sorted([first, second, ACCOUNT])


def test_an_organisational_unit_brings_those_below_it_and_nobody_else(organization: Organization) -> None:
    health = organization.unit("Health")
    inside, outside = organization.member("rdv", organization.unit("Prod", health)), organization.member("other")
    collector = opened(organization=True, ous=(health,))
    assert {unit.account for unit in collector.units()} == {inside}
    assert collector.scope["account_details"][inside]["path"] == "Root/Health/Prod"
    assert outside not in collector.scope["accounts"]


def test_the_units_of_a_service_come_together_for_all_accounts(organization: Organization) -> None:
    for name in ("a", "b"):
        organization.member(name)
    services = [unit.service for unit in opened(organization=True, types=("sns.topic", "kms.key")).units()]
    runs = [service for i, service in enumerate(services) if i == 0 or services[i - 1] != service]
    assert len(runs) == len(set(runs)) > 1
    assert services.count("sns") == 3


def test_a_suspended_account_is_a_row_and_leaves_the_scan_incomplete(organization: Organization) -> None:
    account = organization.member("closed")
    organization.client.close_account(AccountId=account)
    collector = opened(organization=True)
    assert account not in {unit.account for unit in collector.units()}
    (row,) = collector.preliminary()
    assert (row.account, row.state) == (account, CoverageState.SKIPPED)
    assert "may still hold data" in row.reason


def test_an_account_that_cannot_be_entered_is_a_row_with_the_permission(organization: Organization) -> None:
    shut, open_ = organization.member("shut"), organization.member("open")
    # Who assumes is the management account; the role's account is in the request only.
    organization.aws.faults({"fault": "denied", "service": "sts", "operation": "AssumeRole", "times": 1})
    collector = opened(accounts=(shut,))
    assert list(collector.units()) == []
    (row,) = collector.preliminary()
    assert (row.account, row.state, row.permission) == (shut, CoverageState.DENIED, "sts:AssumeRole")
    again = opened(accounts=(open_,))
    assert {unit.account for unit in again.units()} == {open_}


def test_a_region_that_one_account_has_not_enabled_is_that_accounts_row(organization: Organization) -> None:
    member = organization.member("rdv")
    regions = {"Regions": [{"RegionName": REGION, "OptInStatus": "not-opted-in", "Endpoint": "e"}]}
    organization.aws.given("ec2", "DescribeRegions", regions)
    collector = opened(accounts=(member,))
    assert [unit.region for unit in collector.units() if unit.service == "sns"] == []
    assert [(row.account, row.region, row.state) for row in collector.preliminary()] == [
        (member, REGION, CoverageState.NOT_ENABLED)
    ]


def test_without_the_right_to_read_the_organisation_nothing_is_claimed(organization: Organization) -> None:
    organization.aws.faults({"fault": "denied", "service": "organizations", "operation": "ListAccountsForParent"})
    with pytest.raises(CannotRunError, match="organizations:ListAccountsForParent"):
        opened(organization=True)


def test_an_account_outside_the_organisation_is_a_row(organization: Organization) -> None:
    inside = organization.member("rdv")
    collector = opened(organization=True, accounts=(inside, "999999999999"))
    assert {unit.account for unit in collector.units()} == {inside}
    assert [(row.account, row.state) for row in collector.preliminary()] == [("999999999999", CoverageState.SKIPPED)]


def test_a_role_is_assumed_anew_before_its_hour_is_over(organization: Organization) -> None:
    """AWS gives a chained role one hour at most; here it is about to end at every call."""
    member = organization.member("rdv")
    organization.topic(member, "rappels")
    ends = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    sts = organization.aws.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{member}:role/lexloci-reader", RoleSessionName="test"
    )
    organization.aws.given("sts", "AssumeRole", {"Credentials": {**sts["Credentials"], "Expiration": ends}})
    collector = opened(accounts=(member,))
    units = [unit for unit in collector.units() if unit.service == "sns"]
    entered = _assumed(organization.aws)
    for unit in units * 3:
        assert set(resources(collector.collect(unit))) == {"rappels"}
    assert _assumed(organization.aws) >= entered + 3


def test_a_role_through_a_role_is_signed_with_the_first_one(organization: Organization) -> None:
    tooling, member = organization.member("tooling"), organization.member("rdv")
    organization.topic(member, "rappels")
    collector = opened(accounts=(member,), role_arn=f"arn:aws:iam::{tooling}:role/audit")
    assert set(resources(scanned(collector))) == {"rappels"}
    assert [line["account"] for line in organization.aws.log() if line["operation"] == "AssumeRole"] == [
        ACCOUNT,
        tooling,
    ]
    assert collector.scope["identity"] == f"arn:aws:sts::{tooling}:assumed-role/audit/…"


def test_a_chain_of_roles_outlasts_the_hour_of_each(organization: Organization) -> None:
    """Both roles are about to end at every call: each unit is read with roles assumed anew, one from the other."""
    aws = organization.aws
    tooling, member = organization.member("tooling"), organization.member("rdv")
    organization.topic(member, "rappels")
    ends = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    for caller, role in ((ACCOUNT, f"{tooling}:role/audit"), (tooling, f"{member}:role/lexloci-reader")):
        arn = f"arn:aws:iam::{role}"
        sts = aws.client("sts", account=caller).assume_role(RoleArn=arn, RoleSessionName="test")
        answer = {"Credentials": {**sts["Credentials"], "Expiration": ends}}
        aws.given("sts", "AssumeRole", answer, when={"RoleArn": arn, "RoleSessionName": "lexloci"})
    collector = opened(accounts=(member,), role_arn=f"arn:aws:iam::{tooling}:role/audit")
    units = [unit for unit in collector.units() if unit.service == "sns"]
    aws.process.control("forget")
    for unit in units * 3:
        assert set(resources(collector.collect(unit))) == {"rappels"}
    assumed = [line["account"] for line in aws.log() if line["operation"] == "AssumeRole"]
    assert assumed.count(ACCOUNT) >= 3
    assert assumed.count(tooling) >= 3


def test_a_key_is_asked_of_the_account_that_owns_it(organization: Organization) -> None:
    owner, user = organization.member("keys"), organization.member("rdv")
    arn = organization.aws.client("kms", account=owner).create_key()["KeyMetadata"]["Arn"]
    collector = opened(accounts=(owner, user))
    reference = Reference(kind="key", target=arn, account=user, region=REGION)
    ((unit, found),) = collector.resolution_units([reference])
    assert unit.account == owner
    (key,) = [record for record in collector.resolve(unit, found) if isinstance(record, ObservedKey)]
    assert key.principals


def test_what_is_asked_for_an_owner_that_is_shut_is_a_unit_of_its_own(organization: Organization) -> None:
    """Else the journal takes it for the asker's own keys: what one gave replaces the other, or a resume skips it."""
    shut = organization.member("shut")
    organization.aws.faults({"fault": "denied", "service": "sts", "operation": "AssumeRole"})
    collector = opened(accounts=(shut, ACCOUNT))
    keys = [f"arn:aws:kms:{REGION}:{owner}:key/{name}" for owner, name in ((ACCOUNT, "own"), (shut, "a"), (shut, "b"))]
    found = collector.resolution_units(
        [Reference(kind="key", target=key, account=ACCOUNT, region=REGION) for key in keys]
    )
    asked = {(unit.account, unit.service): {one.target for one in mine} for unit, mine in found}
    assert asked == {(ACCOUNT, "resolve:kms"): {keys[0]}, (ACCOUNT, f"resolve:kms:{shut}"): {keys[1], keys[2]}}


def test_a_unit_of_an_account_that_was_lost_on_the_way_is_a_row(organization: Organization) -> None:
    member = organization.member("rdv")
    unit = next(unit for unit in opened(accounts=(member,)).units() if unit.service == "sns")
    organization.aws.faults({"fault": "denied", "service": "sts", "operation": "AssumeRole"})
    (row,) = [record for record in opened(accounts=(member,)).collect(unit) if isinstance(record, Coverage)]
    assert (row.service, row.region, row.state) == ("sns", REGION, CoverageState.DENIED)


def test_accounts_are_numbers_or_a_file_of_them(tmp_path: Path) -> None:
    path = tmp_path / "accounts.txt"
    path.write_text("# health\n111122223333  # rdv\n\n444455556666\n")
    assert listed([str(path), "111122223333"]) == ("111122223333", "444455556666")
    path.write_text("11112222333\n")
    with pytest.raises(UsageError, match=r"accounts\.txt:1"):
        listed([str(path)])
    with pytest.raises(UsageError, match="no readable file"):
        listed(["production"])


def _assumed(aws: Aws) -> int:
    return sum(line["operation"] == "AssumeRole" for line in aws.log())
