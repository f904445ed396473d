"""Which subscriptions are scanned, and what the tenant says about itself."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from scanner.errors import CannotRunError, UsageError
from scanner.model import Coverage, CoverageState, Unit
from scanner.providers.azure.call import Reader, Tally
from scanner.providers.azure.clouds import Cloud
from scanner.providers.azure.members import text
from scanner.providers.azure.places import LOCATIONS_VERSION, Pairs
from scanner.providers.azure.promises import tenant_facts
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.session import Options
from scanner.providers.azure.tenants import Tenants
from scanner.providers.azure.visible import Subscription, Tenant, Visible

_DESCENDANTS_VERSION = "2020-05-01"
_NOT_READABLE = frozenset({"deleted"})


class Scope(Struct, frozen=True, kw_only=True):
    subscriptions: tuple[Subscription, ...]
    """Those to scan, by id."""
    tenants: tuple[Tenant, ...]
    left_out: tuple[Coverage, ...]
    """Rows for those that were asked for or seen and cannot be scanned."""
    tenant_facts: dict[str, Any]


def establish(reader: Reader, tenants: Tenants, cloud: Cloud, options: Options, tally: Tally) -> Scope:
    """Ask each tenant for its subscriptions and keep those in scope. CannotRunError when there is none to scan."""
    if options.management_group and len(options.tenants) > 1:
        raise UsageError("--management-group is of one tenant: give one --tenant with it.")
    found = Visible(reader, tenants, tally)
    for tenant in tuple(tenants.identities):
        found.look(tenant)
    if not options.tenants and not options.management_group and not found.has_all(options.subscriptions):
        found.look_elsewhere()
    visible = found.subscriptions()
    hidden: set[str] = set()
    if options.management_group:
        below = _below(reader, options.management_group, tally)
        hidden = below - {one.id for one in visible}
        visible = [one for one in visible if one.id in below]
    if options.tenants:
        asked = {found.id_of(tenant) for tenant in options.tenants}
        visible = [one for one in visible if one.tenant in asked]
    chosen, missing = _chosen(visible, options.subscriptions)
    left_out = [
        _row(
            cloud,
            name,
            CoverageState.DENIED,
            "denied: the subscription is not visible to this identity, or does not exist",
        )
        for name in sorted({*missing, *(() if options.subscriptions else hidden)})
    ]
    left_out += [
        _row(cloud, one.id, CoverageState.NOT_ENABLED, f"not_enabled: the subscription is in the state {one.state}")
        for one in chosen
        if one.state.lower() in _NOT_READABLE
    ]
    unreachable = list(found.unreachable(options.tenants)) if missing or not options.subscriptions else []
    left_out += [_row(cloud, tenant, state, reason) for tenant, state, reason in unreachable]
    readable = tuple(one for one in chosen if one.state.lower() not in _NOT_READABLE)
    if not readable:
        asked_for = f" of {', '.join(options.subscriptions)}" if options.subscriptions else ""
        raise CannotRunError(
            f"No subscription{asked_for} is visible to this identity. Give it the role Reader on the subscriptions, and"
            f" check --tenant and --management-group.{''.join(f' {tenant}: {why}.' for tenant, _, why in unreachable)}"
        )
    for one in readable:
        tenants.read_through(one.id, found.entered_as(one.through or one.tenant))
    return Scope(
        subscriptions=readable,
        tenants=found.entered(),
        left_out=tuple(left_out),
        tenant_facts=tenant_facts(reader, {one.tenant: found.entered_as(one.tenant) for one in readable}, tally),
    )


def pairs(reader: Reader, cloud: Cloud, subscriptions: Sequence[Subscription], tally: Tally) -> tuple[Pairs, str]:
    """Region pairs and where they are from: the first subscription that tells its locations, else the fact table."""
    for one in subscriptions:
        path = f"/subscriptions/{one.id}/locations"
        try:
            return Pairs.of(cloud.name, reader.items(path, tally, api_version=LOCATIONS_VERSION)), path
        except RefusalError:
            continue
    return Pairs(cloud.name, {}), "fact table, as no list of locations could be read"


def _chosen(visible: Sequence[Subscription], asked: Iterable[str]) -> tuple[list[Subscription], list[str]]:
    """Visible ones that were asked for by id or name, and what was asked for and is not visible."""
    words = list(dict.fromkeys(word.strip() for word in asked if word.strip()))
    if not words:
        return list(visible), []
    found: dict[str, Subscription] = {}
    missing: list[str] = []
    for word in words:
        by_id = [one for one in visible if one.id == word.lower()]
        mine = by_id or [one for one in visible if one.name.lower() == word.lower()]
        if len(mine) > 1:
            raise UsageError(f"{len(mine)} subscriptions have the name '{word}'. Give the id.")
        if mine:
            found[mine[0].id] = mine[0]
        else:
            missing.append(word)
    return sorted(found.values()), missing


def _below(reader: Reader, group: str, tally: Tally) -> set[str]:
    path = f"/providers/Microsoft.Management/managementGroups/{group}/descendants"
    permission = "Microsoft.Management/managementGroups/descendants/read"
    try:
        found = list(reader.items(path, tally, api_version=_DESCENDANTS_VERSION, permission=permission))
    except RefusalError as error:
        raise CannotRunError(f"The management group '{group}' could not be read: {error.sentence}") from error
    return {text(body, "name").lower() for body in found if text(body, "type").lower().endswith("/subscriptions")}


def _row(cloud: Cloud, account: str, state: CoverageState, reason: str) -> Coverage:
    unit = Unit(provider="azure", partition=cloud.name, account=account, region="global", service="Microsoft.Resources")
    permission = "Microsoft.Resources/subscriptions/read" if state is CoverageState.DENIED else ""
    return unit.row(state, reason, permission=permission)
