"""From an observed key to a `Key`: its rung, its holder, and where else the same material is."""

from datetime import date

from msgspec.structs import replace

from scanner.assess.custody import CUSTOMER, custody_of_key
from scanner.facts.registry import Registry
from scanner.facts.statements import Statements
from scanner.model import Copy, Gap, GapReason, Holder, Key, KeyManager, KeyOrigin, ObservedKey, Principal
from scanner.model.observed import KeyStore

_IN_THE_PROVIDER = frozenset({KeyOrigin.PROVIDER_KMS, KeyOrigin.IMPORTED, KeyOrigin.PROVIDER_HSM})


def assess_key(
    observed: ObservedKey,
    registry: Registry,
    statements: Statements,
    today: date,
    own: frozenset[str] = frozenset(),
) -> Key:
    """Everything that follows from a key by itself."""
    holder, holder_gaps = holder_of(observed, registry, statements, today)
    custody = custody_of_key(observed, holder)
    located = registry.locate(observed.provider, observed.partition, observed.region)
    country_gaps = (located.gap,) if located.gap is not None else ()
    country = located.country
    if observed.origin is KeyOrigin.EXTERNAL_STORE:
        # The region is that of the key service. Where the material is kept, only the holder's statement tells.
        country = holder.country if holder is not None and holder.basis == "declared" else None
        country_gaps = () if country else (_not_declared("country", "where the external key manager stands"),)
    replicas, replica_gaps = _replicas(observed, registry)
    return Key(
        id=observed.id,
        provider=observed.provider,
        account=observed.account,
        region=observed.region,
        country=country,
        name=observed.name,
        custody=custody,
        rung=custody.rung,
        origin=observed.origin,
        holder=holder,
        store=observed.store.id if observed.store is not None else "",
        endpoint=observed.store.endpoint if observed.store is not None else "",
        connectivity=observed.store.connectivity if observed.store is not None else "",
        service_owner=observed.store.service_owner if observed.store is not None else "",
        state=observed.state,
        expires_at=observed.expires_at,
        replicas=replicas,
        decrypt_principals=_principals(observed, registry, own),
        gaps=(*observed.gaps, *country_gaps, *holder_gaps, *replica_gaps),
    )


def holder_of(
    observed: ObservedKey, registry: Registry, statements: Statements, today: date
) -> tuple[Holder | None, tuple[Gap, ...]]:
    """Who holds the material: the provider, whoever is declared, or whom the proxy's host name or account suggests."""
    if observed.manager is KeyManager.PROVIDER or observed.origin in _IN_THE_PROVIDER:
        return _provider(observed, registry)
    if observed.origin is not KeyOrigin.EXTERNAL_STORE:
        return None, ()
    store = observed.store
    if store is not None:
        stated = statements.holder_of(store, today)
        if stated is not None:
            known = registry.operator(stated.operator)
            return (
                Holder(
                    operator=stated.operator,
                    country=stated.country,
                    parent_country=known.ultimate_parent_country if known is not None else None,
                    basis="declared",
                    declared_by=stated.by,
                    until=stated.until.isoformat(),
                ),
                () if known is not None or stated.operator == CUSTOMER else (_unlisted(stated.operator),),
            )
    undeclared = _not_declared("holder", "who runs the external key manager")
    return _suggested(observed.provider, store, registry) if store is not None else None, (undeclared,)


def _suggested(provider: str, store: KeyStore, registry: Registry) -> Holder | None:
    """Whose the proxy's host name is, or the account behind its endpoint service; nobody where the two disagree."""
    host = registry.destination(store.endpoint) if store.endpoint else None
    owner = registry.account_holder(provider, store.service_owner) if store.service_owner else None
    named = [who for who in (host, owner) if who is not None and who.operator is not None]
    if len({who.operator for who in named}) != 1:
        return None
    (first, *_) = named
    country = host.country if host is not None and first is host else None
    return Holder(operator=first.operator, country=country, parent_country=first.parent_country, basis="indicated")


def _provider(observed: ObservedKey, registry: Registry) -> tuple[Holder | None, tuple[Gap, ...]]:
    runs = registry.operator_of(observed.provider, observed.partition, observed.region)
    if runs.operator is None:
        return None, (runs.gap,) if runs.gap is not None else ()
    country = registry.locate(observed.provider, observed.partition, observed.region).country
    holder = Holder(operator=runs.operator.id, country=country, parent_country=runs.parent_country, basis="provider")
    return holder, ()


def _principals(observed: ObservedKey, registry: Registry, own: frozenset[str]) -> tuple[Principal, ...] | None:
    """The principals; those outside the key's account with who publishes theirs, which for `own` is the customer."""
    if observed.principals is None:
        return None
    named = []
    for principal in observed.principals:
        if principal.external and principal.account in own:
            principal = replace(principal, operator=CUSTOMER)
        elif principal.external and principal.account:
            known = registry.account_holder(observed.provider, principal.account)
            principal = replace(principal, operator=known.operator or "", parent_country=known.parent_country or "")
        named.append(principal)
    return tuple(named)


def _replicas(observed: ObservedKey, registry: Registry) -> tuple[tuple[Copy, ...] | None, tuple[Gap, ...]]:
    if observed.replicas is None:
        return None, ()
    copies: list[Copy] = []
    gaps: list[Gap] = []
    for region in observed.replicas:
        located = registry.locate(observed.provider, observed.partition, region)
        if located.gap is not None:
            gaps.append(Gap(fact="replicas", reason=located.gap.reason, detail=located.gap.detail))
        runs = registry.operator_of(observed.provider, observed.partition, region)
        copies.append(
            Copy(
                kind="multi-region-key",
                target=region,
                region=region,
                country=located.country,
                account=observed.account,
                operator=runs.operator.id if runs.operator is not None else None,
            )
        )
    return tuple(copies), tuple(gaps)


def _not_declared(fact: str, what: str) -> Gap:
    return Gap(fact=fact, reason=GapReason.NOT_DECLARED, detail=f"no API shows {what}; state it in lexloci.yaml")


def _unlisted(operator: str) -> Gap:
    return Gap(fact="holder", reason=GapReason.UNMAPPED, detail=f"the operator table has no '{operator}'")
