"""Which call answers a fact, from the catalog alone."""

from scanner.providers.azure.declaration import catalog

QUERY = "Microsoft.ResourceGraph:POST resources"
SUBSCRIPTION_TYPE = "Microsoft.Resources/subscriptions"
_KEYS = "Microsoft.KeyVault:GET vaults/keys"
_OUTSIDE = "ManagedHSM:GET keys"
"""Only a managed HSM can hold the reference to a key outside, and only its own host shows it."""
_BY_CHILD = {"encryption": ("encryption",), "copies": ("copies", "deployments")}


def source(type_: str, fact: str) -> str:
    """The call as `NAMESPACE:METHOD type/path`; empty when `type_` is not of this provider's."""
    if type_ == SUBSCRIPTION_TYPE:
        return "Microsoft.Resources:GET subscriptions"
    declared = catalog().get(type_.lower())
    if declared is None:
        return ""
    if fact == "key.external":
        return _OUTSIDE
    room = fact.partition(".")[0]
    if room in ("key", "alongside") and fact != "key.id":
        return _KEYS
    uses = _BY_CHILD.get(room, ())
    child = next((child for child in declared.children if child.use in uses), None)
    if child is not None:
        return catalog()[child.type.lower()].operation
    return QUERY if declared.read == "graph" else declared.operation
