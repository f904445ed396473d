"""The facts of a resource that are established, in the words of the fact schema."""

from typing import Any

from scanner.assess.custody import CUSTOMER
from scanner.assess.examined import examined_by
from scanner.assess.exposure import Exposed
from scanner.assess.health import STATEMENT
from scanner.assess.health_signs import tag_reading
from scanner.assess.resource import Assessed
from scanner.facts.statements import StatedCertificate
from scanner.model import Copy, Custody, EncryptionState, Gap, GapReason, Key, Principal, Resource

PARTIAL: dict[str, str] = {}
"""Ends a list that is known only in part: no `all` over it can be true, no `exists` false."""


def bound(assessed: Assessed, certified: tuple[StatedCertificate, ...]) -> dict[str, Any]:
    """Values by fact. What is not established is not there; a list that is known in part ends with `PARTIAL`."""
    resource = assessed.resource
    return {
        **_of_resource(resource),
        **_of_operator(assessed, certified),
        **_of_data(resource),
        **_of_encryption(assessed),
        **_of_ways(resource),
    }


def _of_resource(resource: Resource) -> dict[str, Any]:
    values: dict[str, Any] = {
        "resource.id": resource.id,
        "resource.type": resource.type,
        "resource.category": resource.category,
        "resource.holds": resource.holds.value,
        "resource.provider": resource.provider,
        "resource.partition": resource.partition,
        "resource.region": resource.region,
        "resource.name": resource.name,
    }
    if resource.encryption.state is not EncryptionState.UNKNOWN or not resource.holds.is_store:
        values["resource.is_store"] = resource.is_store
    else:
        # Whether it is encrypted is not known; that it keeps data of its own, its type says.
        values["resource.is_store"] = resource.holds.is_store
    if resource.is_store and resource.encryption.custody is not Custody.UNKNOWN:
        values["resource.provider_sees_plaintext"] = resource.encryption.custody is not Custody.CLIENT_SIDE
    if resource.country is not None:
        values["location.country"] = resource.country
    return values


def _of_operator(assessed: Assessed, certified: tuple[StatedCertificate, ...]) -> dict[str, Any]:
    operator = assessed.runs.operator
    if operator is None:
        return {}
    values: dict[str, Any] = {
        "operator.id": operator.id,
        "operator.country": operator.hq_country,
        "operator.exposure": _exposures(assessed.exposed),
        "operator.certifications": [
            {
                "scheme": certificate.scheme,
                "version": certificate.version,
                "confirmed": "true" if certificate.confirmed else "false",
                **({} if certificate.status == "unknown" else {"status": certificate.status.value}),
            }
            for certificate in operator.certifications
        ]
        + [{"scheme": c.scheme, "version": c.version, "confirmed": "true", "status": "certified"} for c in certified],
    }
    if assessed.runs.parent_country is not None:
        values["operator.parent_country"] = assessed.runs.parent_country
    return values


def _exposures(exposed: Exposed) -> list[dict[str, str]]:
    found = [
        {"law": e.law, "country": e.country, "via": e.via, "strength": e.strength, "status": e.status}
        for e in exposed.exposures
    ]
    return found if exposed.complete else [*found, PARTIAL]


def _of_data(resource: Resource) -> dict[str, Any]:
    health = resource.health
    signals: list[dict[str, str]] = [
        {"family": signal.family, "strength": signal.strength, "rule": signal.rule} for signal in health.signals
    ]
    partial = resource.tags is None or any(gap.fact == "health.signals" for gap in resource.gaps)
    values: dict[str, Any] = {
        "data.signals": [*signals, PARTIAL] if partial else signals,
        "data.content_examined": bool(examined_by(resource)),
    }
    if health.level is not None:
        values["data.health"] = health.level.value
    if health.classification is not None:
        values["data.classification"] = health.classification
    if any(signal.family == STATEMENT for signal in health.signals):
        values["data.declared_none"] = True
    elif resource.tags is not None:
        values["data.declared_none"] = tag_reading(resource.tags).denied
    return values


def _of_encryption(assessed: Assessed) -> dict[str, Any]:
    resource, key = assessed.resource, assessed.key
    encryption = resource.encryption
    values: dict[str, Any] = {}
    if encryption.state is not EncryptionState.UNKNOWN:
        values["encryption.state"] = encryption.state.value
    if encryption.state in (EncryptionState.ENCRYPTED, EncryptionState.PLAIN):
        values["encryption.at_rest"] = encryption.state is EncryptionState.ENCRYPTED
    if encryption.key is not None:
        values["key.id"] = encryption.key
    if encryption.custody is not Custody.UNKNOWN:
        values["key.custody"] = encryption.custody.value
    if key is not None:
        values |= _of_key(key, assessed)
    elif encryption.custody in (Custody.PROVIDER_SHARED, Custody.PROVIDER_MANAGED):
        values |= _of_provider_key(assessed)
    together = resource.alongside
    if together is not None:
        for name in ("operator", "exposure", "account", "region"):
            value = getattr(together, name)
            if value is not None:
                values[f"alongside.{name}"] = value
        parent = _same_parent(assessed)
        if parent is not None:
            values["alongside.parent"] = parent
    return values


