"""From a row or a body to records: the resource, what its children add, and the children that are resources."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from scanner.model import (
    EncryptionState,
    Gap,
    GapReason,
    KeyOwner,
    ObservedCopy,
    ObservedEgress,
    ObservedEncryption,
    ObservedResource,
)
from scanner.providers.azure import armid, findings, observe, shape
from scanner.providers.azure.call import Json, Reader
from scanner.providers.azure.declaration import Child, ResourceType, catalog, deciding_types
from scanner.providers.azure.members import holds, text, values
from scanner.providers.azure.observe import Seen
from scanner.providers.azure.places import Pairs, normalise
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.versions import read
from scanner.providers.azure.work import Work
from scanner.providers.contract import Record

DIAGNOSTICS = "Microsoft.Insights/diagnosticSettings"
DIAGNOSTICS_VERSION = "2021-05-01-preview"
_NO_DIAGNOSTICS = "resourcetypenotsupported"
"""Code for a resource that cannot have diagnostic settings, such as some kinds of a type."""
_FOLLOWED = 3
"""How far a key is looked for through parents and links."""
_DESTINATIONS = (
    "properties.workspaceId",
    "properties.storageAccountId",
    "properties.eventHubAuthorizationRuleId",
    "properties.serviceBusRuleId",
)


class Surroundings(Struct, frozen=True, kw_only=True):
    """What reading a resource needs besides the resource."""

    reader: Reader
    partition: str
    vault_suffix: str
    pairs: Pairs
    verify_live: bool
    """Read every store itself, whatever Resource Graph says."""


class _Facts(Struct, kw_only=True):
    """What is known of one resource while its children are read."""

    seen: Seen
    copies: list[ObservedCopy]
    egress: list[ObservedEgress]
    gaps: list[Gap]


def records(
    around: Surroundings, work: Work, type_: ResourceType, row: Json, *, live: bool, home: str = ""
) -> Iterator[Record]:
    """A resource and its child resources. `live`: `row` is the resource's own answer; `home`: region of its parent."""
    resource_id = armid.canonical(text(row, "id"))
    if not armid.looks_like_id(resource_id):
        detail = "an element has no id of a resource"
        work.refused(type_.type, RefusalError(GapReason.MALFORMED, detail, operation=type_.operation))
        return
    if resource_id in work.seen:
        return
    work.seen.add(resource_id)
    body, proves, gaps = _body(around, work, type_, row, resource_id, live=live)
    region = observe.region(type_, body, home)
    if not region:
        gaps.append(Gap(fact="region", reason=GapReason.MALFORMED, detail="the resource has no location"))
    seen = observe.encryption(
        type_, body, resource_id=resource_id, vault_suffix=around.vault_suffix, absence_proves=proves
    )
    copies, copy_gaps = observe.copies(type_, body, home=region, own_id=resource_id, pairs=around.pairs)
    facts = _Facts(seen=seen, copies=copies, egress=observe.egress(type_, body), gaps=[*gaps, *copy_gaps])
    _shape(work, type_, body, facts)
    children: list[tuple[ResourceType, Json]] = []
    for child in type_.children:
        if child.when is None or holds(body, child.when):
            children += _child(around, work, child, resource_id, region, facts, body)
    if type_.diagnostics:
        _diagnostics(around, work, resource_id, facts)
    discovered, unread = findings.of_resource(around.reader, work, type_, body, resource_id)
    facts.gaps += unread
    yield from discovered
    final = _decided(around, work, facts.seen)
    if type_.type.lower() in deciding_types():
        work.encryptions[resource_id] = final
    retention, retention_gaps = observe.retention(type_, body)
    tagged = tags(body, row)
    if tagged is None:
        facts.gaps.append(Gap(fact="tags", reason=GapReason.MALFORMED, detail="the tags are no names with values"))
    size, size_gaps = observe.size(type_, body)
    name = text(body, "name") or armid.name_of(resource_id)
    work.found += 1
    yield ObservedResource(
        id=resource_id,
        type=type_.type,
        provider="azure",
        partition=around.partition,
        account=armid.subscription_of(resource_id),
        region=region,
        zone=normalise(text(body, "extendedLocation.name")),
        name=name,
        category=type_.category,
        holds=type_.holds,
        medical=type_.medical,
        tags=tagged,
        encryption=final.encryption,
        copies=tuple(sorted(set(facts.copies), key=lambda copy: (copy.kind, copy.target, copy.region or ""))),
        egress=tuple(dict.fromkeys(facts.egress)),
        retention=retention,
        size=size,
        ties=observe.ties(type_, body, resource_id),
        gaps=tuple(dict.fromkeys([*facts.gaps, *final.gaps, *retention_gaps, *size_gaps])),
    )
    for child_type, child_body in children:
        yield from records(around, work, child_type, child_body, live=True, home=region)


