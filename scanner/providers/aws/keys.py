"""The second pass over keys: what each key that a resource names really is.

A key is described by its ARN, never by the name of an AWS managed alias, because asking for such a name can create the
key. Which keys stand behind those names is read from the list of aliases instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, structs

from scanner.model import Gap, GapReason, KeyManager, KeyOrigin, KeyStore, ObservedKey, Principal
from scanner.providers.aws.arn import Arn, is_aws_managed_alias, parse
from scanner.providers.aws.call import Client
from scanner.providers.aws.catalog import ListCall
from scanner.providers.aws.faults import Refused
from scanner.providers.aws.multi_region import other_regions
from scanner.providers.aws.principals import UnreadablePolicyError, from_grants, from_policy


class KeyCall(Struct, frozen=True):
    """One call of this pass and the permission it needs."""

    op: str
    permission: str


DESCRIBE = KeyCall("describe_key", "kms:DescribeKey")
POLICY = KeyCall("get_key_policy", "kms:GetKeyPolicy")
GRANTS = KeyCall("list_grants", "kms:ListGrants")
ALIASES = KeyCall("list_aliases", "kms:ListAliases")
STORES = KeyCall("describe_custom_key_stores", "kms:DescribeCustomKeyStores")
CALLS = (DESCRIBE, POLICY, GRANTS, ALIASES, STORES)

_ORIGINS = {
    "AWS_KMS": KeyOrigin.PROVIDER_KMS,
    "EXTERNAL": KeyOrigin.IMPORTED,
    "AWS_CLOUDHSM": KeyOrigin.PROVIDER_HSM,
    "EXTERNAL_KEY_STORE": KeyOrigin.EXTERNAL_STORE,
}
_MANAGERS = {"AWS": KeyManager.PROVIDER, "CUSTOMER": KeyManager.CUSTOMER}
_KINDS = {"AWS_CLOUDHSM": "cloudhsm", "EXTERNAL_KEY_STORE": "xks"}


class KeyRoom:
    """The keys of one account and region, with what is read once for all of them."""

    def __init__(self, client: Client, account: str, partition: str) -> None:
        self._client = client
        self._account = account
        self._partition = partition
        self._stores: dict[str, KeyStore] | Refused | None = None
        self.refused: list[tuple[KeyCall, Refused]] = []
        """Calls for the whole room that were refused; refusals about one key are gaps of that key."""

    def keys(self, references: Sequence[str]) -> Iterator[ObservedKey]:
        """What every reference (ARN of a key or of an alias) means. One key comes once, under all its names."""
        targets = self._aliases()
        names: dict[str, list[str]] = {}
        for alias, arn in targets.items():
            names.setdefault(arn, []).append(alias)
        managed = {arn for alias, arn in targets.items() if is_aws_managed_alias(alias)}
        wanted: dict[str, None] = {}
        for reference in references:
            target: str | None = targets.get(reference) if ":alias/" in reference else reference
            if target is None and self._is_foreign(reference):
                yield self._describe(reference, (reference,))
            elif target is None:
                yield self._unfound(reference)
            else:
                wanted[target] = None
        for arn in wanted:
            aliases = tuple(sorted(names.get(arn, ())))
            if arn in managed:
                yield _managed(arn, aliases, self._partition)
            else:
                yield self._describe(arn, aliases)

    def _aliases(self) -> dict[str, str]:
        """ARN of the key behind every alias of this room."""
        listed = ListCall(op=ALIASES.op, permission=ALIASES.permission, items="Aliases[]", paginator=True)
        targets: dict[str, str] = {}
        try:
            for page in self._client.pages(listed, {}):
                for alias in page.get("Aliases") or ():
                    arn, target = alias.get("AliasArn"), alias.get("TargetKeyId")
                    if arn and target:
                        home = arn.rpartition(":alias/")[0]
                        targets[arn] = target if target.startswith("arn:") else f"{home}:key/{target}"
        except Refused as refused:
            self.refused.append((ALIASES, refused))
        return targets

    def _describe(self, arn: str, aliases: tuple[str, ...]) -> ObservedKey:
        try:
            metadata = self._client.call(DESCRIBE.op, {"KeyId": arn}).get("KeyMetadata")
        except Refused as refused:
            return self._unread(
                arn, aliases, self._gaps(refused, DESCRIBE, "manager", "origin", "replicas", "principals")
            )
        if not isinstance(metadata, dict):
            gap = Gap(fact="origin", reason=GapReason.MALFORMED, detail="the answer describes no key")
            return self._unread(arn, aliases, [gap, structs.replace(gap, fact="manager")])
        return self._observed(arn, aliases, metadata)

    def _observed(self, arn: str, aliases: tuple[str, ...], metadata: Mapping[str, Any]) -> ObservedKey:
        gaps: list[Gap] = []
        word = str(metadata.get("KeyManager") or "")
        manager = _MANAGERS.get(word)
        if manager is None:
            gaps.append(_unsupported("manager", f"KeyManager '{word}'"))
        word = str(metadata.get("Origin") or "")
        origin = _ORIGINS.get(word)
        if origin is None:
            gaps.append(_unsupported("origin", f"Origin '{word}'"))
        store, store_gaps = self._store(metadata)
        principals, principal_gaps = (
            ((), []) if manager is KeyManager.PROVIDER else self._principals(str(metadata.get("Arn") or arn))
        )
        where = parse(str(metadata.get("Arn") or arn))
        region = where.region if where else self._client.region
        replicas = other_regions(metadata, region)
        if replicas is None:
            detail = "the answer does not say in which regions the key is"
            gaps.append(Gap(fact="replicas", reason=GapReason.MALFORMED, detail=detail))
        return ObservedKey(
            id=str(metadata.get("Arn") or arn),
            provider="aws",
            partition=where.partition if where else self._partition,
            account=str(metadata.get("AWSAccountId") or (where.account if where else "")),
            region=region,
            name=_name(aliases),
            aliases=aliases,
            manager=manager,
            origin=origin,
            store=store,
            state=str(metadata.get("KeyState") or ""),
            protection="external" if origin is KeyOrigin.EXTERNAL_STORE else "hsm",
            expires_at=_time(metadata.get("ValidTo")),
            replicas=replicas,
            principals=principals,
            native={
                name: str(metadata[name])
                for name in ("KeyManager", "Origin", "CustomKeyStoreId", "MultiRegion", "ExpirationModel", "KeySpec")
                if metadata.get(name) not in (None, "")
            },
            gaps=(*gaps, *store_gaps, *principal_gaps),
        )

    def _store(self, metadata: Mapping[str, Any]) -> tuple[KeyStore | None, list[Gap]]:
        id_ = str(metadata.get("CustomKeyStoreId") or "")
        if not id_:
            if metadata.get("Origin") in ("AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"):
                return None, [Gap(fact="store", reason=GapReason.MALFORMED, detail="the key names no key store")]
            return None, []
        if self._stores is None:
            self._stores = self._read_stores()
        if isinstance(self._stores, Refused):
            return None, self._gaps(self._stores, STORES, "store")
        found = self._stores.get(id_)
        if found is None:
            return None, [Gap(fact="store", reason=GapReason.GONE, detail=f"there is no key store {id_}")]
        return found, []

    def _read_stores(self) -> dict[str, KeyStore] | Refused:
        listed = ListCall(op=STORES.op, permission=STORES.permission, items="CustomKeyStores[]", paginator=True)
        try:
            return {
                str(store.get("CustomKeyStoreId")): _key_store(store)
                for page in self._client.pages(listed, {})
                for store in page.get("CustomKeyStores") or ()
            }
        except Refused as refused:
            return refused

    def _principals(self, arn: str) -> tuple[tuple[Principal, ...] | None, list[Gap]]:
        """Who may decrypt, from policy and grants together; None when either is missing, since it may hold more."""
        found: list[Principal] = []
        gaps: list[Gap] = []
        try:
            answer = self._client.call(POLICY.op, {"KeyId": arn, "PolicyName": "default"})
            found += from_policy(str(answer.get("Policy") or ""), self._home(arn))
        except Refused as refused:
            gaps += self._gaps(refused, POLICY, "principals")
        except UnreadablePolicyError as error:
            gaps.append(self._unreadable(POLICY, f"the key policy cannot be read: {error}"))
        listed = ListCall(op=GRANTS.op, permission=GRANTS.permission, items="Grants[]", paginator=True)
        try:
            for page in self._client.pages(listed, {"KeyId": arn}):
                found += from_grants(page.get("Grants") or (), self._home(arn))
        except Refused as refused:
            gaps += self._gaps(refused, GRANTS, "principals")
        except UnreadablePolicyError as error:
            gaps.append(self._unreadable(GRANTS, str(error)))
        # What was read stays visible beside the gap: one foreign principal found is enough for a finding.
        return (None if gaps and not found else tuple(dict.fromkeys(found))), gaps

    def _unreadable(self, call: KeyCall, detail: str) -> Gap:
        operation = self._client.operation(call.op)
        return Gap(fact="principals", reason=GapReason.MALFORMED, detail=detail[:300], operation=operation)

    def _is_foreign(self, alias: str) -> bool:
        """True for an alias of another account, which no list of ours holds; it is asked for by name."""
        found = parse(alias)
        return found is not None and found.account != self._account and not is_aws_managed_alias(alias)

    def _home(self, arn: str) -> Arn:
        found = parse(arn)
        if found is not None and found.account:
            return found
        region = self._client.region
        return Arn(partition=self._partition, service="kms", region=region, account=self._account, resource="")

    def _unread(self, arn: str, aliases: tuple[str, ...], gaps: list[Gap]) -> ObservedKey:
        """A key of which only the ARN is known, which still tells its account and region."""
        where = parse(arn)
        return ObservedKey(
            id=arn,
            provider="aws",
            partition=where.partition if where else self._partition,
            account=where.account if where else "",
            region=where.region if where else self._client.region,
            name=_name(aliases),
            aliases=aliases,
            replicas=None,
            principals=None,
            gaps=tuple(gaps),
        )

    def _unfound(self, alias: str) -> ObservedKey:
        refused = next((refused for call, refused in self.refused if call is ALIASES), None)
        facts = ("manager", "origin", "replicas", "principals")
        if refused is not None:
            return self._unread(alias, (), self._gaps(refused, ALIASES, *facts))
        detail = f"no key stands behind {alias}"
        return self._unread(alias, (), [Gap(fact=fact, reason=GapReason.GONE, detail=detail) for fact in facts])

    def _gaps(self, refused: Refused, call: KeyCall, *facts: str) -> list[Gap]:
        return [
            Gap(
                fact=fact,
                reason=refused.reason,
                detail=refused.detail,
                operation=self._client.operation(call.op),
                permission=refused.missing(call.permission),
            )
            for fact in facts
        ]


def _managed(arn: str, aliases: tuple[str, ...], partition: str) -> ObservedKey:
    """A key behind `alias/aws/…`: AWS's own in the account. Its alias says all, so no call is spent on it."""
    where = parse(arn)
    return ObservedKey(
        id=arn,
        provider="aws",
        partition=where.partition if where else partition,
        account=where.account if where else "",
        region=where.region if where else "",
        name=_name(aliases),
        aliases=aliases,
        manager=KeyManager.PROVIDER,
        origin=KeyOrigin.PROVIDER_KMS,
        protection="hsm",
        # Keys of AWS's own are in one region, and their policy lets in services for this account only.
        replicas=(),
        principals=(),
        native={"alias": _name(aliases)},
    )


def _key_store(answer: Mapping[str, Any]) -> KeyStore:
    proxy = answer.get("XksProxyConfiguration") or {}
    return KeyStore(
        id=str(answer.get("CustomKeyStoreId")),
        kind=_KINDS.get(str(answer.get("CustomKeyStoreType")), "unknown"),
        name=str(answer.get("CustomKeyStoreName") or ""),
        endpoint=str(proxy.get("UriEndpoint") or "").removeprefix("https://").rstrip("/"),
        connectivity=str(proxy.get("Connectivity") or "").lower(),
        service_owner=str(proxy.get("VpcEndpointServiceOwner") or ""),
        state=str(answer.get("ConnectionState") or ""),
        cluster=str(answer.get("CloudHsmClusterId") or ""),
    )


def _name(aliases: Sequence[str]) -> str:
    return aliases[0].rpartition(":")[2] if aliases else ""


def _time(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else ""


def _unsupported(fact: str, word: str) -> Gap:
    return Gap(fact=fact, reason=GapReason.UNSUPPORTED, detail=f"{word} is not a word this version knows")
