"""The catalog says only what botocore's models bear out, and a slip in it is noticed."""

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import botocore.session
import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from scanner import strictyaml
from scanner.errors import SourceError
from scanner.model import Holds
from scanner.providers.aws import catalog
from scanner.providers.aws.catalog import NoKey, Type
from tests.providers.aws.catalog_checker import check

TYPES = catalog.load().types


def test_every_declaration_resolves_in_the_models_of_botocore() -> None:
    assert check(TYPES) == []


def test_every_file_is_loaded_and_no_id_is_written_in_two_of_them() -> None:
    files = sorted((Path(catalog.__file__).parent / "types").glob("*.yaml"))
    written = [
        line[2:-1]
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.startswith("  ") and line[2] != " "
    ]
    assert sorted(written) == sorted(TYPES)
    assert {type_.category for type_ in TYPES.values()} <= {file.stem for file in files}


def test_parents_stand_before_the_types_listed_under_them() -> None:
    order = list(TYPES)
    nested = [type_ for type_ in TYPES.values() if type_.parent]
    assert nested
    assert all(order.index(type_.parent) < order.index(type_.id) for type_ in nested)


def test_types_are_found_by_the_client_that_lists_them() -> None:
    by_service = catalog.load().by_service
    assert sum(map(len, by_service.values())) == len(TYPES)
    assert [type_.id for type_ in by_service["backupsearch"]] == ["backup.search_job"]


@pytest.mark.parametrize(
    ("key", "meaning"),
    [
        ("auto", NoKey.AWS_OWNED),
        ("alias/aws/rds", NoKey.AWS_MANAGED),
        ("alias/records", None),
        ("arn:aws:kms:eu-west-3:111122223333:key/0000", None),
    ],
)
def test_words_in_a_key_field_are_told_from_keys(key: str, meaning: NoKey | None) -> None:
    assert catalog.load().literal(key) is meaning


def _actions_allowed_by(policies: Iterable[str]) -> frozenset[str]:
    """Action patterns, in lower case, of AWS's managed policies as moto carries them."""
    documents = json.loads(aws_managed_policies_data)
    actions: set[str] = set()
    for policy in policies or documents:
        statements = documents[policy]["Document"]["Statement"]
        for statement in [statements] if isinstance(statements, dict) else statements:
            if statement["Effect"] == "Allow":
                entry = statement.get("Action", [])
                actions.update(word.lower() for word in ([entry] if isinstance(entry, str) else entry))
    return frozenset(actions)


def _allowed(action: str, patterns: frozenset[str]) -> bool:
    return any(fnmatchcase(action.lower(), pattern) for pattern in patterns)


def test_the_named_managed_policies_allow_every_call() -> None:
    patterns = {name: _actions_allowed_by([name]) for name in ("ViewOnlyAccess", "SecurityAudit", "ReadOnlyAccess")}
    for type_ in TYPES.values():
        able = tuple(name for name in patterns if all(_allowed(each, patterns[name]) for each in type_.permissions))
        assert type_.policies == able, type_.id


def test_nearly_every_action_is_written_in_some_policy_of_aws() -> None:
    """A second witness for the names of actions, which no SDK model holds. `service:*` would prove nothing."""
    telling = frozenset(pattern for pattern in _actions_allowed_by(()) if not pattern.endswith(":*") and pattern != "*")
    unseen = {action for type_ in TYPES.values() for action in type_.permissions if not _allowed(action, telling)}
    assert unseen == {
        "comprehendmedical:ListEntitiesDetectionV2Jobs",
        "health-agent:GetDomain",
        "health-agent:ListDomains",
        "osm:ListSpaces",
        "scn:ListInstances",
        "wickr:ListNetworks",
    }


def test_arns_that_are_built_have_the_form_that_aws_writes_down() -> None:
    """A second witness, since no SDK model holds the forms; the file says where they are from."""
    formats = strictyaml.load_file(Path(__file__).parent / "data" / "arn_formats.yaml", dict[str, str]).value
    built = {type_.id: type_.fields.arn_template for type_ in TYPES.values() if type_.fields.arn_template}
    # A hosted zone's id begins with its kind: `/hostedzone/Z123`.
    built["route53.hosted_zone"] = built["route53.hosted_zone"].replace("{id}", "hostedzone/{id}")
    assert {id_: _form(text) for id_, text in built.items()} == {id_: _form(text) for id_, text in formats.items()}


def _form(arn: str) -> str:
    return re.sub(r"\$?\{[^}]*\}", "*", arn)


def test_types_that_aws_config_records_are_those_of_its_model() -> None:
    recorded = set(botocore.session.get_session().get_service_model("config").shape_for("ResourceType").enum)
    assert {type_.cfn for type_ in TYPES.values() if type_.aws_config} == recorded & {
        type_.cfn for type_ in TYPES.values() if type_.cfn
    }


def test_stores_say_how_they_are_encrypted_or_that_it_cannot_be_known() -> None:
    """`not_applicable` is for what keeps nothing: a store must not hide behind it."""
    hiding = {
        type_.id
        for type_ in TYPES.values()
        if type_.holds.is_store and type_.encryption.no_key is NoKey.NOT_APPLICABLE and not type_.encryption.state
    }
    assert hiding == set()


def test_medical_types_hold_or_process_health_data() -> None:
    medical = [type_ for type_ in TYPES.values() if type_.medical]
    assert medical
    assert {type_.category for type_ in medical} == {"health"}


def test_a_refusal_is_never_declared_as_nothing_configured() -> None:
    codes = {code for type_ in TYPES.values() for call in type_.calls for code in call.absent}
    assert codes
    assert not any("denied" in code.lower() or "unauthorized" in code.lower() for code in codes)


def test_the_loader_refuses_words_outside_its_vocabularies() -> None:
    entry = (
        "holds: {holds}\nlist: {{op: a, permission: b, items: c, paginator: true}}\n"
        "fields: {{id: d}}\nencryption: {{no_key: {no_key}}}\n{more}"
    )
    assert strictyaml.load(entry.format(holds="log", no_key="plain", more=""), "-", Type).value.holds is Holds.LOG
    for change in ({"holds": "logs"}, {"no_key": "none"}, {"more": "zones: x"}, {"more": "scope: local"}):
        with pytest.raises(SourceError):
            strictyaml.load(entry.format(**{"holds": "log", "no_key": "plain", "more": "", **change}), "-", Type)
