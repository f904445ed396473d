"""Who looked into the content of a store. Both see a part of it; neither shows that the rest is like it."""

from scanner.assess.content import CONTENT, SCHEMA
from scanner.model import Resource

_DISCOVERY = "discovery"


def examined_by(resource: Resource) -> tuple[str, ...]:
    """In words; empty when nobody did.

    A discovery service shows by what it found that it was there, and a sample by its signs. A sample without a sign
    does not count: it is a few objects of a store, and the others may hold anything.
    """
    families = {signal.family for signal in resource.health.signals}
    found = ["a discovery service"] if _DISCOVERY in families else []
    sample = resource.sample
    if sample is not None and families & {CONTENT, SCHEMA}:
        objects = "1 object" if sample.objects == 1 else f"{sample.objects} objects"
        found.append(f"a sample of {objects}")
    return tuple(found)
