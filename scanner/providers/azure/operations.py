"""Every request that a scan of Azure may send, by the name under which it is counted, and why it only reads.

The guard holds the requests themselves to their methods and hosts; this says which they are, for those who must allow
or audit them.
"""

from collections.abc import Mapping

from scanner.providers.azure import findings, purview
from scanner.providers.azure.declaration import catalog
from scanner.providers.azure.resources import DIAGNOSTICS
from scanner.providers.azure.sample import BLOB, BLOBS, CONTAINERS
from scanner.providers.azure.sources import QUERY

READ = "GET"
RANGED = "GET of a range"
QUERIED = "a query: the one POST to Resource Manager that the guard lets through"
SEARCHED = "a search: the one POST to a Purview map that the guard lets through"
SIGN_IN = "sign-in: gives a token to us and changes nothing"

_AROUND = (
    "Microsoft.Authorization:GET roleAssignments",
    "Microsoft.Authorization:GET roleDefinitions",
    "Microsoft.CustomerLockbox:GET tenantOptedIn",
    "Microsoft.KeyVault:GET deletedVaults",
    "Microsoft.KeyVault:GET vaults/keys",
    "Microsoft.Management:GET managementGroups/descendants",
    "Microsoft.Resources:GET dataBoundaries",
    "Microsoft.Resources:GET metadata/endpoints",
    "Microsoft.Resources:GET subscriptions",
    "Microsoft.Resources:GET subscriptions/locations",
    "Microsoft.Resources:GET subscriptions/resources",
    "Microsoft.Resources:GET tenants",
    f"{DIAGNOSTICS.partition('/')[0]}:GET {DIAGNOSTICS.partition('/')[2]}",
)
_DATA_PLANE = (
    "KeyVault:GET keys",
    "ManagedHSM:GET ekm",
    "ManagedHSM:GET keys",
    "ManagedHSM:GET roleAssignments",
    "ManagedHSM:GET roleDefinitions",
)
_TOKENS = ("Microsoft Entra:GET openid-configuration", "Microsoft Entra:POST token")


def operations() -> Mapping[str, str]:
    """Name of the operation, and why it reads, in alphabetical order."""
    lists = (one.operation for one in findings.lists())
    reads = {*(type_.operation for type_ in catalog().values()), *lists, *_AROUND, *_DATA_PLANE}
    queries = {QUERY: QUERIED, purview.OPERATION: SEARCHED}
    found = {**dict.fromkeys(reads, READ), **queries, **dict.fromkeys(_TOKENS, SIGN_IN)}
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def sample_operations() -> Mapping[str, str]:
    """The same of what only a scan with `--sample` may send."""
    return {CONTAINERS: READ, BLOBS: READ, BLOB: RANGED}
