"""Second pass: what a reference to a key leads to, and who holds that key where.

What Azure never shows is said as such: no property tells an imported key from one made in the vault, and the copy of a
vault in the paired region has no resource. What a host name alone proves is used: a key under the cloud's own vault
suffix is kept by that cloud's vault service, visible or not.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from scanner.model import (
    Gap,
    GapReason,
    KeyManager,
    KeyOrigin,
    KeyStore,
    ObservedKey,
)
from scanner.providers.azure import armid, keyref
from scanner.providers.azure.call import Reader
from scanner.providers.azure.clouds import Cloud
from scanner.providers.azure.declaration import catalog
from scanner.providers.azure.hsm_regions import other_regions
from scanner.providers.azure.hsm_roles import HSM_ROLE, HsmRoles
from scanner.providers.azure.keyref import KeyName
from scanner.providers.azure.members import misshapen, text
from scanner.providers.azure.places import Pairs
from scanner.providers.azure.principals import principals
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.roles import Roles
from scanner.providers.azure.unseen import SAME_LOOK, Unseen, silent_copy, unreadable
from scanner.providers.azure.vaults import HSM, Directory, Store
from scanner.providers.azure.versions import read
from scanner.providers.azure.work import Work

DATA_VERSION = "2026-01-01-preview"
"""First version of the data plane that shows external keys."""
VAULT_DATA_VERSION = "7.6"
VAULT_ROLE = "Key Vault Reader (role on the vault)"
_KEYS = "Microsoft.KeyVault/vaults/keys/read"
_DES = "microsoft.compute/diskencryptionsets"
_HSM_PLATFORM = {"0": "software", "1": "FIPS 140-2 level 2", "2": "FIPS 140-3 level 3"}


class Keys:
    """Looks keys up. `vault` and `hsm` read the stores' own hosts; None when that was switched off or has no suffix."""

    def __init__(
        self,
        arm: Reader,
        vault: Reader | None,
        hsm: Reader | None,
        cloud: Cloud,
        pairs: Pairs,
        directory: Directory,
        roles: Roles,
    ) -> None:
        self._arm = arm
        self._roles = roles
        self._local = HsmRoles(hsm)
        self._vault = vault
        self._hsm = hsm
        self._cloud = cloud
        self._pairs = pairs
        self._directory = directory
        self._unseen = Unseen(cloud, pairs, directory)

    def resolve(self, references: Sequence[str], work: Work) -> Iterator[ObservedKey]:
        """The keys that these references name: each once, with the references to it as aliases."""
        named: dict[tuple[str, str], list[str]] = {}
        for reference in references:
            name = keyref.parse(reference)
            if armid.type_of(reference) == _DES:
                yield self._through_set(reference, work)
            elif name is None:
                yield unreadable(self._cloud, reference, GapReason.UNSUPPORTED, "this is not the address of a key")
            else:
                named.setdefault((name.host or name.vault_id, name.name), []).append(reference)
        for mine in named.values():
            yield self._named(tuple(mine), work)

    def _named(self, references: tuple[str, ...], work: Work) -> ObservedKey:
        """One key. Its versions share a name and are one key here; what is read of it is its current version's."""
        name = keyref.parse(references[0])
        assert name is not None
        key = self._found(name, work)
        work.found += 1
        return replace(key, aliases=tuple(sorted({*references} - {key.id})))

    def _found(self, name: KeyName, work: Work) -> ObservedKey:
        directory = self._directory
        store = directory.by_host(name.host, work.tally) if name.host else directory.by_id(name.vault_id, work.tally)
        for refusal in directory.refusals:
            work.refused("Microsoft.KeyVault/vaults", refusal)
        if store is None:
            return self._unseen.key(name, work)
        key = self._in_store(name, store, work)
        return self._in_hsm(key, name, store, work) if store.kind == HSM else self._in_vault(key, name, store, work)

    def _through_set(self, reference: str, work: Work) -> ObservedKey:
        """A disk encryption set stands for the key it names."""
        type_ = catalog()[_DES]
        try:
            body, _ = read(self._arm, type_, reference, work.tally)
        except RefusalError as error:
            work.refused(type_.type, error)
            return unreadable(self._cloud, reference, error.reason, error.detail)
        found = [
            ref for paths in type_.encryption.keys for ref in keyref.references(body, paths, self._cloud.vault_suffix)
        ]
        if not found or keyref.parse(found[0]) is None:
            return unreadable(self._cloud, reference, GapReason.MALFORMED, "the disk encryption set names no key")
        key = self._named((found[0],), work)
        return replace(key, aliases=tuple(sorted({*key.aliases, reference})))

    def _in_store(self, name: KeyName, store: Store, work: Work) -> ObservedKey:
        home = store.region
        replicas, gaps = (
            other_regions(store, self._arm, work) if store.kind == HSM else (silent_copy(self._pairs, home), ())
        )
        if replicas is None and not gaps:
            gaps = (Gap(fact="replicas", reason=GapReason.UNMAPPED, detail=f"the pair of '{home}' is not known"),)
        allowed, principal_gaps = principals(store, name.name, self._roles, self._local, work)
        return ObservedKey(
            id=keyref.address(store.host, name.name),
            provider="azure",
            partition=self._cloud.name,
            account=armid.subscription_of(store.id),
            region=home,
            name=name.name,
            manager=KeyManager.CUSTOMER,
            replicas=replicas,
            principals=allowed,
            native={
                "store": store.id,
                "sku": text(store.body, "sku.name") or text(store.body, "properties.sku.name"),
                "purge_protection": text(store.body, "properties.enablePurgeProtection") or "not set",
                "tenant": text(store.body, "properties.tenantId"),
            },
            gaps=(*gaps, *principal_gaps),
        )

    def _in_vault(self, key: ObservedKey, name: KeyName, store: Store, work: Work) -> ObservedKey:
        type_ = catalog()["microsoft.keyvault/vaults/keys"]
        key = replace(
            key,
            origin=KeyOrigin.PROVIDER_KMS,
            gaps=(*key.gaps, Gap(fact="origin", reason=GapReason.INVISIBLE, detail=SAME_LOOK)),
        )
        try:
            body = self._arm.get(
                f"{store.id}/keys/{name.name}",
                work.tally,
                api_version=type_.api_version,
                permission=_KEYS,
                operation=type_.operation,
            )
        except RefusalError as error:
            work.refused(type_.type, error)
            protection = "software" if text(store.body, "properties.sku.name").lower() == "standard" else ""
            gaps = [error.gap("state"), *([] if protection else [error.gap("protection")])]
            return replace(key, protection=protection, gaps=(*key.gaps, *gaps))
        kty = text(body, "properties.kty")
        if not kty:
            unread = RefusalError(GapReason.MALFORMED, "the answer names no type of key", operation=type_.operation)
            work.refused(type_.type, unread)
            return replace(key, gaps=(*key.gaps, unread.gap("state"), unread.gap("protection")))
        key = replace(
            key,
            state=_state(text(body, "properties.attributes.enabled")),
            protection="hsm" if kty.upper().endswith("-HSM") else "software",
            expires_at=_moment(text(body, "properties.attributes.exp")),
            exportable=text(body, "properties.attributes.exportable") == "true",
            native={
                **key.native,
                "kty": kty,
                "release_policy": "set" if text(body, "properties.release_policy.data") else "none",
            },
        )
        if self._vault is None or key.protection == "software":
            return key
        return self._platform(key, name, store, work)

    def _platform(self, key: ObservedKey, name: KeyName, store: Store, work: Work) -> ObservedKey:
        """The HSM's certificate level, which only the vault's own host tells. Optional: refused is a gap."""
        assert self._vault is not None
        try:
            body = self._vault.get(
                _address(store, name),
                work.tally,
                api_version=VAULT_DATA_VERSION,
                permission=VAULT_ROLE,
                operation="KeyVault:GET keys",
                account=key.account,
            )
        except RefusalError as error:
            return replace(key, gaps=(*key.gaps, error.gap("native.hsm_platform")))
        level = text(body, "attributes.hsmPlatform")
        return replace(key, native={**key.native, "hsm_platform": _HSM_PLATFORM.get(level, level)}) if level else key

    def _in_hsm(self, key: ObservedKey, name: KeyName, store: Store, work: Work) -> ObservedKey:
        """A managed HSM's key: only the HSM's own host tells whether the material is there or outside Azure."""
        mine = KeyStore(
            id=store.id,
            kind="managed_hsm",
            name=armid.name_of(store.id),
            endpoint=store.host,
            state=text(store.body, "properties.securityDomainProperties.activationStatus")
            or text(store.body, "properties.provisioningState"),
        )
        key = replace(key, store=mine, protection="hsm")
        operation = "ManagedHSM:GET keys"
        if self._hsm is None:
            error = RefusalError(
                GapReason.NOT_SCANNED, "the data plane was not asked", operation=operation, permission=HSM_ROLE
            )
            return replace(key, gaps=(*key.gaps, error.gap("origin"), error.gap("state")))
        try:
            body = self._hsm.get(
                _address(store, name),
                work.tally,
                api_version=DATA_VERSION,
                permission=HSM_ROLE,
                operation=operation,
                account=key.account,
            )
            if not text(body, "key.kid") or misshapen(body, "attributes.external_key.id"):
                # A body that is not a key's must not pass for a key without an external reference.
                raise RefusalError(GapReason.MALFORMED, "the answer is not a key", operation=operation)
        except RefusalError as error:
            work.refused("Microsoft.KeyVault/managedHSMs", error)
            return replace(key, gaps=(*key.gaps, error.gap("origin"), error.gap("state")))
        external = text(body, "attributes.external_key.id")
        key = replace(
            key,
            origin=KeyOrigin.EXTERNAL_STORE if external else KeyOrigin.PROVIDER_HSM,
            state=_state(text(body, "attributes.enabled")),
            expires_at=_moment(text(body, "attributes.exp")),
            exportable=text(body, "attributes.exportable") == "true",
            native={**key.native, "kty": text(body, "key.kty"), **({"external_key": external} if external else {})},
        )
        return self._proxy(key, mine, store, work) if external else key

    def _proxy(self, key: ObservedKey, mine: KeyStore, store: Store, work: Work) -> ObservedKey:
        """Where the proxy of the external key manager answers."""
        assert self._hsm is not None
        try:
            body = self._hsm.get(
                f"https://{store.host}/ekm",
                work.tally,
                api_version=DATA_VERSION,
                permission=HSM_ROLE,
                operation="ManagedHSM:GET ekm",
                account=key.account,
            )
        except RefusalError as error:
            return replace(key, gaps=(*key.gaps, error.gap("store.endpoint")), store=replace(mine, endpoint=""))
        return replace(key, store=replace(mine, endpoint=text(body, "host"), connectivity="public_endpoint"))


def _address(store: Store, name: KeyName) -> str:
    version = f"/{name.version}" if name.version else ""
    return f"https://{store.host}/keys/{name.name}{version}"


def _state(enabled: str) -> str:
    return {"true": "enabled", "false": "disabled"}.get(enabled, "")


def _moment(seconds: str) -> str:
    """RFC 3339 of a Unix time; empty when there is none."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds.isdigit() else ""


def by_store(reference: str) -> str:
    """What references are grouped by: the store's host or id, or the disk encryption set."""
    name = keyref.parse(reference)
    return reference if name is None else name.host or name.vault_id
