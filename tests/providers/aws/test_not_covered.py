"""Every AWS type that can name a key is in the catalog or excused by name."""

import botocore.session

from scanner.providers.aws import catalog
from scanner.providers.aws.catalog import not_covered
from scanner.providers.aws.catalog.not_covered import Reason
from tests.providers.aws.cloudformation import regions_by_type, types_with_a_key_or_encryption_property

MOST_LEFT = 0
"""Types with a key or encryption property that are neither covered nor excused. May only fall."""

TYPES = catalog.load().types
COVERED = {type_.cfn for type_ in TYPES.values() if type_.cfn}
EXCUSED = not_covered.load()


def test_no_type_with_a_key_or_encryption_property_is_left_out() -> None:
    left = types_with_a_key_or_encryption_property() - COVERED - EXCUSED.keys()
    assert len(left) <= MOST_LEFT, sorted(left)


def test_the_rule_still_finds_what_it_is_for() -> None:
    found = types_with_a_key_or_encryption_property()
    assert len(found) >= 316
    assert {"AWS::S3::Bucket", "AWS::RDS::DBInstance", "AWS::Logs::LogGroup", "AWS::SQS::Queue"} <= found
    assert "AWS::IAM::Role" not in found


def test_every_excuse_is_for_a_type_that_exists_and_needs_one() -> None:
    assert EXCUSED.keys() <= types_with_a_key_or_encryption_property()
    assert not EXCUSED.keys() & COVERED


def test_an_excuse_names_the_type_that_answers_instead() -> None:
    for name, excuse in EXCUSED.items():
        assert (excuse.by in TYPES) == (excuse.reason is Reason.COVERED), name
        assert excuse.by == "" or excuse.reason is Reason.COVERED, name


def test_an_excuse_for_want_of_a_client_ends_when_the_sdk_has_one() -> None:
    clients = set(botocore.session.get_session().get_available_services())
    for name, excuse in EXCUSED.items():
        assert bool(excuse.client) == (excuse.reason is Reason.NO_CLIENT), name
        assert excuse.client not in clients, name


def test_the_reasons_are_sentences() -> None:
    for name, excuse in EXCUSED.items():
        assert excuse.why[:1].isupper() and excuse.why.endswith("."), name


def test_the_catalog_names_only_types_of_cloudformation() -> None:
    assert regions_by_type().keys() >= COVERED