def _of_provider_key(assessed: Assessed) -> dict[str, Any]:
    """A key that the storage operator keeps for itself. What holds of a managed one without a look at it is what
    `KeyOwner.PROVIDER_MANAGED` means."""
    operator = assessed.runs.operator
    if operator is None:
        return {}
    values: dict[str, Any] = {"key.holder": operator.id, "key.holder_exposure": _exposures(assessed.exposed)}
    if assessed.runs.parent_country is not None:
        values["key.holder_parent_country"] = assessed.runs.parent_country
    if assessed.resource.encryption.custody is Custody.PROVIDER_MANAGED:
        values["key.region"] = assessed.resource.region
        values["key.replicas"] = []
        values["key.decrypt_principals"] = []
    return values


def _of_key(key: Key, assessed: Assessed) -> dict[str, Any]:
    values: dict[str, Any] = {"key.region": key.region} if key.region else {}
    if key.country is not None:
        values["key.country"] = key.country
    if key.replicas is not None:
        replicas = [_place(replica) for replica in key.replicas]
        values["key.replicas"] = replicas
    if key.decrypt_principals is not None:
        principals = [_principal(principal) for principal in key.decrypt_principals if principal.external]
        unread = any(gap.fact == "principals" for gap in key.gaps)
        values["key.decrypt_principals"] = [*principals, PARTIAL] if unread else principals
    holder = key.holder
    # Whom a host name suggests is not the holder: only the provider itself and a statement bind these facts.
    if holder is not None and holder.basis != "indicated" and holder.operator is not None:
        values["key.holder"] = holder.operator
        if holder.country is not None:
            values["key.holder_country"] = holder.country
        if holder.parent_country is not None:
            values["key.holder_parent_country"] = holder.parent_country
        if assessed.holder_exposed is not None:
            values["key.holder_exposure"] = _exposures(assessed.holder_exposed)
    return values


def _same_parent(assessed: Assessed) -> bool | None:
    together = assessed.resource.alongside
    if together is not None and together.operator:
        return True
    named = assessed.key.holder if assessed.key is not None else None
    if named is not None and named.basis == "declared" and named.operator == CUSTOMER:
        return False
    holder, operator = assessed.holder, assessed.runs.operator
    if named is None or named.basis == "indicated" or holder is None or operator is None:
        return None
    if holder.ultimate_parent_country is None or operator.ultimate_parent_country is None:
        return None
    return holder.ultimate_parent == operator.ultimate_parent


def _principal(principal: Principal) -> dict[str, str]:
    return {
        "id": principal.id,
        "kind": principal.kind,
        "account": principal.account,
        "via": principal.via,
        "restrained": "true" if principal.conditions else "false",
        **({"operator": principal.operator} if principal.operator else {}),
        **({"parent_country": principal.parent_country} if principal.parent_country else {}),
    }


def _of_ways(resource: Resource) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if resource.copies is not None:
        copies = [
            {
                **_place(copy),
                "direction": "in" if copy.inbound else "out",
                # Where the place is not known, neither is whether it is one place.
                **({} if copy.region is None else {"extent": "worldwide" if copy.worldwide else "place"}),
            }
            for copy in resource.copies
        ]
        values["copies"] = [*copies, PARTIAL] if _some_unread(resource.gaps, "copies") else copies
    if resource.egress is not None:
        ways = [
            {
                "kind": way.kind,
                "target": way.target,
                **({"operator": way.operator} if way.operator else {}),
                **({"country": way.country} if way.country else {}),
                **({"parent_country": way.parent_country} if way.parent_country else {}),
            }
            for way in resource.egress
        ]
        values["egress"] = [*ways, PARTIAL] if _some_unread(resource.gaps, "egress") else ways
    if resource.retention is not None:
        values["retention.limited"] = resource.retention.days is not None
        if resource.retention.days is not None:
            values["retention.days"] = resource.retention.days
    return values


def _some_unread(gaps: tuple[Gap, ...], fact: str) -> bool:
    """True when entries of a list may be missing; an entry that is there with an unknown place is not a missing one."""
    present = (GapReason.UNRESOLVED, GapReason.UNMAPPED)
    return any(gap.fact == fact and gap.reason not in present for gap in gaps)


def _place(copy: Copy) -> dict[str, str]:
    known = {
        "region": copy.region,
        "country": copy.country,
        "account": copy.account,
        "operator": copy.operator,
    }
    named = {name: value for name, value in known.items() if value}
    return {"kind": copy.kind, "target": copy.target, **named}
