"""From the answers about one resource to an `ObservedResource`. Pure; the catalog says where everything stands."""

import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from scanner.model import Gap, GapReason, Holds, ObservedResource, Retention
from scanner.providers.aws.catalog import Catalog, RetentionRule, TagRule, Type
from scanner.providers.aws.encryption import Place, encryption_of
from scanner.providers.aws.expression import Document
from scanner.providers.aws.size import size_of
from scanner.providers.aws.ties import ties_of
from scanner.providers.aws.ways import copies_of, egress_of

TAGGING = "tagging:GetResources"
"""The call that gives the tags which the answers themselves do not carry."""

_PER_DAY = {"days": 1.0, "hours": 24.0, "minutes": 24.0 * 60, "seconds": 24.0 * 3600}


def observe(
    type_: Type, document: Document, catalog: Catalog, *, partition: str, region: str, account: str, now: datetime
) -> ObservedResource:
    """One resource; `region` is where it was listed, and holds unless the type's answers name another."""
    gaps: list[Gap] = []
    home, region_gaps = _region(type_, document, region)
    gaps += document.missing("country", type_.fields.country)
    place = Place(partition, home, account)
    encryption, encryption_gaps = encryption_of(type_.encryption, document, catalog, place)
    arn, is_known = _arn(type_, document, place)
    copies, copy_gaps = copies_of(type_, document, place, arn)
    egress, egress_gaps = egress_of(type_, document)
    tags, tag_gaps = _tags(type_, document, is_known=is_known)
    retention, retention_gaps = _retention(type_, document, now)
    ties, tie_gaps = ties_of(type_.ties, document)
    size, size_gaps = size_of(type_.size, document)
    for found in (region_gaps, encryption_gaps, copy_gaps, egress_gaps, tag_gaps, retention_gaps, size_gaps, tie_gaps):
        gaps += found
    return ObservedResource(
        id=arn,
        type=type_.id,
        provider="aws",
        partition=partition,
        account=account,
        region=home,
        zone=_zone(document.texts(type_.zone), home),
        country=document.text(type_.fields.country),
        name=document.text(type_.fields.name) or _last(document.text(type_.fields.id)),
        category=type_.category,
        # A setting that every account has says how data would be kept, and is no place where some is kept.
        holds=Holds.CONFIG if type_.setting and type_.holds.is_store else type_.holds,
        medical=type_.medical,
        tags=tags,
        encryption=encryption,
        copies=copies,
        egress=egress,
        retention=retention,
        size=size,
        ties=ties,
        gaps=tuple(gaps),
    )


def _region(type_: Type, document: Document, listed: str) -> tuple[str, tuple[Gap, ...]]:
    path = type_.fields.region
    if not path:
        return ("global" if type_.scope == "global" else listed), ()
    missing = document.missing("country", path)
    if missing:
        return "unknown", missing
    found = document.text(path)
    if found:
        return found, ()
    if type_.scope == "regional":
        return listed, ()
    return "unknown", (Gap(fact="country", reason=GapReason.MALFORMED, detail="the answer names no region"),)


def _arn(type_: Type, document: Document, place: Place) -> tuple[str, bool]:
    """The ARN, and whether AWS knows it by that name.

    Types without an ARN get a name of the same form, which is the same from scan to scan and differs from parent to
    parent.
    """
    id_ = document.text(type_.fields.id)
    known = document.text(type_.fields.arn)
    if known:
        return known, True
    values = {"partition": place.partition, "region": place.region, "account": place.account}
    above = document.values.get("parent")
    parent = document.values.get("parent_id") or ("" if above is None else _digest(above))
    if type_.fields.arn_template and id_:
        # An ARN writes the parameter `/base/password` as `parameter/base/password`.
        return type_.fields.arn_template.format(id=id_.lstrip("/"), parent=parent, **values), True
    noun = type_.id.partition(".")[2]
    name = id_ or _digest(document.values.get("item"))
    made = "arn:{partition}:{0}:{region}:{account}:{1}/{2}".format(
        type_.service, noun, f"{parent}/{name}" if parent else name, **values
    )
    return made, False


def _last(id_: str) -> str:
    """The name in an id that is an address, as that of a queue is."""
    return id_.rpartition("/")[2] if "://" in id_ else id_


def _digest(item: object) -> str:
    return sha256(json.dumps(item, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _zone(texts: list[str], region: str) -> str:
    """The zone when the machines may stand elsewhere than the region's own: a Local Zone or an Outpost."""
    return next((text for text in texts if not re.fullmatch(rf"{re.escape(region)}[a-z]", text)), "")


def _tags(type_: Type, document: Document, *, is_known: bool) -> tuple[dict[str, str] | None, tuple[Gap, ...]]:
    if isinstance(type_.tags, TagRule):
        missing = document.missing("tags", type_.tags.path)
        return (None, missing) if missing else (_tag_values(type_.tags, document), ())
    if type_.tags == "none":
        return {}, ()
    if not is_known:
        detail = "no answer has the ARN by which its tags would be found"
        return None, (Gap(fact="tags", reason=GapReason.UNSUPPORTED, detail=detail, operation=TAGGING),)
    later = Gap(fact="tags", reason=GapReason.UNRESOLVED, detail="given by a call of its own", operation=TAGGING)
    return None, (later,)


def _tag_values(rule: TagRule, document: Document) -> dict[str, str]:
    found = document.find(rule.path)
    if isinstance(found, dict):
        return {str(key): str(value if value is not None else "") for key, value in found.items()}
    key, _, value = rule.style.partition("/")
    return {str(pair.get(key, "")): str(pair.get(value) or "") for pair in found or () if isinstance(pair, dict)}


def _retention(type_: Type, document: Document, now: datetime) -> tuple[Retention | None, tuple[Gap, ...]]:
    rule = type_.retention
    if rule is None:
        return None, ()
    missing = document.missing("retention", rule.value, rule.undetermined_when)
    if missing:
        return None, missing
    if rule.undetermined_when and document.find(rule.undetermined_when):
        detail = f"{rule.basis}: the end depends on the data"
        return None, (Gap(fact="retention", reason=GapReason.INVISIBLE, detail=detail),)
    values = [value for value in document.texts(rule.value) if value not in rule.forever]
    if not values and document.texts(rule.value):
        return Retention(days=None, basis=rule.basis), ()
    if not values and rule.value and rule.absent == "unknown":
        return None, (Gap(fact="retention", reason=GapReason.INVISIBLE, detail=f"the answer has no {rule.basis}"),)
    try:
        days = [_days(rule, value, now) for value in values]
    except (ValueError, OverflowError):
        detail = f"{rule.basis}: '{', '.join(values)[:80]}' is not understood"
        return None, (Gap(fact="retention", reason=GapReason.MALFORMED, detail=detail),)
    return Retention(days=min(days) if days else None, basis=rule.basis), ()


def _days(rule: RetentionRule, value: str, now: datetime) -> int:
    """Whole days, a part of a day counting as one. ValueError when `value` is no number or point in time."""
    if rule.unit == "until":
        end = datetime.fromisoformat(value)
        end = end if end.tzinfo else end.replace(tzinfo=UTC)
        return max(0, -((now - end) // timedelta(days=1)))
    return -int(-float(value) // _PER_DAY[rule.unit])
