"""What Resource Manager itself answers inside a subscription: locations, providers, groups, the generic list."""

import re

from scanner.demo.azure.arm_error import ArmError, no_such_path
from scanner.demo.azure.bodies import can_expand, in_generic_list
from scanner.demo.azure.estate import Estate, Record
from scanner.demo.azure.locations import display_names, location_list
from scanner.demo.azure.message import Answer, Request, one_of, only
from scanner.demo.azure.paging import PageSizes, page
from scanner.demo.azure.resource_types import ResourceType, namespaces
from scanner.demo.azure.tenant_reads import SUBSCRIPTION_VERSIONS, find_subscription, subscription_body
from scanner.demo.azure.tokens import Principal
from scanner.demo.azure.world import Group, Json, Subscription

RESOURCE_VERSIONS = ("2025-04-01", "2024-11-01", "2024-07-01", "2024-03-01", "2022-09-01", "2021-04-01")
_TERM = re.compile(r"(resourceType|location|name|resourceGroup) eq '([^']*)'")


class SubscriptionReads:
    def __init__(self, estate: Estate, sizes: PageSizes) -> None:
        self._estate = estate
        self._sizes = sizes

    def answer(self, request: Request, base: str, principal: Principal, id_: str, rest: list[str]) -> Answer:
        """`rest`: the path after the subscription's id, in lower case."""
        match rest:
            case []:
                return self._one(request, principal, id_)
            case ["locations"]:
                one_of(request, *SUBSCRIPTION_VERSIONS)
                only(request, "includeextendedlocations")
                subscription = self._find(id_, principal, "Microsoft.Resources/subscriptions/locations/read")
                return Answer(body={"value": location_list(subscription.id)})
            case ["providers", *namespace] if len(namespace) < 2:
                return self._providers(request, principal, id_, namespace)
            case ["resources"]:
                subscription = self._find(id_, principal, "Microsoft.Resources/subscriptions/resources/read")
                return self._resources(request, base, self._estate.tracked(subscription.id))
            case ["resourcegroups"]:
                one_of(request, *RESOURCE_VERSIONS)
                only(request, "$top")
                subscription = self._find(id_, principal, "Microsoft.Resources/subscriptions/resourceGroups/read")
                return Answer(body={"value": [_group_body(subscription, group) for group in subscription.groups]})
            case ["resourcegroups", name]:
                one_of(request, *RESOURCE_VERSIONS)
                only(request)
                subscription = self._find(id_, principal, "Microsoft.Resources/subscriptions/resourceGroups/read")
                return Answer(body=_group_body(subscription, find_group(self._estate, subscription, name)))
            case ["resourcegroups", name, "resources"]:
                subscription = self._find(
                    id_, principal, "Microsoft.Resources/subscriptions/resourceGroups/resources/read"
                )
                group = find_group(self._estate, subscription, name)
                members = [one for one in self._estate.tracked(subscription.id) if one.group == group.name]
                return self._resources(request, base, members)
        raise no_such_path()

    def _one(self, request: Request, principal: Principal, id_: str) -> Answer:
        one_of(request, *SUBSCRIPTION_VERSIONS)
        only(request)
        listed = self._estate.subscriptions.get(id_.lower())
        if listed is not None and listed.access == "listed" and listed.tenant == principal.tenant:
            return Answer(body=subscription_body(listed))
        return Answer(body=subscription_body(self._find(id_, principal, "Microsoft.Resources/subscriptions/read")))

    def _providers(self, request: Request, principal: Principal, id_: str, namespace: list[str]) -> Answer:
        one_of(request, *RESOURCE_VERSIONS)
        only(request, "$expand")
        subscription = self._find(id_, principal, "Microsoft.Resources/subscriptions/providers/read")
        if not namespace:
            return Answer(body={"value": [_provider(subscription, types) for types in namespaces().values()]})
        types = namespaces().get(namespace[0])
        if types is None:
            message = f"The resource namespace '{namespace[0]}' is invalid."
            raise ArmError(404, "InvalidResourceNamespace", message)
        return Answer(body=_provider(subscription, types))

    def _resources(self, request: Request, base: str, records: list[Record]) -> Answer:
        one_of(request, *RESOURCE_VERSIONS)
        query = only(request, "$top", "$filter", "$expand", "$skiptoken")
        expand = [name.strip().lower() for name in query.get("$expand", "").split(",") if name.strip()]
        if not all(can_expand(name) for name in expand):
            message = (
                "The expand clause is not valid. Allowed are 'createdTime', 'changedTime' and 'provisioningState'."
            )
            raise ArmError(400, "InvalidExpandInQueryString", message)
        found = _filter(records, query.get("$filter", ""))
        size = _top(query.get("$top"), self._sizes.generic)
        url = f"{base}{request.path}"
        blank_after = self._sizes.blank_after
        return Answer(body=page(found, lambda one: in_generic_list(one, expand), request, url, size, blank_after))

    def _find(self, id_: str, principal: Principal, action: str) -> Subscription:
        return find_subscription(self._estate, id_, principal, action)


def find_group(estate: Estate, subscription: Subscription, name: str) -> Group:
    group = estate.group(subscription.id, name)
    if group is None:
        raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
    return group


def _filter(records: list[Record], text: str) -> list[Record]:
    """Terms `resourceType eq '…'` and the like joined by `or` or by `and`; ArmError for any other filter."""
    if not text:
        return records
    joint = " and " if " and " in text else " or "
    terms = [_TERM.fullmatch(part.strip()) for part in text.split(joint)]
    if not all(terms):
        raise ArmError(400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string.")

    def value(record: Record, member: str) -> str:
        values = {
            "resourceType": record.type,
            "location": (record.location or "").replace(" ", ""),
            "name": record.name,
            "resourceGroup": record.group,
        }
        return values[member].lower()

    combine = all if joint == " and " else any
    return [one for one in records if combine(value(one, term[1]) == term[2].lower() for term in terms if term)]


def _top(text: str | None, most: int) -> int:
    if text is None:
        return most
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ArmError(400, "InvalidTopInQueryString", f"Invalid $top '{text}' specified in the query string.")
    return min(int(text), most)


def _group_body(subscription: Subscription, group: Group) -> Json:
    return {
        "id": f"/subscriptions/{subscription.id}/resourceGroups/{group.name}",
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "properties": {"provisioningState": "Succeeded"},
    }


def _provider(subscription: Subscription, types: list[ResourceType]) -> Json:
    namespace = types[0].type.split("/")[0]
    registered = namespace.lower() not in {one.lower() for one in subscription.unregistered}
    return {
        "id": f"/subscriptions/{subscription.id}/providers/{namespace}",
        "namespace": namespace,
        "registrationState": "Registered" if registered else "NotRegistered",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [
            {
                "resourceType": entry.type.partition("/")[2],
                "locations": list(display_names()),
                "apiVersions": entry.versions,
                "capabilities": "None",
            }
            for entry in types
        ],
    }
