"""Whether key and data are together. What was not read of a key puts it neither here nor elsewhere."""

from datetime import date

import pytest
from msgspec.structs import replace

from scanner.assess.alongside import alongside
from scanner.assess.resource import reassess
from scanner.facts.registry import shipped
from scanner.model import Custody, Encryption, EncryptionState, Gap, GapReason, Key
from scanner.scan.subject import Subjects
from tests.report.sample_scan import ACCOUNT, bucket, key

TODAY = date(2026, 11, 24)
UNKNOWN = Encryption(state=EncryptionState.ENCRYPTED, custody=Custody.UNKNOWN, rung=Custody.UNKNOWN.rung, key="k")


def places(key_: Key) -> tuple[bool | None, bool | None]:
    """Whether the key is in the account and in the region of the data."""
    found = alongside(
        encryption=UNKNOWN,
        key=key_,
        account=ACCOUNT,
        region="eu-west-3",
        operator="aws-emea",
        laws=None,
        holder_laws=None,
    )
    assert found is not None
    return found.account, found.region


@pytest.mark.parametrize(
    ("account", "region", "told"),
    [
        (ACCOUNT, "eu-west-3", (True, True)),
        ("999988887777", "eu-central-1", (False, False)),
        ("", "", (None, None)),
    ],
)
def test_a_key_is_with_the_data_apart_from_them_or_its_place_was_not_read(account, region, told) -> None:
    assert places(key(account=account, region=region)) == told


def test_the_place_of_a_key_that_was_not_read_is_a_missing_fact() -> None:
    lost = Gap(fact="key.region", reason=GapReason.UNRESOLVED, detail="the vault is in no subscription")
    gaps = (lost, replace(lost, fact="key.account"))
    held = key(account="", region="")
    resource = bucket(
        "dossiers",
        encryption=UNKNOWN,
        gaps=gaps,
        alongside=alongside(
            encryption=UNKNOWN,
            key=held,
            account=ACCOUNT,
            region="eu-west-3",
            operator=None,
            laws=None,
            holder_laws=None,
        ),
    )
    subject = Subjects(shipped(), TODAY, lambda _type, _fact: "call").of(reassess(resource, held, shipped(), TODAY))
    read = {"key.region", "alongside.account", "alongside.region"}
    assert not read & set(subject.values)
    assert {fact: [gap.fact for gap in subject.missing[fact]] for fact in sorted(read)} == {
        "alongside.account": ["key.account"],
        "alongside.region": ["key.region"],
        "key.region": ["key.region"],
    }
