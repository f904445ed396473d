"""Which subscriptions are scanned, and what the tenant says about itself."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from scanner.errors import CannotRunError, UsageError
from scanner.model import Coverage, CoverageState, GapReason
from scanner.providers.azure.call import Reader, Tally
from scanner.providers.azure.clouds import Cloud
from scanner.providers.azure.members import text, values
from scanner.providers.azure.places import LOCATIONS_VERSION, Pairs
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.session import Options

SUBSCRIPTIONS_VERSION = "2022-12-01"
_DESCENDANTS_VERSION = "2020-05-01"
_BOUNDARY_VERSION = "2024-08-01"
_LOCKBOX_VERSION = "2018-02-28-preview"
_NOT_READABLE = frozenset({"deleted"})


class Subscription(Struct, frozen=True, kw_only=True, order=True):
    id: str
    """Lower case."""
    name: str
    state: str
    tenant: str
    managed_by: tuple[str, ...] = ()
    """Tenants of service providers to which the subscription is delegated (Azure Lighthouse)."""


class Scope(Struct, frozen=True, kw_only=True):
    subscriptions: tuple[Subscription, ...]
    """Those to scan, by id."""
    left_out: tuple[Coverage, ...]
    """Rows for those that were asked for or seen and cannot be scanned."""
    tenant_facts: dict[str, Any]


def establish(reader: Reader, cloud: Cloud, options: Options, tally: Tally) -> Scope:
    """Ask for the subscriptions and keep those in scope. CannotRunError when there is none to scan."""
    try:
        visible = sorted(
            _subscription(body) for body in reader.items("/subscriptions", tally, api_version=SUBSCRIPTIONS_VERSION)
        )
        if not all(one.id for one in visible):
            raise RefusalError(
                GapReason.MALFORMED, "an element has no id", operation="Microsoft.Resources:GET subscriptions"
            )
    except RefusalError as error:
        raise CannotRunError(f"The list of subscriptions could not be read: {error.sentence}") from error
    hidden: set[str] = set()
    if options.management_group:
        below = _below(reader, options.management_group, tally)
        hidden = below - {one.id for one in visible}
        visible = [one for one in visible if one.id in below]
    if options.tenant:
        visible = [one for one in visible if one.tenant == options.tenant.lower()]
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
    readable = tuple(one for one in chosen if one.state.lower() not in _NOT_READABLE)
    if not readable:
        asked = f" of {', '.join(options.subscriptions)}" if options.subscriptions else ""
        raise CannotRunError(
            f"No subscription{asked} is visible to this identity. Give it the role Reader on the subscriptions, and"
            " check --tenant and --management-group."
        )
    return Scope(
        subscriptions=readable,
        left_out=tuple(left_out),
        tenant_facts=_tenant_facts(reader, {one.tenant for one in readable}, tally),
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


def _subscription(body: Any) -> Subscription:
    return Subscription(
        id=text(body, "subscriptionId").lower(),
        name=text(body, "displayName"),
        state=text(body, "state"),
        tenant=text(body, "tenantId").lower(),
        managed_by=tuple(sorted(str(one).lower() for one in values(body, "managedByTenants[].tenantId"))),
    )


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


def _tenant_facts(reader: Reader, tenants: Iterable[str], tally: Tally) -> dict[str, Any]:
    """The data boundary and Customer Lockbox: promises of Microsoft's about itself. Neither lifts a resource, so that
    not being allowed to read them leaves the scan complete; the reason is told in the place of the value."""
    return {
        "data_boundary": _fact(
            reader,
            "/providers/Microsoft.Resources/dataBoundaries/default",
            _BOUNDARY_VERSION,
            "properties.dataBoundary",
            "Microsoft.Resources/dataBoundaries/read",
            tally,
        ),
        "customer_lockbox": {
            tenant: _fact(
                reader,
                f"/providers/Microsoft.CustomerLockbox/tenantOptedIn/{tenant}",
                _LOCKBOX_VERSION,
                "isOptedIn",
                "Microsoft.CustomerLockbox/tenantOptedIn/read",
                tally,
            )
            for tenant in sorted(tenants)
        },
    }


def _fact(reader: Reader, path: str, version: str, member: str, permission: str, tally: Tally) -> dict[str, str]:
    try:
        body = reader.get(path, tally, api_version=version, permission=permission)
    except RefusalError as error:
        return {"not_read": error.reason.value, "detail": error.sentence, "permission": error.permission}
    value = text(body, member)
    return (
        {"value": value} if value else {"not_read": "malformed", "detail": f"{path} has no {member}", "permission": ""}
    )


def _row(cloud: Cloud, account: str, state: CoverageState, reason: str) -> Coverage:
    permission = "Microsoft.Resources/subscriptions/read" if state is CoverageState.DENIED else ""
    return Coverage(
        provider="azure",
        partition=cloud.name,
        account=account,
        region="global",
        service="Microsoft.Resources",
        type="",
        state=state,
        reason=reason,
        permission=permission,
    )
