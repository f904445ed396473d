"""What a resource says about itself, read with its declaration. Pure: bodies in, observations and gaps out."""

from collections.abc import Iterator, Mapping, Sequence
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
    Retention,
    Size,
    Ties,
)
from scanner.providers.azure import armid, keyref
from scanner.providers.azure.declaration import CopyOf, ResourceType, deployment_skus
from scanner.providers.azure.members import holds, text, undecided, values
from scanner.providers.azure.places import ANYWHERE, Pairs, normalise

Body = Mapping[str, Any]
_MODELS_BY_NAME = "aiservices"
DATA_ZONE = "datazone"
"""Region of what is computed in a data zone (EU member states, United States…): a set of countries, not a place."""

_PLATFORM = ObservedEncryption(state=EncryptionState.ENCRYPTED, owner=KeyOwner.PROVIDER_SHARED)
_NOTHING = ObservedEncryption(state=EncryptionState.NOT_APPLICABLE, owner=KeyOwner.NOBODY)
_ELSEWHERE = ObservedEncryption(state=EncryptionState.INHERITED, owner=KeyOwner.UNKNOWN)
_PLAIN = ObservedEncryption(state=EncryptionState.PLAIN, owner=KeyOwner.NOBODY)
_UNKNOWN = ObservedEncryption(state=EncryptionState.UNKNOWN, owner=KeyOwner.UNKNOWN)
_ENCRYPTED_SOMEHOW = ObservedEncryption(state=EncryptionState.ENCRYPTED, owner=KeyOwner.UNKNOWN)


class Seen(Struct, frozen=True, kw_only=True):
    """An encryption as far as a body tells it, and what is still open."""

    encryption: ObservedEncryption
    gaps: tuple[Gap, ...] = ()
    ask: str = ""
    """Id of the resource whose encryption decides; empty when this body decided."""


def names_no_key(type_: ResourceType, body: Body) -> bool:
    """Whether only the absence of a key speaks for the platform's: then the body must be a complete one."""
    declared = type_.encryption
    if not declared.keys or declared.default == "nothing":
        return False
    if declared.source is not None and text(body, declared.source.path):
        return False
    return not any(keyref.references(body, paths, "") for paths in declared.keys)


def encryption(type_: ResourceType, body: Body, *, resource_id: str, vault_suffix: str, absence_proves: bool) -> Seen:
    """Encryption at rest. `absence_proves`: a missing key block in this body means that there is none."""
    declared = type_.encryption
    if declared.plain is not None and holds(body, declared.plain):
        return Seen(encryption=_PLAIN)
    keys = tuple(dict.fromkeys(key for paths in declared.keys for key in keyref.references(body, paths, vault_suffix)))
    other = {
        purpose: found[0]
        for purpose, paths in declared.other.items()
        if (found := keyref.references(body, paths, vault_suffix))
    }
    source = text(body, declared.source.path) if declared.source is not None else ""
    platform = declared.source is not None and source.lower() in _lower(declared.source.platform)
    customer = declared.source is not None and source.lower() in _lower(declared.source.customer)
    if source and not platform and not customer:
        gap = Gap(fact="encryption.key", reason=GapReason.UNSUPPORTED, detail=f"unknown key source '{source}'")
        return Seen(encryption=replace(_UNKNOWN, other_keys=other), gaps=(gap,))
    if keys and not platform:
        return Seen(
            encryption=ObservedEncryption(
                state=EncryptionState.ENCRYPTED, owner=KeyOwner.REFERENCED, keys=keys, other_keys=other
            )
        )
    if customer and declared.default != "parent":
        gap = Gap(
            fact="encryption.key",
            reason=GapReason.MALFORMED,
            detail=f"the key source is '{source}' but no key is named",
        )
        return Seen(encryption=replace(_ENCRYPTED_SOMEHOW, other_keys=other), gaps=(gap,))
    seen = _without_a_key(type_, body, resource_id, proven=absence_proves or platform or not declared.keys)
    return replace(seen, encryption=replace(seen.encryption, other_keys=other)) if other else seen


