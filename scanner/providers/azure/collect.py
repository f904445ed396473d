"""The collector: units of a subscription and a namespace, read in shared queries; keys and destinations afterwards."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import structs, to_builtins

from scanner.model import Coverage, CoverageState, GapReason, ObservedResource, Unit
from scanner.model.sample import Share
from scanner.providers.azure import graph, listing, purview, resources, scope
from scanner.providers.azure.call import Tally
from scanner.providers.azure.declaration import catalog
from scanner.providers.azure.destinations import Destinations
from scanner.providers.azure.graph import Batch, Counts, Parcel
from scanner.providers.azure.keys import Keys, by_store
from scanner.providers.azure.members import text
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.resources import Surroundings
from scanner.providers.azure.roles import Roles
from scanner.providers.azure.sample import TYPES, Sampling
from scanner.providers.azure.scope import Scope
from scanner.providers.azure.session import Options, Session
from scanner.providers.azure.shown import Shown
from scanner.providers.azure.vaults import Directory
from scanner.providers.azure.work import Work
from scanner.providers.contract import Record, Reference
from scanner.providers.sampling import Excerpt

NAME = "azure"
REGION = "global"
"""Region of every unit: Resource Manager lists a subscription's resources of all regions at once."""
SUBSCRIPTION = "Microsoft.Resources"
KEYS = "resolve:keys"
DESTINATIONS = "resolve:destinations"


