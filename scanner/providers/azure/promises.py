"""What a tenant says about itself: promises of Microsoft's that lift no resource and are told in the header."""

from collections.abc import Mapping
from typing import Any

from scanner.providers.azure.call import Reader, Tally
from scanner.providers.azure.members import text
from scanner.providers.azure.refusal import RefusalError

_BOUNDARY_VERSION = "2024-08-01"
_LOCKBOX_VERSION = "2018-02-28-preview"


def tenant_facts(reader: Reader, tenants: Mapping[str, str], tally: Tally) -> dict[str, Any]:
    """The data boundary and Customer Lockbox by tenant. Not being allowed to read them leaves the scan complete; the
    reason is told in the place of the value. `tenants`: by id, how each was asked for a token."""
    return {
        "data_boundary": {
            tenant: _fact(
                reader,
                "/providers/Microsoft.Resources/dataBoundaries/default",
                _BOUNDARY_VERSION,
                "properties.dataBoundary",
                "Microsoft.Resources/dataBoundaries/read",
                tally,
                account,
            )
            for tenant, account in sorted(tenants.items())
        },
        "customer_lockbox": {
            tenant: _fact(
                reader,
                f"/providers/Microsoft.CustomerLockbox/tenantOptedIn/{tenant}",
                _LOCKBOX_VERSION,
                "isOptedIn",
                "Microsoft.CustomerLockbox/tenantOptedIn/read",
                tally,
                account,
            )
            for tenant, account in sorted(tenants.items())
        },
    }


def _fact(
    reader: Reader, path: str, version: str, member: str, permission: str, tally: Tally, account: str
) -> dict[str, str]:
    try:
        body = reader.get(path, tally, api_version=version, permission=permission, account=account)
    except RefusalError as error:
        return {"not_read": error.reason.value, "detail": error.sentence, "permission": error.permission}
    value = text(body, member)
    return (
        {"value": value} if value else {"not_read": "malformed", "detail": f"{path} has no {member}", "permission": ""}
    )
