"""The opened scope of one AWS account: its units, and what is in each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.session import Session

from scanner.model import Coverage, CoverageState, ObservedKey, Unit
from scanner.model.sample import Share
from scanner.providers.aws import keys, places, sample
from scanner.providers.aws.arn import parse
from scanner.providers.aws.call import Client, Clients
from scanner.providers.aws.catalog import Catalog, Type, load
from scanner.providers.aws.collect import Collection
from scanner.providers.aws.faults import Refused
from scanner.providers.aws.look import Look, Plan, look, planned
from scanner.providers.aws.look.allowed import OPERATIONS as LOOKING
from scanner.providers.aws.members import OPERATIONS
from scanner.providers.aws.scope import choose
from scanner.providers.aws.session import Identity, Regions, find_regions, identify, open_session
from scanner.providers.aws.tagging import SERVICE as TAGGING_SERVICE
from scanner.providers.aws.tagging import collect_tags
from scanner.providers.contract import Calls, Limits, Record, Reference
from scanner.providers.sampling import Excerpt

_DISCOVERY = "describe_endpoints"
_DISCOVERED = ("timestream-query", "timestream-write")
"""Services that are reached at an endpoint which the SDK asks for first, by itself."""
_GLOBAL = "global"
_KMS = "resolve:kms"
_S3 = "resolve:s3"


def open_collector(options: Mapping[str, Any], limits: Limits) -> "AwsCollector":
    """Sign in, find out account and regions, and choose the types; UsageError or CannotRunError when that fails."""
    catalog = load()
    types = chosen_types(catalog, options)
    plan = planned(options)
    session = open_session(options.get("profile", ""), options.get("role_arn", ""), options.get("external_id", ""))
    clients = Clients(session, limits, allowed(catalog, content=bool(options.get("sample"))))
    return open_account(session, clients, identify(session, clients), catalog, types, options, plan)


def open_account(
    session: Session,
    clients: Clients,
    identity: Identity,
    catalog: Catalog,
    types: Mapping[str, Type],
    options: Mapping[str, Any],
    plan: Plan,
) -> "AwsCollector":
    """The collector of an account that was entered; finds its regions and takes the first look of the plan."""
    regions = find_regions(session, clients, identity, options.get("regions", ()), options.get("exclude_regions", ()))
    now = datetime.now(UTC)
    seen = look(plan, clients.open, regions.home, identity.account, regions.chosen, now)
    return AwsCollector(clients, identity, regions, catalog, types, options, plan, seen)


def chosen_types(catalog: Catalog, options: Mapping[str, Any]) -> dict[str, Type]:
    """The types that the options ask for; UsageError for a word that the catalog does not know."""
    return choose(
        catalog,
        types=options.get("types", ()),
        services=options.get("services", ()),
        exclude_types=options.get("exclude_types", ()),
        exclude_services=options.get("exclude_services", ()),
    )


def _unit_service(type_: Type, catalog: Catalog) -> str:
    """The service in whose unit a type is listed: its own, or that of the type whose resources it is listed for."""
    while type_.parent:
        type_ = catalog.types[type_.parent]
    return type_.service


def allowed(catalog: Catalog, *, content: bool = False) -> set[tuple[str, str]]:
    """Every operation that the product may send: those declared, with `content` those of samples, and nothing else."""
    declared = {(type_.service, call.op) for type_ in catalog.types.values() for call in type_.calls}
    key_calls = {("kms", call.op) for call in keys.CALLS}
    declared |= {(service, _DISCOVERY) for service in _DISCOVERED}
    tree = {("organizations", op) for op in OPERATIONS}
    samples = {("s3", op) for op in sample.PERMISSIONS} if content else set()
    return (
        declared | key_calls | tree | set(LOOKING) | samples | {("s3", places.HEAD), (TAGGING_SERVICE, "get_resources")}
    )


def asked_in(reference: Reference) -> str | None:
    """Region where a reference is looked up: that of a key, `global` for a bucket; None for what no call looks up."""
    found = parse(reference.target)
    if found is not None and reference.kind == "key":
        return found.region or None
    return _GLOBAL if found is not None and reference.kind == "copy" and found.service == "s3" else None


def sampling_scope(options: Mapping[str, Any]) -> dict[str, Any]:
    """Part of the scope's description: the budget for reads of content, where there is one."""
    return {"sample": options["sample"]} if options.get("sample") else {}


