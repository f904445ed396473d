"""Azure Resource Manager ids: `/subscriptions/S/resourceGroups/G/providers/NAMESPACE/TYPE/NAME[/TYPE/NAME…]`.

Ids are compared without regard to letter case by Azure and are answered in several spellings for one resource, so they
are kept in lower case here.
"""

import re


def canonical(resource_id: str) -> str:
    """The one spelling of an id: lower case, no slash at the end."""
    return re.sub(r"[\s/]+$", "", resource_id.strip()).lower()


def looks_like_id(value: str) -> bool:
    return value.lower().startswith(("/subscriptions/", "/providers/"))


def _segments(resource_id: str) -> list[str]:
    return canonical(resource_id).strip("/").split("/")


def subscription_of(resource_id: str) -> str:
    """Subscription of an id; empty for a tenant's resource."""
    parts = _segments(resource_id)
    return parts[1] if len(parts) > 1 and parts[0] == "subscriptions" else ""


def group_of(resource_id: str) -> str:
    """`/subscriptions/S/resourcegroups/G` of an id; empty when it is in no group."""
    parts = _segments(resource_id)
    return "/" + "/".join(parts[:4]) if len(parts) >= 4 and parts[2] == "resourcegroups" else ""


def type_of(resource_id: str) -> str:
    """Type of an id, in lower case and with its namespace; the last one for an extension resource."""
    parts = _segments(resource_id)
    if "providers" not in parts:
        return ""
    last = len(parts) - 1 - parts[::-1].index("providers")
    rest = parts[last + 1 :]
    return "/".join(rest[:1] + rest[1::2])


def parent_of_type(resource_id: str, type_: str) -> str:
    """The resource of type `type_` that contains this one; empty when none does."""
    parts = canonical(resource_id).split("/")
    for end in range(len(parts), 0, -1):
        candidate = "/".join(parts[:end])
        if type_of(candidate) == type_.lower() and len(candidate.split("/")) % 2 == 1:
            return candidate
    return ""


def name_of(resource_id: str) -> str:
    return resource_id.rstrip("/").rpartition("/")[2]
