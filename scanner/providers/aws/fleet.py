"""The opened scope of many AWS accounts: each entered through a role of the same name, a few of them at a time.

The accounts of one batch are scanned service by service, so that a service's model is loaded once for all of them, and
memory does not grow with the number of accounts.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from botocore.session import Session
from msgspec import structs

from scanner.errors import LexlociError, UsageError
from scanner.model import Coverage, CoverageState, GapReason, ObservedResource, Unit
from scanner.model.coverage import beside_units
from scanner.model.sample import Share
from scanner.providers.aws import sample
from scanner.providers.aws.arn import parse
from scanner.providers.aws.call import Clients
from scanner.providers.aws.catalog import load
from scanner.providers.aws.collector import AwsCollector, allowed, asked_in, chosen_types, open_account, sampling_scope
from scanner.providers.aws.faults import Refused
from scanner.providers.aws.look import Plan, planned
from scanner.providers.aws.members import ACTIVE, Member, listed, members
from scanner.providers.aws.session import (
    Identity,
    home_region,
    identify,
    member_session,
    open_session,
    partition_of,
    who,
)
from scanner.providers.contract import Calls, Limits, Record, Reference
from scanner.providers.sampling import Excerpt

ROLE_NAME = "lexloci-reader"
"""Role that `lexloci permissions aws --format cloudformation` creates."""

_BATCH = 16
"""Accounts entered together."""
_HELD = 2 * _BATCH
"""Accounts whose sessions are held, about half a megabyte each: those under way and those entered for the next."""


def open_fleet(options: Mapping[str, Any], limits: Limits) -> "Fleet":
    """Sign in and find the accounts; UsageError or CannotRunError when that fails. No other account is entered yet."""
    asked = listed(options["accounts"]) if options.get("accounts") else ()
    chosen_types(load(), options)
    plan = planned(options)
    session = open_session(options.get("profile", ""), options.get("role_arn", ""), options.get("external_id", ""))
    clients = Clients(session, limits, allowed(load(), content=bool(options.get("sample"))))
    identity = identify(session, clients)
    for region in (*options.get("regions", ()), *options.get("exclude_regions", ())):
        if partition_of(session, region) != identity.partition:
            raise UsageError(f"The region {region} is not in the partition {identity.partition} of these credentials.")
    if not options.get("organization"):
        return Fleet(session, clients, identity, [Member(account=account) for account in asked], (), options, plan)
    client = clients.open("organizations", home_region(session))
    try:
        found = members(client, options.get("ous", ()))
    finally:
        client.close()
    known = {member.account for member in found}
    chosen = [member for member in found if not asked or member.account in asked]
    return Fleet(session, clients, identity, chosen, [one for one in asked if one not in known], options, plan)


class Fleet:
    """See `scanner.providers.contract.Collector`."""

    def __init__(
        self,
        session: Session,
        clients: Clients,
        identity: Identity,
        found: Iterable[Member],
        strangers: Iterable[str],
        options: Mapping[str, Any],
        plan: Plan,
    ) -> None:
        """`strangers` were asked for and are not in the organisation."""
        self._session = session
        self._clients = clients
        self._identity = identity
        self._members = {member.account: member for member in found}
        self._options = options
        self._plan = plan
        self._catalog = load()
        self._types = chosen_types(self._catalog, options)
        self._lock = threading.Lock()
        self._halted = False
        self._entered: OrderedDict[str, AwsCollector] = OrderedDict()
        self._rows: dict[str, tuple[Coverage, ...]] = {}
        self._mine: Collection[str] = self._members
        for account in strangers:
            reason = "not_scanned: the account is not in that part of the organisation"
            self._rows[account] = (self._row(account, CoverageState.SKIPPED, reason),)
        for member in self._members.values():
            if member.state != ACTIVE:
                reason = f"not_enabled: the account is {member.state or 'in no known state'}; it may still hold data"
                self._rows[member.account] = (self._row(member.account, CoverageState.SKIPPED, reason),)

    @property
    def scope(self) -> Mapping[str, Any]:
        names = ("regions", "exclude_regions", "types", "services", "exclude_types", "exclude_services")
        filters = {name: list(self._options[name]) for name in names if self._options.get(name)}
        described = {
            member.account: {"name": member.name, "path": member.path, "state": member.state}
            for member in self._members.values()
        }
        return {
            "provider": "aws",
            "partition": self._identity.partition,
            "accounts": sorted(self._members),
            "account_details": described,
            "identity": self._identity.arn,
            "organization": bool(self._options.get("organization")),
            "organizational_units": list(self._options.get("ous", ())),
            "role_name": self._role_name,
            "regions": list(self._options.get("regions", ())),
            "regions_basis": "asked for" if self._options.get("regions") else "enabled in each account",
            "types": len(self._types),
            "filters": filters,
            **self._plan.scope,
            **sampling_scope(self._options),
        }

    def preliminary(self) -> Iterable[Coverage]:
        """Rows of the accounts entered so far, and of those that cannot be: suspended, denied, out of reach."""
        with self._lock:
            rows = sorted(self._rows.items())
        return [row for _, of_account in rows for row in of_account]

    def units(self) -> Iterator[Unit]:
        waiting = (account for account in self.divisible if account in self._mine)
        while batch := list(islice(waiting, _BATCH)):
            by_service: dict[str, list[Unit]] = {}
            for collector in filter(None, self._accounts(batch)):
                for unit in collector.units():
                    by_service.setdefault(unit.service, []).append(unit)
            for units in by_service.values():
                yield from units

    @property
    def divisible(self) -> Sequence[str]:
        """See `scanner.providers.dividing.Divisible`."""
        return [member.account for member in self._members.values() if member.state == ACTIVE]

    def enter_only(self, accounts: Collection[str]) -> None:
        self._mine = frozenset(accounts)

    def asked_of(self, reference: Reference) -> str:
        found = parse(reference.target)
        owner = self._members.get(found.account) if found is not None else None
        return owner.account if owner is not None and owner.state == ACTIVE else reference.account

    def collect(self, unit: Unit) -> Iterator[Record]:
        collector = self._account(unit.account)
        if collector is None:
            yield from self._out_of_reach(unit)
            return
        member = self._members[unit.account]
        for record in collector.collect(unit):
            if isinstance(record, ObservedResource):
                yield structs.replace(record, account_name=member.name, account_path=member.path)
            else:
                yield record

    def resolution_units(self, references: Iterable[Reference]) -> Iterator[tuple[Unit, tuple[Reference, ...]]]:
        """Each key is asked of the account that owns it when we can enter that, else of the one that names it."""
        by_account: dict[str, list[Reference]] = {}
        for reference in references:
            if asked_in(reference) is not None:
                by_account.setdefault(self.asked_of(reference), []).append(reference)
        waiting = iter(sorted(by_account.items()))
        while batch := list(islice(waiting, _BATCH)):
            collectors = self._accounts([account for account, _ in batch])
            for (account, mine), collector in zip(batch, collectors, strict=True):
                yield from self._asked_by(account, mine) if collector is None else collector.resolution_units(mine)

    def _asked_by(self, owner: str, references: Iterable[Reference]) -> Iterator[tuple[Unit, tuple[Reference, ...]]]:
        """What belongs to an account that cannot be entered, asked of those that name it.

        The units bear the owner's name beside the asker's own, which were else taken for the same in the journal.
        """
        by_asker: dict[str, list[Reference]] = {}
        for reference in references:
            by_asker.setdefault(reference.account, []).append(reference)
        for asker, named in sorted(by_asker.items()):
            asking = self._account(asker) if asker != owner else None
            for unit, mine in asking.resolution_units(named) if asking is not None else ():
                yield structs.replace(unit, service=f"{unit.service}:{owner}"), mine

    def resolve(self, unit: Unit, references: tuple[Reference, ...]) -> Iterator[Record]:
        collector = self._account(unit.account)
        yield from collector.resolve(unit, references) if collector is not None else self._out_of_reach(unit)

    @property
    def sampled_types(self) -> frozenset[str]:
        """See `scanner.providers.sampling.Sampler`."""
        return sample.TYPES if self._options.get("sample") else frozenset()

    def sample(self, unit: Unit, share: Share) -> Iterator[Excerpt | Record]:
        collector = self._account(unit.account)
        if collector is None:
            yield from sample.not_entered(unit, share, GapReason.NOT_SCANNED)
            return
        yield from collector.sample(unit, share)

    def halt(self) -> None:
        """Enter no further account; those that were not entered get a row."""
        self._halted = True

    def close(self) -> None:
        self._clients.transport.close()

    @property
    def _role_name(self) -> str:
        return str(self._options.get("role_name") or ROLE_NAME)

    def _accounts(self, accounts: Sequence[str]) -> list[AwsCollector | None]:
        """Their collectors, entered together."""
        with ThreadPoolExecutor(len(accounts), thread_name_prefix="enter") as pool:
            return list(pool.map(self._account, accounts))

    def _account(self, account: str) -> AwsCollector | None:
        """The account's collector, entered now if it is not yet; None when it cannot be, and a row says why."""
        with self._lock:
            if account in self._entered:
                self._entered.move_to_end(account)
                return self._entered[account]
            member = self._members.get(account)
            if member is None or member.state != ACTIVE:
                return None
            if self._halted:
                reason = "not_scanned: the scan ended before this account was entered"
                self._rows.setdefault(account, (self._row(account, CoverageState.SKIPPED, reason),))
                return None
        try:
            collector = self._enter(account)
        except Refused as refused:
            state = CoverageState.DENIED if refused.is_denial else CoverageState.FAILED
            reason = f"{refused.reason.value}: the account cannot be entered: {refused.detail}"
            self._closed(account, self._row(account, state, reason, refused.missing("sts:AssumeRole")))
            return None
        except LexlociError as error:
            self._closed(account, self._row(account, CoverageState.FAILED, f"provider_error: {error}"))
            return None
        with self._lock:
            self._rows[account] = tuple(collector.preliminary())
            self._entered[account] = collector
            while len(self._entered) > _HELD:
                self._entered.popitem(last=False)
        return collector

    def _enter(self, account: str) -> AwsCollector:
        if account == self._identity.account:
            session, clients, identity = self._session, self._clients, self._identity
        else:
            arn = f"arn:{self._identity.partition}:iam::{account}:role/{self._role_name}"
            external_id = self._options.get("member_external_id", "")
            session = member_session(self._session, self._clients, arn, external_id)
            clients = self._clients.beside(session)
            identity = who(session, clients)
        return open_account(session, clients, identity, self._catalog, self._types, self._options, self._plan)

    def _closed(self, account: str, row: Coverage) -> None:
        with self._lock:
            self._rows[account] = (row,)

    def _out_of_reach(self, unit: Unit) -> Iterator[Record]:
        """The records of a unit whose account could be entered when the units were counted, and cannot be now."""
        with self._lock:
            rows = self._rows.get(unit.account, ())
        why = rows[0] if rows else self._row(unit.account, CoverageState.FAILED, "not_scanned: no account of this scan")
        yield Calls(by_operation={})
        yield structs.replace(why, region=unit.region, service=unit.service)

    def _row(self, account: str, state: CoverageState, reason: str, permission: str = "") -> Coverage:
        return beside_units("aws", self._identity.partition, account, state, reason, permission=permission)