def _without_a_key(type_: ResourceType, body: Body, resource_id: str, *, proven: bool) -> Seen:
    declared = type_.encryption
    match declared.default:
        case "nothing":
            return Seen(encryption=_NOTHING)
        case "elsewhere":
            return Seen(encryption=_ELSEWHERE)
        case "parent" if parent := armid.parent_of_type(resource_id, declared.parent):
            return Seen(encryption=_ENCRYPTED_SOMEHOW, ask=parent)
        case "parent":
            gap = Gap(fact="encryption.key", reason=GapReason.MALFORMED, detail="the id does not name the parent")
            return Seen(encryption=_ENCRYPTED_SOMEHOW, gaps=(gap,))
        case "link" if linked := text(body, declared.link):
            return Seen(encryption=_ENCRYPTED_SOMEHOW, ask=armid.canonical(linked))
        case "per-item":
            gap = Gap(
                fact="encryption.key",
                reason=GapReason.INVISIBLE,
                detail="keys are named by each object inside, on the data plane, which is not read",
            )
            return Seen(encryption=_ENCRYPTED_SOMEHOW, gaps=(gap,))
        case "unstated":
            gap = Gap(
                fact="encryption.key",
                reason=GapReason.INVISIBLE,
                detail=f"api-version {type_.api_version} does not show whose key encrypts this type",
            )
            return Seen(encryption=_ENCRYPTED_SOMEHOW, gaps=(gap,))
        case _:
            if proven:
                return Seen(encryption=_PLATFORM)
            gap = Gap(
                fact="encryption.key",
                reason=GapReason.UNRESOLVED,
                detail="no key is named, in an answer that does not prove that there is none",
            )
            return Seen(encryption=_ENCRYPTED_SOMEHOW, gaps=(gap,))


def completed(parent: Seen, child_type: ResourceType, child: Body, *, vault_suffix: str) -> Seen:
    """`parent` with what an `encryption` child says: a key source or plain text there is the truth, silence is not."""
    declared = child_type.encryption
    said = (declared.source is not None and text(child, declared.source.path)) or (
        declared.plain is not None and holds(child, declared.plain)
    )
    if not said:
        return parent
    return encryption(child_type, child, resource_id="", vault_suffix=vault_suffix, absence_proves=True)


def region(type_: ResourceType, body: Body, parent_region: str) -> str:
    """Control-plane region in one spelling; empty when the body does not say.

    A type that is where its parent is has no member for it, but Resource Graph fills the column when it lists one.
    """
    if not type_.location:
        return parent_region or normalise(text(body, "location"))
    return next((normalise(found) for path in type_.location if (found := text(body, path))), "")


def copies(
    type_: ResourceType, body: Body, *, home: str, own_id: str, pairs: Pairs
) -> tuple[list[ObservedCopy], list[Gap]]:
    """Configured copies and flows inside the cloud, and what could not be told about them."""
    found: list[ObservedCopy] = []
    gaps: list[Gap] = []
    done: set[str] = set()
    for declared in type_.copies:
        if declared.kind in done and not declared.link:
            continue
        if declared.when is not None and (why := undecided(body, declared.when)):
            gaps.append(Gap(fact="copies", reason=GapReason.UNSUPPORTED, detail=f"{declared.kind}: {why}"))
            continue
        if declared.when is not None and not holds(body, declared.when):
            continue
        if declared.unless is not None and holds(body, declared.unless):
            continue
        here = list(_copy(declared, body, home, own_id, pairs, gaps))
        if here:
            done.add(declared.kind)
        found.extend(here)
    return list(dict.fromkeys(found)), gaps


def _copy(
    declared: CopyOf, body: Body, home: str, own_id: str, pairs: Pairs, gaps: list[Gap]
) -> Iterator[ObservedCopy]:
    inbound = declared.inbound or (declared.inbound_when is not None and holds(body, declared.inbound_when))
    account = None if declared.foreign else armid.subscription_of(own_id) or None
    if declared.place:
        yield _placed(declared, declared.place, declared.place, account, inbound)
    if declared.pair:
        pair = pairs.of_vault(home) if declared.pair == "vault" else pairs.of_region(home)
        if pair is None:
            detail = f"{declared.kind}: the pair of '{home}' is not known"
            gaps.append(Gap(fact="copies", reason=GapReason.UNMAPPED, detail=detail))
        elif pair:
            yield _placed(declared, pair, pair, account, inbound)
    for element in values(body, declared.each) if declared.each else [body]:
        regions = [str(value) for value in values(element, declared.regions)] if declared.regions else []
        links = [str(value) for value in values(element, declared.link)] if declared.link else []
        if declared.regions and links:
            yield from _other_end(declared, links[0], regions, home, own_id, inbound)
            continue
        for name in regions:
            if normalise(name) not in ("", home):
                yield _placed(declared, name, normalise(name), account, inbound)
        for link in links:
            yield from _other_end(declared, link, [], home, own_id, inbound)


def _other_end(
    declared: CopyOf, link: str, regions: Sequence[str], home: str, own_id: str, inbound: bool
) -> Iterator[ObservedCopy]:
    """A copy that is a resource of its own; where its region is not told beside it, the second pass looks it up."""
    target = armid.canonical(link) if armid.looks_like_id(link) else link
    region = normalise(regions[0]) if regions else None
    if target and region not in ("", home) and target.lower() not in (own_id, armid.name_of(own_id)):
        yield _placed(declared, target, region, armid.subscription_of(target) or None, inbound)


