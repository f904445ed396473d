"""Copies and ways out: reading the target of a `CopyRule` or `EgressRule` by what it is, without asking anybody."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from scanner.model import Gap, ObservedCopy, ObservedEgress
from scanner.providers.aws.arn import bucket_arn, bucket_of, is_account, parse
from scanner.providers.aws.catalog import CopyRule, EgressRule, ToIs, Type
from scanner.providers.aws.encryption import Place
from scanner.providers.aws.expression import Document

ANYWHERE = "global"
"""Region of what is served from all regions of the partition."""


def copies_of(
    type_: Type, document: Document, place: Place, arn: str
) -> tuple[tuple[ObservedCopy, ...] | None, tuple[Gap, ...]]:
    """The copies of the resource `arn`, and gaps for what was not read; None only when nothing at all could be read."""
    copies: list[ObservedCopy] = []
    gaps: list[Gap] = []
    unread = 0
    for rule in type_.copies:
        missing = document.missing("copies", rule.to, rule.account, rule.key)
        gaps += missing
        unread += bool(missing)
        copies += () if missing else _of_rule(rule, document, place)
    # A cluster of many regions counts itself among its members.
    others = tuple(dict.fromkeys(copy for copy in copies if copy.target != arn))
    return None if unread and unread == len(type_.copies) else others, tuple(gaps)


def _of_rule(rule: CopyRule, document: Document, place: Place) -> Iterator[ObservedCopy]:
    """Each target of a rule, with the account and the key that stand beside it."""
    targets = document.texts(rule.to)
    accounts = [_account(text) for text in _beside(targets, document.texts(rule.account))]
    keys = [place.key(text) or "" for text in _beside(targets, document.texts(rule.key))]
    for target, owner, key in dict.fromkeys(zip(targets, accounts, keys, strict=True)):
        for name, region, account in _targets(rule.to_is, target, place):
            account = owner if rule.account else account
            if rule.to_is is ToIs.REGION and (region, account) == (place.region, place.account):
                continue  # a global table lists its own region among its replicas
            yield ObservedCopy(
                kind=rule.kind, target=name, inbound=rule.inbound, region=region, account=account, key=key
            )


def _beside(targets: list[str], others: list[str]) -> list[str]:
    """What another path reads about each target; nothing unless it reads as many: else whose is unknown."""
    return others if len(others) == len(targets) else [""] * len(targets)


def _account(text: str) -> str | None:
    found = parse(text)
    return (found.account or None) if found else text if is_account(text) else None


def egress_of(type_: Type, document: Document) -> tuple[tuple[ObservedEgress, ...] | None, tuple[Gap, ...]]:
    """The destinations outside AWS that one resource names."""
    ways: list[ObservedEgress] = []
    gaps: list[Gap] = []
    for rule in type_.egress:
        gaps += document.missing("egress", rule.to)
        targets = dict.fromkeys(_without_secrets(text) for text in document.texts(rule.to) if not _stays(text, rule))
        ways += [ObservedEgress(kind=rule.kind, target=target) for target in targets]
    return (None if gaps and not ways else tuple(ways)), tuple(gaps)


def _stays(value: str, rule: EgressRule) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in rule.inside)


_AFTER_THE_PATH = re.compile(r"[?#;].*", re.DOTALL)
_USER_OF_URL = re.compile(r"(?<=//)[^/@]*@|(?<=:thin:)[^@]*@/*")


def _without_secrets(target: str) -> str:
    """An address without user, password and parameters: webhooks and drivers carry their secrets there."""
    if "://" not in target and not target.startswith("jdbc:"):
        return target
    return _USER_OF_URL.sub("", _AFTER_THE_PATH.sub("", target))


def _targets(to_is: ToIs, target: str, place: Place) -> Iterator[tuple[str, str | None, str | None]]:
    """Name, region and account of what `target` means; None where the reference does not tell."""
    match to_is:
        case ToIs.REGION:
            yield target, target, place.account
        case ToIs.BUCKET_ARN | ToIs.BUCKET_NAME | ToIs.S3_URL:
            found = parse(target)
            yield (
                _named(ToIs.ARN, target, place)
                if found
                else (bucket_arn(place.partition, bucket_of(target)), None, None)
            )
        case ToIs.ARN | ToIs.ID_OR_ARN | ToIs.REGION_OR_ARN | ToIs.LOG_GROUP:
            yield _named(to_is, target, place)
        case ToIs.ID | ToIs.TOPIC:
            yield target, place.region, place.account
        case ToIs.MODEL_OR_PROFILE:
            yield target, _computing_region(target, place), place.account
        case ToIs.PRICE_CLASS:
            yield target, ANYWHERE, place.account
        case ToIs.JSON_DOCUMENT:
            yield from (_named(ToIs.ARN, arn, place) for arn in _destinations_in(target))
        case ToIs.COPIED_FROM:
            copied = _COPIED_FROM.search(target)
            if copied is not None:
                yield copied["id"], copied["region"], place.account


def _named(to_is: ToIs, target: str, place: Place) -> tuple[str, str | None, str | None]:
    found = parse(target)
    if found is not None:
        if found.service == "s3" and not found.region:  # an access point has a region; a bucket's ARN has none
            return bucket_arn(found.partition, bucket_of(target)), None, None
        return target, found.region or None, found.account or None
    if to_is is ToIs.REGION_OR_ARN:
        return target, target, place.account
    if to_is is ToIs.ARN:
        return target, None, None
    return target, place.region, place.account


_COPIED_FROM = re.compile(r"\[Copied (?P<id>snap-[0-9a-f]+) from (?P<region>[a-z]{2,}(?:-[a-z]+)+-\d)\]")
_GEOGRAPHY = re.compile(r"(?P<name>[a-z]{2,6}|us-gov)\.[a-z0-9]+\.[a-z]")
"""`eu.anthropic.claude…`: the geography within which a system-defined profile chooses a region for each request."""


def _computing_region(target: str, place: Place) -> str | None:
    """Where a model answers: one region, all of them, or None where the name does not tell."""
    found = parse(target)
    kind, _, name = (found.resource if found else target).rpartition("/")
    geography = _GEOGRAPHY.match(name)
    if geography is not None:
        return ANYWHERE if geography["name"] == "global" else None
    if kind.endswith("inference-profile"):
        return None
    if found is None:
        return place.region
    return found.region or ANYWHERE


def _destinations_in(text: str) -> list[str]:
    """Every `DestinationArn` in a JSON document that AWS hands over as text; the text itself where it is no JSON."""
    found: dict[str, None] = {}

    def collect(pairs: list[tuple[str, Any]]) -> None:
        found.update({str(value): None for name, value in pairs if name == "DestinationArn"})

    try:
        json.loads(text, object_pairs_hook=collect)
    except (ValueError, RecursionError):
        return [text]
    return list(found)