class AwsCollector:
    """See `scanner.providers.contract.Collector`."""

    def __init__(
        self,
        clients: Clients,
        identity: Identity,
        regions: Regions,
        catalog: Catalog,
        types: Mapping[str, Type],
        options: Mapping[str, Any],
        plan: Plan,
        seen: Look,
    ) -> None:
        self._plan = plan
        self._look = seen
        self._clients = clients
        self._identity = identity
        self._regions = regions
        self._catalog = catalog
        self._types = types
        self._options = options
        self._now = datetime.now(UTC)
        self._services: dict[str, list[Type]] = {}
        for type_ in types.values():
            self._services.setdefault(_unit_service(type_, catalog), []).append(type_)

    @property
    def scope(self) -> Mapping[str, Any]:
        filters = ("types", "services", "exclude_types", "exclude_services", "exclude_regions")
        return {
            "provider": "aws",
            "partition": self._identity.partition,
            "accounts": [self._identity.account],
            "identity": self._identity.arn,
            "regions": list(self._regions.chosen),
            "regions_basis": self._regions.basis,
            "types": len(self._types),
            "filters": {name: list(self._options[name]) for name in filters if self._options.get(name)},
            **self._plan.scope,
            **sampling_scope(self._options),
        }

    def preliminary(self) -> Iterable[Coverage]:
        yield from self._regions.rows
        yield from self._look.rows(self._unit)

    def units(self) -> Iterator[Unit]:
        """Service by service, so that a service's model is loaded once for all regions."""
        for service, types in self._services.items():
            units = [
                self._unit(service, region)
                for region in self._regions.chosen
                if any(type_.scope == "regional" for type_ in types)
            ]
            if any(type_.scope == "global" for type_ in types):
                units.append(self._unit(service, "global"))
            yield from units
        if any(type_.tags == "tagging_api" for type_ in self._types.values()):
            for region in self._regions.chosen:
                yield self._unit(TAGGING_SERVICE, region)

    def collect(self, unit: Unit) -> Iterator[Record]:
        if unit.service == TAGGING_SERVICE:
            read = self._with_client(unit, TAGGING_SERVICE, unit.region, collect_tags)
            known = self._look.tags.get(unit.region)
            yield from read if known is None else known.records(unit, read)
            return
        scope = "global" if unit.region == "global" else "regional"
        types = [type_ for type_ in self._services[unit.service] if type_.scope == scope]
        left_out = self._look.left_out(types, unit.region)
        if len(left_out) == len(types):
            yield Calls(by_operation={})
            yield unit.row(CoverageState.SKIPPED, next(iter(left_out.values())))
            return
        types = [type_ for type_ in types if type_.id not in left_out]
        skipped = [unit.row(CoverageState.SKIPPED, why, type_=id_) for id_, why in sorted(left_out.items())]
        open_ = self._clients.open if scope == "regional" else self._open_global(types)
        try:
            if scope == "regional" and not self._clients.offers(unit.service, unit.region, unit.partition):
                yield Calls(by_operation={})
                reason = f"the SDK lists no endpoint of {unit.service} in {unit.region}"
                yield unit.row(CoverageState.NOT_ENABLED, reason)
            else:
                yield from Collection(unit, types, self._catalog, open_, self._now, skipped).run()
        except Refused as refused:
            yield Calls(by_operation={})
            yield self._refused_row(unit, "", refused, "")

    def resolution_units(self, references: Iterable[Reference]) -> Iterator[tuple[Unit, tuple[Reference, ...]]]:
        by_region: dict[str, list[Reference]] = {}
        for reference in references:
            region = asked_in(reference)
            if region is not None:
                by_region.setdefault(region, []).append(reference)
        for region, mine in sorted(by_region.items()):
            yield self._unit(_S3 if region == _GLOBAL else _KMS, region), tuple(mine)

    def resolve(self, unit: Unit, references: tuple[Reference, ...]) -> Iterator[Record]:
        targets = sorted({reference.target for reference in references})
        if unit.service.startswith(_KMS):
            yield from self._with_client(unit, "kms", unit.region, lambda u, c: self._keys(u, c, targets))
        else:
            yield from self._with_client(unit, "s3", self._regions.home, lambda u, c: self._places(u, c, targets))

    @property
    def sampled_types(self) -> frozenset[str]:
        """See `scanner.providers.sampling.Sampler`."""
        return sample.TYPES if self._options.get("sample") else frozenset()

    def sample(self, unit: Unit, share: Share) -> Iterator[Excerpt | Record]:
        try:
            client = self._clients.open("s3", share.region)
        except Refused as refused:
            yield from sample.not_entered(unit, share, refused.reason)
            return
        try:
            yield from sample.sample(unit, client, share)
        finally:
            client.close()

    def halt(self) -> None:
        """Nothing to do: the units are known."""

    def close(self) -> None:
        self._clients.transport.close()

    def _keys(self, unit: Unit, client: Client, targets: Sequence[str]) -> Iterator[Record]:
        room = keys.KeyRoom(client, self._identity.account, self._identity.partition)
        unread: list[ObservedKey] = []
        count = 0
        for key in room.keys(targets):
            count += 1
            if key.gaps:
                unread.append(key)
            yield key
        rows = [self._refused_row(unit, "kms.alias", refused, call.permission) for call, refused in room.refused]
        yield from rows
        yield Calls(by_operation=dict(client.calls))
        first = unread[0].gaps[0] if unread else None
        state = CoverageState.PARTIAL if unread or rows else CoverageState.COMPLETE
        reason = f"{len(unread)} of {count} keys: {first.reason.value}: {first.detail}" if first else ""
        yield unit.row(state, reason, permission=first.permission if first else "", count=count)

    def _places(self, unit: Unit, client: Client, targets: Sequence[str]) -> Iterator[Record]:
        missing: list[Refused] = []
        for place, refused in places.places(client, targets):
            yield place
            if refused is not None:
                missing.append(refused)
        yield Calls(by_operation=dict(client.calls))
        reason = f"{len(missing)} of {len(targets)} buckets: {missing[0].detail}" if missing else ""
        state = CoverageState.PARTIAL if missing else CoverageState.COMPLETE
        yield unit.row(state, reason, permission=places.PERMISSION if missing else "", count=len(targets))

    def _with_client(self, unit: Unit, service: str, region: str, work: Any) -> Iterator[Record]:
        try:
            client = self._clients.open(service, region)
        except Refused as refused:
            yield Calls(by_operation={})
            yield self._refused_row(unit, "", refused, "")
            return
        try:
            yield from work(unit, client)
        finally:
            client.close()

    def _open_global(self, types: Sequence[Type]) -> Any:
        """Clients for a service without regions: where the catalog says it answers, or where we are at home."""
        named = next((type_.client_region for type_ in types if type_.client_region), "")
        home = named if named and self._identity.partition == "aws" else self._regions.home

        def open_(service: str, region: str) -> Client:
            return self._clients.open(service, home if region == "global" else region)

        return open_

    def _unit(self, service: str, region: str) -> Unit:
        return Unit(
            provider="aws",
            partition=self._identity.partition,
            account=self._identity.account,
            region=region,
            service=service,
        )

    def _refused_row(self, unit: Unit, type_: str, refused: Refused, permission: str) -> Coverage:
        state = CoverageState.refused(refused.reason)
        reason = f"{refused.reason.value}: {refused.detail}"
        return unit.row(state, reason, permission=refused.missing(permission), type_=type_)
