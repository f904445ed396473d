"""Keys of stores that no readable subscription has: what their host name proves, and what stays open.

A key under the cloud's own vault suffix is kept by that cloud's vault service, visible or not. Under any other suffix
nothing is known but the name.
"""

from msgspec.structs import replace

from scanner.model import Gap, GapReason, KeyManager, KeyOrigin, ObservedKey
from scanner.providers.azure import armid, keyref
from scanner.providers.azure.clouds import Cloud, known_clouds
from scanner.providers.azure.keyref import KeyName
from scanner.providers.azure.places import Pairs
from scanner.providers.azure.vaults import Directory
from scanner.providers.azure.work import Work

SAME_LOOK = "an imported key and one made in the vault look the same in every API"


class Unseen:
    def __init__(self, cloud: Cloud, pairs: Pairs, directory: Directory) -> None:
        self._cloud = cloud
        self._pairs = pairs
        self._directory = directory

    def key(self, name: KeyName, work: Work) -> ObservedKey:
        """The key `name` as far as its name tells."""
        if not name.host:
            reference = f"{name.vault_id}/keys/{name.name}"
            return unreadable(self._cloud, reference, GapReason.UNRESOLVED, f"the vault {name.vault_id} is not visible")
        reference = keyref.address(name.host, name.name)
        suffix = name.host.partition(".")[2]
        if name.host.partition(":")[0].endswith(self._cloud.suffixes):
            if self._cloud.vault_suffix and suffix == self._cloud.vault_suffix:
                return self._own_vault(reference, name, work)
            return unreadable(
                self._cloud,
                reference,
                GapReason.UNRESOLVED,
                f"the managed HSM {name.host} is in no subscription that this identity can read",
            )
        other = next((one for one in known_clouds() if name.host.endswith(one.suffixes)), None)
        if other is not None:
            return unreadable(
                self._cloud, reference, GapReason.UNRESOLVED, f"{name.host} belongs to another cloud, {other.name}"
            )
        return unreadable(
            self._cloud,
            reference,
            GapReason.UNMAPPED,
            f"{name.host} has a suffix of no known key store, so where it is is not known",
        )

    def _own_vault(self, reference: str, name: KeyName, work: Work) -> ObservedKey:
        deleted, refusals = self._directory.deleted(name.host, work.tally)
        for subscription, refusal in refusals:
            work.refused("Microsoft.KeyVault/deletedVaults", refusal, account=subscription)
        origin = Gap(fact="origin", reason=GapReason.INVISIBLE, detail=SAME_LOOK)
        if deleted is not None:
            detail = f"the vault {deleted.id} is deleted; its keys last until {deleted.purge_at or 'it is purged'}"
            return ObservedKey(
                id=reference,
                provider="azure",
                partition=self._cloud.name,
                account=armid.subscription_of(deleted.id),
                region=deleted.region,
                name=name.name,
                manager=KeyManager.CUSTOMER,
                origin=KeyOrigin.PROVIDER_KMS,
                state="vault_deleted",
                replicas=silent_copy(self._pairs, deleted.region),
                principals=None,
                native={"store": deleted.id},
                gaps=(
                    origin,
                    Gap(fact="protection", reason=GapReason.GONE, detail=detail),
                    Gap(fact="principals", reason=GapReason.GONE, detail=detail),
                ),
            )
        detail = (
            f"the vault {name.host} is in no subscription that this identity can read: another subscription, another"
            " tenant, or purged"
        )
        key = unreadable(self._cloud, reference, GapReason.UNRESOLVED, detail)
        kept = tuple(gap for gap in key.gaps if gap.fact not in ("origin", "manager"))
        return replace(
            key, name=name.name, manager=KeyManager.CUSTOMER, origin=KeyOrigin.PROVIDER_KMS, gaps=(origin, *kept)
        )


def silent_copy(pairs: Pairs, home: str) -> tuple[str, ...] | None:
    """Regions that a vault's contents go to on their own; None when that is not known for the region."""
    pair = pairs.of_vault(home)
    return None if pair is None else (pair,) if pair else ()


def unreadable(cloud: Cloud, reference: str, reason: GapReason, detail: str) -> ObservedKey:
    """A key of which nothing is known but that it is referred to."""
    facts = ("origin", "manager", "region", "account", "replicas", "principals")
    return ObservedKey(
        id=reference,
        provider="azure",
        partition=cloud.name,
        account="",
        region="",
        replicas=None,
        principals=None,
        gaps=tuple(Gap(fact=fact, reason=reason, detail=detail) for fact in facts),
    )