def _shape(work: Work, type_: ResourceType, body: Json, facts: _Facts) -> None:
    """What the body's shape hides becomes gaps, and a key that it hides is nobody's."""
    hidden = shape.gaps(type_, body)
    for gap in hidden:
        work.refused(type_.type, RefusalError(gap.reason, gap.detail, operation=gap.operation))
    facts.gaps += hidden
    if any(gap.fact == shape.KEY for gap in hidden) and type_.encryption.keys:
        facts.seen = Seen(encryption=ObservedEncryption(state=EncryptionState.UNKNOWN, owner=KeyOwner.UNKNOWN))


def _body(
    around: Surroundings, work: Work, type_: ResourceType, row: Json, resource_id: str, *, live: bool
) -> tuple[Json, bool, list[Gap]]:
    """The body to read, whether a missing key in it proves anything, and gaps.

    A row of Resource Graph is enough unless it names no key and comes from an api-version that did not show keys yet,
    or from a list that is known to leave them out. The resource's own answer then decides.
    """
    proves = live or (
        not type_.encryption.full_read and bool(since := type_.encryption.since) and text(row, "apiVersion") >= since
    )
    wanted = type_.expand or shape.is_hollow(row) or (observe.names_no_key(type_, row) and not proves)
    if live or not (wanted or (around.verify_live and type_.holds.is_store)):
        return row, proves, []
    try:
        body, complete = read(around.reader, type_, resource_id, work.tally)
    except RefusalError as error:
        work.refused(type_.type, error)
        return row, proves, [error.gap("encryption.key")]
    return body, complete, []


def _child(
    around: Surroundings, work: Work, child: Child, resource_id: str, region: str, facts: _Facts, parent: Json
) -> list[tuple[ResourceType, Json]]:
    """Read one kind of child and let it complete `facts`; children that are resources are returned."""
    type_ = catalog()[child.type.lower()]
    try:
        found = list(_children(around, work, child, type_, resource_id, region))
    except RefusalError as error:
        work.refused(type_.type, error)
        _missing(child, type_, error, facts)
        return []
    if child.use == "resource":
        return [(type_, body) for body in found]
    if child.use == "deployments":
        copies, gaps = observe.deployments(parent, found, resource_id)
        facts.copies += copies
        facts.gaps += gaps
        return []
    for body in found:
        if child.use == "encryption":
            facts.seen = observe.completed(facts.seen, type_, body, vault_suffix=around.vault_suffix)
        _shape(work, type_, body, facts)
        copies, gaps = observe.copies(type_, body, home=region, own_id=resource_id, pairs=around.pairs)
        facts.copies += copies
        facts.gaps += gaps
    return []


def _children(
    around: Surroundings, work: Work, child: Child, type_: ResourceType, resource_id: str, region: str
) -> Iterator[Json]:
    base = resource_id
    if child.at == "group":
        base = f"{armid.group_of(resource_id)}/providers/{type_.namespace}"
    path = f"{base}/{child.suffix.format(region=region)}"
    permission = f"{type_.type}/read"
    if child.single:
        yield around.reader.get(
            path, work.tally, api_version=type_.api_version, permission=permission, operation=type_.operation
        )
        return
    for body in around.reader.items(
        path, work.tally, api_version=type_.api_version, permission=permission, operation=type_.operation
    ):
        if child.owner:
            about = {armid.canonical(str(one)) for path_ in (child.owner, child.partner) for one in values(body, path_)}
            if resource_id not in about:
                continue
        yield body


def _missing(child: Child, type_: ResourceType, error: RefusalError, facts: _Facts) -> None:
    """What is not known when a child could not be read."""
    if child.use == "resource":
        facts.gaps.append(error.gap("children"))
    elif child.use != "encryption":
        facts.gaps.append(error.gap("copies"))
    elif type_.encryption.source is not None:
        unknown = ObservedEncryption(state=EncryptionState.ENCRYPTED, owner=KeyOwner.UNKNOWN)
        facts.seen = Seen(encryption=unknown, gaps=(error.gap("encryption.key"),))
    else:
        unknown = replace(facts.seen.encryption, state=EncryptionState.UNKNOWN)
        facts.seen = replace(facts.seen, encryption=unknown, gaps=(*facts.seen.gaps, error.gap("encryption.state")))