class AzureCollector:
    """An opened scope of one cloud."""

    def __init__(self, session: Session, options: Options) -> None:
        tally = self._opening = Tally()
        self._session = session
        self._options = options
        self._established: Scope = scope.establish(session.arm, session.tenants, session.cloud, options, tally)
        self._subscriptions = {one.id: one for one in self._established.subscriptions}
        pairs, self._pairs_from = scope.pairs(session.arm, session.cloud, self._established.subscriptions, tally)
        together = session.arm.together(tuple(self._subscriptions))
        self._uncounted: dict[str, RefusalError] = {}
        """Subscriptions of which Resource Graph gave no count."""
        self._counts: Counts = {}
        for group in together:
            self._counts |= self._count(group, tally)
        self._batches: dict[Parcel, Batch] = graph.plan(self._counts, catalog(), together)
        self._around = Surroundings(
            reader=session.arm,
            partition=session.cloud.name,
            vault_suffix=session.cloud.vault_suffix,
            pairs=pairs,
            verify_live=options.verify_live,
        )
        ids = tuple(self._subscriptions)
        self._shown = Shown(None if self._uncounted else self._counts)
        directory = Directory(session.arm, ids, session.cloud.vault_suffix, self._shown)
        roles = Roles(session.arm, {one.id: one.managed_by for one in self._established.subscriptions})
        self._keys = Keys(session.arm, session.vault, session.hsm, session.cloud, pairs, directory, roles)
        self._purview = purview.Purview(session.purview, session.arm, ids)
        self._destinations = Destinations(session.arm, ids, self._shown)

    def _count(self, subscriptions: tuple[str, ...], tally: Tally) -> Counts:
        try:
            return graph.count(self._session.arm, subscriptions, tally)
        except RefusalError as error:
            self._uncounted |= dict.fromkeys(subscriptions, error)
            return {}

    @property
    def scope(self) -> Mapping[str, Any]:
        """Identity, cloud, subscriptions and what the tenant says about itself."""
        return {
            "provider": NAME,
            "partition": self._session.cloud.name,
            "accounts": list(self._subscriptions),
            "cloud": self._session.cloud.name,
            "cloud_told_by": self._session.cloud.told_by,
            "arm_endpoint": self._session.cloud.arm,
            "authority": self._session.cloud.authority,
            "identity": dict(next(iter(self._session.tenants.identities.values()))),
            "asked": {name: value for name, value in to_builtins(self._options).items() if name != "sample"},
            "subscriptions": to_builtins(self._established.subscriptions),
            "tenants": to_builtins(self._established.tenants),
            "tenant": self._established.tenant_facts,
            "region_pairs": self._pairs_from,
            **({"sample": self._options.sample} if self._options.sample else {}),
        }

    def units(self) -> Iterator[Unit]:
        """Each subscription, then its namespaces, in the order in which they share queries."""
        for subscription in self._subscriptions:
            yield self._unit(subscription, SUBSCRIPTION)
        namespaces = {type_.namespace.lower(): type_.namespace for type_ in catalog().values()}
        for batch in dict.fromkeys(self._batches.values()):
            for subscription, namespace in sorted(batch.parcels):
                if subscription in self._subscriptions:
                    yield self._unit(subscription, namespaces[namespace])

    def preliminary(self) -> Iterable[Coverage]:
        """Tenants and subscriptions out of reach, and Resource Graph where it gave no count."""
        yield from self._established.left_out
        for subscription, error in self._uncounted.items():
            unit = self._unit(subscription, "Microsoft.ResourceGraph")
            reason = (
                f"{error.reason.value}: {error.sentence}; resources are read one by one, and those in no list of"
                " resources are missed"
            )
            yield unit.row(CoverageState.PARTIAL, reason, permission=error.permission)

    def collect(self, unit: Unit) -> Iterator[Record]:
        """The resources of one subscription and namespace, or the subscription itself, with its name and tenant."""
        mine = self._subscriptions[unit.account]
        for record in self._records(unit):
            if isinstance(record, ObservedResource):
                yield structs.replace(record, account_name=mine.name, account_path=mine.tenant)
            else:
                yield record

    def _records(self, unit: Unit) -> Iterator[Record]:
        work = Work(unit)
        if unit.service == SUBSCRIPTION:
            if unit.account == next(iter(self._subscriptions)):
                # What opening the scope took belongs to no unit; it is counted with the first.
                work.tally.add_all(self._opening)
            yield from listing.records(self._around, work, self._subscriptions[unit.account], self._counts)
            return
        parcel = (unit.account, unit.service.lower())
        came: dict[str, int] = {}
        fatal: RefusalError | None = None
        try:
            for row in self._batches[parcel].take(parcel, self._session.arm, work.tally):
                type_name = text(row, "type").lower()
                type_ = catalog().get(type_name)
                if type_ is None or graph.parcel_of(row) != parcel:
                    continue
                came[type_name] = came.get(type_name, 0) + 1
                self._shown.note(type_name, row)
                yield from resources.records(self._around, work, type_, row, live=False)
                if type_name == purview.ACCOUNTS:
                    yield from self._purview.discoveries(row, work)
        except RefusalError as error:
            fatal = error
        for (subscription, type_name), counted in sorted(self._counts.items()):
            here = came.get(type_name, 0)
            if (subscription, type_name.partition("/")[0]) == parcel and type_name in catalog() and here < counted:
                reason = f"Resource Graph counted {counted} and gave {here}"
                work.problem(catalog()[type_name].type, CoverageState.PARTIAL, GapReason.TRUNCATED, reason)
        yield from work.end(fatal)

    def resolution_units(self, references: Iterable[Reference]) -> Iterator[tuple[Unit, tuple[Reference, ...]]]:
        """One unit for each key store and each subscription with destinations, named after who refers to them first."""
        groups: dict[tuple[str, str], list[Reference]] = {}
        for reference in sorted(set(references)):
            if reference.kind == "key":
                groups.setdefault((KEYS, by_store(reference.target)), []).append(reference)
            else:
                groups.setdefault((DESTINATIONS, reference.account), []).append(reference)
        for (service, place), mine in sorted(groups.items()):
            yield self._unit(mine[0].account, f"{service}:{place}" if service == KEYS else service), tuple(mine)

    def resolve(self, unit: Unit, references: tuple[Reference, ...]) -> Iterator[Record]:
        """Look up each target of the unit once."""
        work = Work(unit)
        targets = tuple(dict.fromkeys(reference.target for reference in references))
        if unit.service.startswith(KEYS):
            yield from self._keys.resolve(targets, work)
        else:
            for target in targets:
                yield self._destinations.resolve(target, work)
        yield from work.end()

    @property
    def sampled_types(self) -> frozenset[str]:
        """See `scanner.providers.sampling.Sampler`."""
        return TYPES if self._session.content is not None else frozenset()

    def sample(self, unit: Unit, share: Share) -> Iterator[Excerpt | Record]:
        assert self._session.content is not None
        yield from Sampling(self._session.arm, self._session.content, share, unit).run()

    def halt(self) -> None:
        """Nothing to do: the units are known."""

    def close(self) -> None:
        """Release connections."""
        self._session.close()

    def _unit(self, account: str, service: str) -> Unit:
        return Unit(provider=NAME, partition=self._session.cloud.name, account=account, region=REGION, service=service)
