"""Who looked into the content of a store. Both see a part of it; neither shows that the rest is like it."""

from scanner.assess.content import CONTENT, SCHEMA
from scanner.model import Resource

_DISCOVERY = "discovery"


def examined_by(resource: Resource) -> tuple[str, ...]:
    """In words; empty when nobody did.

    A discovery service shows by what it found that it was there. A sample without a sign counts when it could tell
    every object that it drew: one that was refused, or is neither text nor of a known format, may hold anything.
    """
    families = {signal.family for signal in resource.health.signals}
    found = ["a discovery service"] if _DISCOVERY in families else []
    sample = resource.sample
    if sample is not None and sample.objects:
        told = not sample.opaque and not any(gap.fact == "sample" for gap in resource.gaps)
        if told or families & {CONTENT, SCHEMA}:
            objects = "1 object" if sample.objects == 1 else f"{sample.objects} objects"
            found.append(f"a sample of {objects}")
    return tuple(found)