def _decided(around: Surroundings, work: Work, seen: Seen) -> Seen:
    """`seen`, with the encryption of the parent or of the linked resource where that decides."""
    if not seen.ask:
        return seen
    source = _encryption_of(around, work, seen.ask, _FOLLOWED)
    state = seen.encryption.state if seen.encryption.state is EncryptionState.UNKNOWN else source.encryption.state
    merged = replace(
        source.encryption, state=state, other_keys={**source.encryption.other_keys, **seen.encryption.other_keys}
    )
    return Seen(encryption=merged, gaps=(*seen.gaps, *source.gaps))


def _encryption_of(around: Surroundings, work: Work, resource_id: str, left: int) -> Seen:
    """Encryption of another resource: from what this unit read already, or from a read of it."""
    if resource_id in work.encryptions:
        return work.encryptions[resource_id]
    type_ = catalog().get(armid.type_of(resource_id))
    unknown = ObservedEncryption(state=EncryptionState.ENCRYPTED, owner=KeyOwner.UNKNOWN)
    if type_ is None or left == 0:
        gap = Gap(fact="encryption.key", reason=GapReason.UNSUPPORTED, detail=f"the key is decided by {resource_id}")
        return Seen(encryption=unknown, gaps=(gap,))
    try:
        body, complete = read(around.reader, type_, resource_id, work.tally)
    except RefusalError as error:
        work.refused(type_.type, error)
        found = Seen(encryption=unknown, gaps=(error.gap("encryption.key"),))
    else:
        seen = observe.encryption(
            type_, body, resource_id=resource_id, vault_suffix=around.vault_suffix, absence_proves=complete
        )
        facts = _Facts(seen=seen, copies=[], egress=[], gaps=[])
        for child in type_.children:
            if child.use == "encryption":
                _child(around, work, child, resource_id, "", facts, body)
        found = facts.seen
        if found.ask:
            asked = _encryption_of(around, work, found.ask, left - 1)
            found = Seen(encryption=asked.encryption, gaps=(*found.gaps, *asked.gaps))
    work.encryptions[resource_id] = found
    return found


def _diagnostics(around: Surroundings, work: Work, resource_id: str, facts: _Facts) -> None:
    """Where logs of what happens in the resource go."""
    path = f"{resource_id}/providers/{DIAGNOSTICS}"
    try:
        settings = list(
            around.reader.items(path, work.tally, api_version=DIAGNOSTICS_VERSION, permission=f"{DIAGNOSTICS}/read")
        )
    except RefusalError as error:
        if error.code.lower() == _NO_DIAGNOSTICS:
            return
        work.refused(DIAGNOSTICS, error)
        facts.gaps.append(error.gap("copies"))
        facts.gaps.append(error.gap("egress"))
        return
    copies, egress, gaps = destinations(settings)
    facts.copies += copies
    facts.egress += egress
    facts.gaps += gaps


def destinations(settings: list[Json]) -> tuple[list[ObservedCopy], list[ObservedEgress], list[Gap]]:
    """Targets of diagnostic settings: workspaces, accounts, event hubs and buses of Azure, and partners outside.

    A setting always has one; where none is found, it is one that is not known here.
    """
    copies: list[ObservedCopy] = []
    egress: list[ObservedEgress] = []
    gaps: list[Gap] = []
    for setting in settings:
        before = len(copies) + len(egress)
        for path in _DESTINATIONS:
            if target := text(setting, path):
                resource, _, _ = armid.canonical(target).partition("/authorizationrules/")
                account = armid.subscription_of(resource) or None
                copies.append(ObservedCopy(kind="log-destination", target=resource, account=account))
        if partner := text(setting, "properties.marketplacePartnerId"):
            egress.append(ObservedEgress(kind="log-partner", target=armid.canonical(partner)))
        if len(copies) + len(egress) == before:
            detail = f"the diagnostic setting '{text(setting, 'name')}' names no destination that is known here"
            gaps += [Gap(fact=fact, reason=GapReason.UNSUPPORTED, detail=detail) for fact in ("copies", "egress")]
    return copies, egress, gaps


def tags(*bodies: Mapping[str, Any]) -> dict[str, str] | None:
    """Tags of the first body that has any; null and missing tags are no tags. None: they cannot be read as tags."""
    for body in bodies:
        found = body.get("tags")
        if isinstance(found, dict) and found:
            return {str(name): "" if value is None else str(value) for name, value in found.items()}
        if found is not None and not isinstance(found, dict):
            return None
    return {}
