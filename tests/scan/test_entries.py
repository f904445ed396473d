"""What rests on an unconfirmed or outdated entry may fail a control, and passes none: in every pack, on every axis."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from scanner.assess.resource import reassess
from scanner.cli.packs import all_packs, country_sets
from scanner.facts import countries
from scanner.facts.registry import Registry, shipped
from scanner.model import Copy, Egress, Finding, Holder, Key, Principal, Resource, Status
from scanner.policy.evaluate import Evaluator
from scanner.policy.parameters import Given
from scanner.policy.schema import ATTESTATION_PREFIX
from scanner.scan.entries import entries_behind, unconfirmed
from scanner.scan.subject import Subjects
from tests.report.sample_scan import bucket, key

FRESH = date(2026, 11, 24)
LATER = FRESH + timedelta(days=400)

DATADOG = Egress(kind="https", target="https://app.datadoghq.eu", operator="datadog", country="DE", parent_country="US")
SPLUNK = Egress(kind="https", target="https://in.splunkcloud.com", operator="splunk", country=None, parent_country="US")
FRANKFURT = Copy(
    kind="replication", target="arn:aws:s3:::b", region="eu-central-1", country="DE", account="1", operator="aws-emea"
)
STRANGER = Principal(id="464622532012", kind="account", account="464622532012", external=True, via="policy")

LOOKED_UP = {
    "location.country",
    "operator.parent_country",
    "copies.country",
    "copies.operator",
    "egress.operator",
    "egress.country",
    "key.country",
    "key.holder_country",
    "key.holder_parent_country",
    "key.replicas.country",
    "key.decrypt_principals.operator",
    "alongside.exposure",
}


def doubtful(
    resource: Resource, held: Key | None = None, *, today: date = FRESH, registry: Registry | None = None
) -> frozenset[str]:
    tables = registry or shipped()
    return unconfirmed(entries_behind(reassess(resource, held, tables, today), tables, today), today)


def full() -> tuple[Resource, Key]:
    """A bucket and a key with something on every axis that is looked up in a table."""
    held = key(replicas=(FRANKFURT,), decrypt_principals=(STRANGER,))
    return bucket("dossiers", copies=(FRANKFURT,), egress=(DATADOG,)), held


def test_fresh_and_confirmed_entries_leave_nothing_in_doubt() -> None:
    found = {name for name in doubtful(*full()) if not name.startswith("sets.")}
    assert not shipped().operators["datadog"].confirmed
    assert found == {"egress.parent_country", "key.decrypt_principals.parent_country"}


def test_with_a_later_clock_everything_that_was_looked_up_is_in_doubt() -> None:
    assert doubtful(*full(), today=LATER) >= LOOKED_UP | {"sets.eu", "sets.eea", "sets.adequate"}


def test_an_unconfirmed_destination_is_in_doubt_and_a_confirmed_one_is_not() -> None:
    assert "egress.operator" not in doubtful(bucket("a", egress=(DATADOG,)))
    assert "egress.operator" in doubtful(bucket("a", egress=(DATADOG, SPLUNK)))


def test_whom_a_statement_names_is_not_in_doubt_but_what_is_known_of_them_is() -> None:
    stated = Holder(operator="thales-ciphertrust", country="FR", parent_country="FR", basis="declared")
    found = doubtful(bucket("a"), key(holder=stated), today=LATER)
    assert "key.holder" not in found and "key.holder_country" not in found
    assert "key.holder_parent_country" in found


@pytest.mark.parametrize(
    ("way", "operator", "reference", "confirmed"),
    [
        ({"endpoint": "xks.eu.smartkey.io"}, "fortanix", "destinations/eu.smartkey.io", False),
        ({"service_owner": "754728514883"}, "new-relic", "accounts/754728514883", True),
    ],
)
def test_whom_a_host_name_or_an_account_suggests_rests_on_its_entry(
    way: dict[str, str], operator: str, reference: str, confirmed: bool
) -> None:
    held = key(holder=Holder(operator=operator, country=None, parent_country="US", basis="indicated"), **way)
    assessed = reassess(bucket("a"), held, shipped(), FRESH)
    (found,) = (one for one in entries_behind(assessed, shipped(), FRESH) if one.reference == reference)
    assert "key.holder" in found.facts
    assert found.confirmed is confirmed


def test_every_entry_has_a_reference_a_date_and_a_fact() -> None:
    resource, held = full()
    found = list(entries_behind(reassess(resource, held, shipped(), FRESH), shipped(), FRESH))
    assert {entry.reference for entry in found} >= {
        "regions/aws/eu-west-3",
        "regions/aws/eu-central-1",
        "operators/aws-emea",
        "destinations/datadoghq.eu",
        "accounts/464622532012",
    }
    assert all(entry.facts and entry.as_of.year == 2026 for entry in found)


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    packs = all_packs()
    empty: dict[str, Any] = {"string": "", "int": 0, "bool": False, "list<string>": ["FR", "DE"]}
    given: Given = {
        pack.pack.id: {n: empty[p.type] for n, p in pack.pack.parameters.items() if p.default is None} for pack in packs
    }
    return Evaluator(packs, given, country_sets())


def passes(evaluator: Evaluator, today: date) -> set[str]:
    """Controls that pass on the resource, all read facts of which may be looked up."""
    resource, held = full()
    subject = Subjects(shipped(), today, lambda _type, _fact: "call").of(reassess(resource, held, shipped(), today))
    found = evaluator.evaluate(subject)
    return {one.control for one in found if isinstance(one, Finding) and one.status is Status.PASS}


def test_no_control_of_any_pack_passes_on_entries_that_are_too_old(evaluator: Evaluator) -> None:
    read = {control.id: {name for _, c in control.conditions for name in _names(c)} for control in evaluator.controls}
    looked_up = {name for name in doubtful(*full(), today=LATER) if not name.startswith("sets.")}
    fresh, later = passes(evaluator, FRESH), passes(evaluator, LATER)
    assert later <= fresh
    assert {control for control in fresh if read[control] & looked_up}, "nothing would be held back"
    assert not {control for control in later if read[control] & looked_up}


def test_a_fail_stands_whatever_the_clock(evaluator: Evaluator) -> None:
    resource, held = full()
    abroad = replace(resource, region="us-east-1", country="US")

    def fails(today: date) -> set[str]:
        subject = Subjects(shipped(), today, lambda _type, _fact: "call").of(reassess(abroad, held, shipped(), today))
        found = evaluator.evaluate(subject)
        return {one.control for one in found if isinstance(one, Finding) and one.status is Status.FAIL}

    assert fails(FRESH) and fails(FRESH) == fails(LATER)


def _names(condition: Any) -> set[str]:
    fields = {f"{fact}.{field}" for fact in condition.facts for field in condition.fields.get(fact, ())}
    return {name for name in condition.facts if not name.startswith(ATTESTATION_PREFIX)} | fields


def test_a_set_of_countries_ages_too() -> None:
    assert "german_social_code_equivalent" in countries.doubtful_sets(FRESH)
    assert not {"eu", "eea", "adequate"} & set(countries.doubtful_sets(FRESH))
    assert {"eu", "eea", "adequate", "conditionally_adequate"} <= set(countries.doubtful_sets(LATER))


def test_an_own_place_is_as_good_as_its_entry(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text(
        "regions:\n- {provider: aws, region: eu-west-3, country: FR, source: x, as_of: '2026-11-01', "
        "confirmed: CONFIRMED, basis: primary}\n".replace("CONFIRMED", "false"),
        encoding="utf-8",
    )
    assert "location.country" in doubtful(bucket("a"), registry=shipped().with_user_facts(path))
    path.write_text(path.read_text(encoding="utf-8").replace("false", "true"), encoding="utf-8")
    assert "location.country" not in doubtful(bucket("a"), registry=shipped().with_user_facts(path))


@pytest.mark.parametrize(("region", "country"), [("xx-nowhere-1", "FR"), ("us-east-1", "FR")])
def test_a_country_that_the_tables_at_hand_do_not_give_is_in_doubt(region: str, country: str) -> None:
    """As in a document of a scan with a fact file of the user's, read again without it."""
    assert "location.country" in doubtful(replace(bucket("a"), region=region, country=country))


def test_the_country_of_a_site_is_the_providers_word() -> None:
    there = replace(bucket("a"), country="FR", zone="arn:aws:outposts:eu-west-1:111122223333:outpost/op-1")
    assert "location.country" not in doubtful(replace(there, region="eu-west-1"))
