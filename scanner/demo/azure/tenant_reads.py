"""What Resource Manager answers above any subscription: subscriptions, tenants, management groups, tenant settings."""

from scanner.demo.azure.arm_error import ArmError, no_such_path, not_authorized
from scanner.demo.azure.estate import Estate
from scanner.demo.azure.message import Answer, Request, one_of, only
from scanner.demo.azure.tokens import Principal
from scanner.demo.azure.world import Json, ManagementGroup, Subscription, Tenant

SUBSCRIPTION_VERSIONS = ("2022-12-01", "2022-09-01", "2021-01-01", "2020-01-01", "2019-11-01", "2016-06-01")
_MANAGEMENT_VERSIONS = ("2023-04-01", "2021-04-01", "2020-05-01")


class TenantReads:
    def __init__(self, estate: Estate) -> None:
        self._estate = estate

    def subscriptions(self, request: Request, principal: Principal) -> Answer:
        one_of(request, *SUBSCRIPTION_VERSIONS)
        only(request)
        visible = [
            subscription_body(one)
            for one in self._estate.world.subscriptions
            if shows(one, principal) and one.access != "none"
        ]
        return Answer(body={"value": visible, "count": {"type": "Total", "value": len(visible)}})

    def tenants(self, request: Request, principal: Principal) -> Answer:
        one_of(request, *SUBSCRIPTION_VERSIONS)
        only(request)
        entered = [
            one
            for one in self._estate.world.tenants
            if one.id == principal.tenant
            or (principal.user and principal.client in {client.id for client in one.clients})
        ]
        return Answer(
            body={
                "value": [
                    {
                        "id": f"/tenants/{one.id}",
                        "tenantId": one.id,
                        "displayName": one.display_name,
                        "defaultDomain": one.domain,
                        "domains": [one.domain],
                        "tenantCategory": "Home" if one.id == principal.tenant else "ProjectedBy",
                        "tenantType": "AAD",
                    }
                    for one in entered
                ]
            }
        )

    def data_boundary(self, request: Request, principal: Principal) -> Answer:
        one_of(request, "2024-08-01")
        only(request)
        path = "Microsoft.Resources/dataBoundaries"
        return Answer(
            body={
                "id": f"/providers/{path}/default",
                "name": "default",
                "type": path,
                "properties": {"dataBoundary": self._tenant(principal).data_boundary, "provisioningState": "Succeeded"},
            }
        )

    def customer_lockbox(self, request: Request, principal: Principal, tenant: str) -> Answer:
        one_of(request, "2018-02-28-preview")
        only(request)
        if tenant.lower() != principal.tenant.lower():
            action = "Microsoft.CustomerLockbox/TenantOptedIn/read"
            raise not_authorized(principal.client, principal.object_id, action, request.path)
        return Answer(body={"isOptedIn": self._tenant(principal).customer_lockbox})

    def management_groups(self, request: Request, principal: Principal, rest: list[str]) -> Answer:
        one_of(request, *_MANAGEMENT_VERSIONS)
        groups = [one for one in self._estate.world.management_groups if one.tenant == principal.tenant]
        if not rest:
            only(request)
            return Answer(body={"value": [_group_body(one) for one in groups]})
        found = next((one for one in groups if one.id.lower() == rest[0].lower()), None)
        if found is None:
            action = "Microsoft.Management/managementGroups/read"
            raise not_authorized(principal.client, principal.object_id, action, _group_id(rest[0]))
        match rest[1:]:
            case []:
                only(request)
                return Answer(body=_group_body(found))
            case ["subscriptions"]:
                only(request)
                return Answer(body={"value": self._subscriptions_of(found)})
            case ["descendants"]:
                only(request)
                return Answer(body={"value": self._descendants(found, groups)})
        raise no_such_path()

    def _descendants(self, group: ManagementGroup, groups: list[ManagementGroup]) -> list[Json]:
        found = self._subscriptions_of(group)
        for child in groups:
            if child.parent == group.id:
                properties = {"displayName": child.display_name, "parent": {"id": _group_id(group.id)}}
                found.append({**_group_body(child), "properties": properties})
                found += self._descendants(child, groups)
        return found

    def _subscriptions_of(self, group: ManagementGroup) -> list[Json]:
        return [
            {
                "id": f"/subscriptions/{id_}",
                "type": "/subscriptions",
                "name": id_,
                "properties": {
                    "displayName": self._estate.subscriptions[id_.lower()].name,
                    "parent": {"id": _group_id(group.id)},
                },
            }
            for id_ in group.subscriptions
        ]

    def _tenant(self, principal: Principal) -> Tenant:
        return next(one for one in self._estate.world.tenants if one.id == principal.tenant)


def shows(subscription: Subscription, principal: Principal) -> bool:
    """Whether a token of the principal's tenant is one for this subscription: its own, or delegated to the tenant."""
    return principal.tenant in (subscription.tenant, *subscription.managed_by)


def subscription_body(subscription: Subscription) -> Json:
    return {
        "id": f"/subscriptions/{subscription.id}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [{"tenantId": one} for one in subscription.managed_by],
        "subscriptionId": subscription.id,
        "tenantId": subscription.tenant,
        "displayName": subscription.name,
        "state": subscription.state,
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def find_subscription(estate: Estate, id_: str, principal: Principal, action: str) -> Subscription:
    """A subscription whose contents the caller may read; ArmError as for an unknown, foreign or forbidden one."""
    found = estate.subscriptions.get(id_.lower())
    if found is None or found.state == "Deleted":
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{id_}' could not be found.")
    if not shows(found, principal):
        raise ArmError(
            401,
            "InvalidAuthenticationTokenTenant",
            f"The access token is from the wrong issuer 'https://sts.windows.net/{principal.tenant}/'. It must match"
            f" the tenant 'https://sts.windows.net/{found.tenant}/' associated with this subscription.",
        )
    if found.access != "reader":
        raise not_authorized(principal.client, principal.object_id, action, f"/subscriptions/{found.id}")
    return found


def _group_id(id_: str) -> str:
    return f"/providers/Microsoft.Management/managementGroups/{id_}"


def _group_body(group: ManagementGroup) -> Json:
    return {
        "id": _group_id(group.id),
        "type": "Microsoft.Management/managementGroups",
        "name": group.id,
        "properties": {"tenantId": group.tenant, "displayName": group.display_name},
    }
