"""Copies and ways out: reading the target of a `CopyRule` or `EgressRule` by what it is, without asking anybody."""

import re
from collections.abc import Iterator

from scanner.model import Gap, ObservedCopy, ObservedEgress
from scanner.providers.aws.arn import bucket_arn, bucket_of, is_account, parse
from scanner.providers.aws.catalog import CopyRule, ToIs, Type
from scanner.providers.aws.encryption import Place
from scanner.providers.aws.expression import Document


def copies_of(
    type_: Type, document: Document, place: Place
) -> tuple[tuple[ObservedCopy, ...] | None, tuple[ObservedEgress, ...] | None, tuple[Gap, ...]]:
    """The copies of one resource, the targets among them that are URLs after all, and gaps for what was not read.

    None for the copies, or the URLs, only when nothing at all could be read.
    """
    copies: list[ObservedCopy] = []
    ways: list[ObservedEgress] = []
    gaps: list[Gap] = []
    unread = 0
    for rule in type_.copies:
        missing = document.missing("copies", rule.to, rule.key)
        if missing or not rule.to:
            gaps += missing
            gaps += document.missing("egress", rule.to) if rule.to_is is ToIs.ARN_OR_URL else ()
            unread += bool(missing)
            continue
        for target, key in _keyed(rule, document, place):
            if rule.to_is is ToIs.ARN_OR_URL and parse(target) is None:
                ways.append(ObservedEgress(kind=rule.kind, target=target))
            else:
                copies += _copies(rule, target, place, key)
    urls = None if any(gap.fact == "egress" for gap in gaps) and not ways else tuple(ways)
    return None if unread and unread == len(type_.copies) else tuple(dict.fromkeys(copies)), urls, tuple(gaps)


def _keyed(rule: CopyRule, document: Document, place: Place) -> list[tuple[str, str]]:
    """Each target of a rule once, with the key its copy is encrypted with, where that is certain.

    Targets and keys are read by two paths. They go together one by one when there are as many of each; otherwise some
    target names no key, and which one cannot be told.
    """
    targets = document.texts(rule.to)
    keys = [place.key(key) or "" for key in document.texts(rule.key)]
    if len(keys) != len(targets):
        keys = [""] * len(targets)
    return list(dict.fromkeys(zip(targets, keys, strict=True)))


def egress_of(type_: Type, document: Document) -> tuple[tuple[ObservedEgress, ...] | None, tuple[Gap, ...]]:
    """The destinations outside AWS that one resource names."""
    ways: list[ObservedEgress] = []
    gaps: list[Gap] = []
    for rule in type_.egress:
        gaps += document.missing("egress", rule.to)
        ways += [ObservedEgress(kind=rule.kind, target=target) for target in dict.fromkeys(document.texts(rule.to))]
    return (None if gaps and not ways else tuple(ways)), tuple(gaps)


def _copies(rule: CopyRule, target: str, place: Place, key: str) -> Iterator[ObservedCopy]:
    for name, region, account in _targets(rule.to_is, target, place):
        if rule.to_is is ToIs.REGION and region == place.region:
            continue  # a global table lists its own region among its replicas
        yield ObservedCopy(kind=rule.kind, target=name, inbound=rule.inbound, region=region, account=account, key=key)


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
        case ToIs.ARN | ToIs.ID_OR_ARN | ToIs.REGION_OR_ARN | ToIs.ACCOUNT_OR_ARN | ToIs.ARN_OR_URL | ToIs.LOG_GROUP:
            yield _named(to_is, target, place)
        case ToIs.ID | ToIs.TOPIC:
            yield target, place.region, place.account
        case ToIs.MODEL_OR_PROFILE:
            # A bare profile id (`eu.anthropic…`) names a geography: which region computes is decided per request.
            found = parse(target)
            yield target, (found.region or None) if found else None, place.account
        case ToIs.PRICE_CLASS:
            yield target, "global", place.account
        case ToIs.JSON_DOCUMENT:
            yield from (_named(ToIs.ARN, arn, place) for arn in _arns_in(target))
        case ToIs.NONE:
            return


def _named(to_is: ToIs, target: str, place: Place) -> tuple[str, str | None, str | None]:
    found = parse(target)
    if found is not None:
        if found.service == "s3" and not found.region:  # an access point has a region; a bucket's ARN has none
            return bucket_arn(found.partition, bucket_of(target)), None, None
        return target, found.region or None, found.account or None
    if to_is is ToIs.REGION_OR_ARN:
        return target, target, place.account
    if to_is is ToIs.ACCOUNT_OR_ARN and is_account(target):
        return target, place.region, target
    return target, place.region, place.account


_ARN_TEXT = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[^\s\"'\\]+")


def _arns_in(text: str) -> list[str]:
    """Every ARN in a document that AWS hands over as text."""
    return list(dict.fromkeys(_ARN_TEXT.findall(text)))