def _placed(declared: CopyOf, target: str, region: str | None, account: str | None, inbound: bool) -> ObservedCopy:
    return ObservedCopy(kind=declared.kind, target=target, region=region, account=account, inbound=inbound)


def egress(type_: ResourceType, body: Body) -> list[ObservedEgress]:
    return [
        ObservedEgress(kind=declared.kind, target=str(value))
        for declared in type_.egress
        for value in values(body, declared.path)
        if str(value)
    ]


def retention(type_: ResourceType, body: Body) -> tuple[Retention | None, tuple[Gap, ...]]:
    """Days after which the service deletes; a gap when the catalog asks and the body does not say."""
    if not type_.retention:
        return None, ()
    written = text(body, type_.retention)
    if written.isdigit():
        return Retention(days=int(written), basis=type_.retention), ()
    detail = f"'{type_.retention}' is not in the answer" if not written else f"'{written}' is not a number of days"
    return None, (Gap(fact="retention", reason=GapReason.MALFORMED, detail=detail),)


def ties(type_: ResourceType, body: Body, own_id: str) -> Ties:
    """What a resource runs, and the resource group it is in."""
    found, ports = type_.ties, values(body, type_.ties.ports) if type_.ties.ports else []
    group = armid.group_of(own_id)
    images = {str(one) for path in (found.images, found.images_in_graph) if path for one in values(body, path)}
    return Ties(
        images=tuple(sorted(images)),
        ports=tuple(sorted({int(port) for port in ports if str(port).isdigit()})),
        within=(("resource_group", group),) if group else (),
    )


def size(type_: ResourceType, body: Body) -> tuple[Size | None, tuple[Gap, ...]]:
    """What was reserved; a gap when the catalog asks and the body does not say."""
    if type_.size is None:
        return None, ()
    path = type_.size.bytes or type_.size.gib
    written = text(body, path)
    if written.isdigit():
        reserved = int(written) * (1 if type_.size.bytes else 1024**3)
        return Size(bytes=reserved, allotted=True, basis=path), ()
    return None, (Gap(fact="size", reason=GapReason.INVISIBLE, detail=f"'{path}' is not in the answer"),)


def deployments(account: Body, children: Sequence[Body], own_id: str) -> tuple[list[ObservedCopy], list[Gap]]:
    """Where an AI account computes, from its deployments; a deployment that overflows to another computes there too.

    A Foundry account (kind AIServices) may also be asked for a model by name, without any deployment, and then computes
    in any region: what the deployments tell is never the whole there.
    """
    by_name = {text(child, "name").lower(): child for child in children}
    found: list[ObservedCopy] = []
    gaps: list[Gap] = []
    if text(account, "kind").lower() == _MODELS_BY_NAME:
        detail = "models may be called by name, without a deployment, and are then computed in any region (preview)"
        gaps.append(Gap(fact="copies", reason=GapReason.INVISIBLE, detail=detail))
    if "" in by_name:
        gaps.append(Gap(fact="copies", reason=GapReason.MALFORMED, detail="a deployment has no name"))
    for name, child in sorted(by_name.items()):
        for place, via in _processing(name, by_name):
            target = f"{text(child, 'name')} ({via})"
            match deployment_skus().get(place):
                case "region":
                    pass
                case "data-zone":
                    found.append(_computed(target, DATA_ZONE, own_id))
                case "global":
                    found.append(_computed(target, ANYWHERE, own_id))
                case _:
                    gaps.append(
                        Gap(
                            fact="copies",
                            reason=GapReason.UNSUPPORTED,
                            detail=f"deployment '{text(child, 'name')}' computes where its SKU '{via}' says: unknown",
                        )
                    )
    return found, gaps


def _computed(target: str, region: str, own_id: str) -> ObservedCopy:
    account = armid.subscription_of(own_id) or None
    return ObservedCopy(kind="processing", target=target, region=region, account=account)


def _processing(name: str, by_name: Mapping[str, Body]) -> Iterator[tuple[str, str]]:
    """SKUs along the chain of overflow, each once."""
    seen: set[str] = set()
    while name and name not in seen:
        seen.add(name)
        child = by_name.get(name)
        if child is None:
            yield "", f"overflow to '{name}', which is not in the account"
            return
        sku = text(child, "sku.name")
        yield sku.lower(), sku if len(seen) == 1 else f"overflow to {text(child, 'name')}, {sku}"
        name = text(child, "properties.spilloverDeploymentName").lower()


def _lower(words: Sequence[str]) -> set[str]:
    return {word.lower() for word in words}
