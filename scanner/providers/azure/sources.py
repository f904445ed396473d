"""Which call answers which fact of a type, for the evidence of a finding."""

from scanner.providers.azure import graph, listing
from scanner.providers.azure.declaration import catalog


def source(type_: str, fact: str) -> str:
    """Resource Graph's query or the list; the child read where a child decides the fact."""
    declared = catalog().get(type_.lower())
    if declared is None:
        return "Microsoft.Resources:GET subscriptions" if type_ == listing.SUBSCRIPTION_TYPE else ""
    wanted = {"encryption": "encryption", "copies": "copies"}.get(fact.partition(".")[0])
    child = next((child for child in declared.children if child.use == wanted), None)
    if child is not None:
        return catalog()[child.type.lower()].operation
    return graph.OPERATION if declared.read == "graph" else declared.operation
