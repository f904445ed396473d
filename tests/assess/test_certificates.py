from datetime import date

import pytest
from msgspec.structs import replace

from scanner.assess.certificates import contrary, stated_for
from scanner.facts.operators import Certificate, CertificateStatus, Operator
from scanner.facts.registry import shipped
from scanner.facts.sourced import Basis
from scanner.facts.statements import StatedCertificate
from tests.report.sample_scan import bucket

HDS = StatedCertificate(
    scheme="HDS",
    version="2.0",
    operator="aws-emea",
    offer="object storage",
    regions=("eu-west-3",),
    types=("s3.*",),
    by="B. Durand, DPO",
    on=date(2026, 10, 1),
    until=date(2027, 9, 30),
)


def operator(*certificates: Certificate) -> Operator:
    known = shipped().operator("aws-emea")
    assert known is not None
    return replace(known, certifications=certificates)


def recorded(status: CertificateStatus, version: str = "", scheme: str = "HDS") -> Certificate:
    return Certificate(scheme=scheme, status=status, version=version, confirmed=False, basis=Basis.KNOWLEDGE)


@pytest.mark.parametrize(
    ("changes", "covered"),
    [
        ({}, True),
        ({"region": "eu-central-1"}, False),
        ({"type": "rds.db-instance"}, False),
    ],
)
def test_a_certificate_covers_its_offer_in_its_regions(changes: dict[str, str], covered: bool) -> None:
    assert bool(stated_for(bucket("x", **changes), operator(), [HDS])) is covered


def test_another_operator_is_not_covered() -> None:
    assert stated_for(bucket("x"), operator(), [replace(HDS, operator="microsoft-ireland")]) == ()
    assert stated_for(bucket("x"), None, [HDS]) == ()


@pytest.mark.parametrize(
    ("entry", "overruled"),
    [
        (recorded(CertificateStatus.NOT_CERTIFIED), True),
        (recorded(CertificateStatus.NOT_ELIGIBLE, "2.0"), True),
        (recorded(CertificateStatus.NOT_CERTIFIED, "1.1"), False),
        (recorded(CertificateStatus.NOT_CERTIFIED, scheme="C5"), False),
        (recorded(CertificateStatus.CLAIMED), False),
        (recorded(CertificateStatus.UNKNOWN), False),
    ],
)
def test_a_contrary_entry_overrules_it_even_unconfirmed(entry: Certificate, overruled: bool) -> None:
    assert (contrary(HDS, operator(entry)) is not None) is overruled
    assert (stated_for(bucket("x"), operator(entry), [HDS]) == ()) is overruled
