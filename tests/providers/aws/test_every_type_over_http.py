"""Every type that the simulated AWS can hold, made by boto3, read by the product's own collector over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from botocore import xform_name
from botocore.session import Session

from scanner.model import Coverage, CoverageState, ObservedResource
from scanner.providers.aws import provider
from scanner.providers.aws.arn import parse
from scanner.providers.aws.call import Clients
from scanner.providers.aws.catalog import load
from scanner.providers.aws.collector import allowed, chosen_types, open_account
from scanner.providers.aws.look import Plan
from scanner.providers.aws.session import Identity, identify, open_session
from scanner.providers.contract import Limits, Record, TagSet
from tests.fixtures.aws import REGION, Aws
from tests.providers.aws.seeds import SEEDS, Make

SEEDED = 129
"""How many types are made. The number may only rise."""

ANSWERED = 169
"""How many types' lists are answered by moto, or by the simulation's own handlers. The number may only rise."""


@cache
def signed_in() -> tuple[Session, Clients, Identity]:
    """Once a worker: each test has an account emptied, and the same credentials for it."""
    session = open_session("", "", "")
    clients = Clients(session, Limits(attempts=1), allowed(load()))
    return session, clients, identify(session, clients)


def scanned(type_: str, region: str) -> list[Record]:
    options = {"regions": (region if region != "global" else REGION,), "types": (type_,)}
    collector = open_account(*signed_in(), load(), chosen_types(load(), options), options, Plan())
    return [record for unit in collector.units() for record in collector.collect(unit)]


@pytest.mark.parametrize("type_", SEEDS)
def test_what_was_made_is_read_as_it_was_made(aws: Aws, type_: str) -> None:
    expected = SEEDS[type_](Make(aws))
    aws.freeze()
    records = scanned(type_, expected.region)
    rows = [record for record in records if isinstance(record, Coverage)]
    assert [row for row in rows if row.state is not CoverageState.COMPLETE] == []
    found = {record.id: record for record in records if isinstance(record, ObservedResource) and record.type == type_}
    assert expected.id in found
    one = found[expected.id]
    assert (one.region, one.account, one.partition) == (expected.region, "123456789012", "aws")
    home = parse(one.id)
    assert home is None or home.region in ("", one.region)
    encryption = one.encryption
    for name, actual in {
        "name": one.name,
        "state": encryption.state,
        "owner": encryption.owner,
        "keys": encryption.keys,
        "other_keys": encryption.other_keys,
        "zone": one.zone,
        "days": one.retention.days if one.retention is not None else None,
        "copies": frozenset((copy.kind, copy.target) for copy in one.copies or ()),
        "egress": frozenset(way.target for way in one.egress or ()),
        "tags": _tags(one, records),
    }.items():
        wanted = getattr(expected, name)
        assert wanted is None or actual == wanted, name
    assert [gap for gap in one.gaps if gap.reason not in ("invisible", "unresolved")] == []


def _tags(one: ObservedResource, records: list[Record]) -> dict[str, str] | None:
    if one.tags is not None:
        return one.tags
    return next((record.tags for record in records if isinstance(record, TagSet) and record.resource == one.id), {})


@pytest.mark.parametrize(
    ("pointing", "pointed_at"), [("lakeformation.resource", "s3.bucket"), ("rds.export_task", "rds.db_snapshot")]
)
def test_what_points_to_a_store_does_not_take_its_id(aws: Aws, pointing: str, pointed_at: str) -> None:
    """Two records of one id are one in the journal: the store would be gone."""
    SEEDS[pointing](Make(aws))
    ids = [
        record.id
        for type_ in (pointing, pointed_at)
        for record in scanned(type_, REGION)
        if isinstance(record, ObservedResource)
    ]
    assert len(ids) == len(set(ids)) >= 2


def test_the_number_of_types_that_are_made_only_rises() -> None:
    assert len(SEEDS) >= SEEDED


def test_every_list_of_the_catalog_is_answered_and_moto_answers_most(aws: Aws) -> None:
    """In an empty account: all lists are asked, none fails, and none is refused."""
    collector = provider.open({"regions": ("us-east-1",)}, Limits(attempts=1))
    failed: list[Coverage] = []
    with ThreadPoolExecutor(4) as pool:
        for records in pool.map(lambda unit: list(collector.collect(unit)), collector.units()):
            rows = [record for record in records if isinstance(record, Coverage)]
            failed += [row for row in rows if row.state not in (CoverageState.COMPLETE, CoverageState.NOT_ENABLED)]
    assert failed == []
    simulated = {
        (line["service"], xform_name(line["operation"])) for line in aws.log() if line["by"] in ("moto", "own")
    }
    types = load().types.values()
    assert sum((type_.service, type_.list.op) in simulated for type_ in types) >= ANSWERED
