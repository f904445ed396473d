"""Samples in words. What they did not show is never worded as not being there."""

from scanner.model import Resource
from scanner.model.document import Sampling
from scanner.report.volume import amount

_FAMILIES = ("content", "schema")


def kinds(sampling: Sampling | None) -> str:
    """By what stores were found to hold health data."""
    return "tag, name or kind" if sampling is None else "tag, name, kind or content"


def told(sampling: Sampling) -> str:
    """What was looked into, what that showed, and what was not looked into."""
    others = sampling.sampled - sampling.with_signs
    parts = [
        f"Content was looked into: the beginnings of {_objects(sampling.objects)} in {sampling.sampled} of "
        f"{sampling.stores} stores that can be sampled, {sampling.bytes} of the {sampling.budget} bytes stated.",
        f"{sampling.with_signs} of them showed a sign of health data.",
        f"{others} showed none in the objects read, which says nothing of their other objects." if others else "",
        f"{_objects(sampling.opaque)} could not be told by their bytes." if sampling.opaque else "",
        f"Not looked into: {_rest(sampling)}." if _rest(sampling) else "",
    ]
    return " ".join(part for part in parts if part)


def _rest(sampling: Sampling) -> str:
    parts = [
        f"{sampling.already_known} that are known to hold health data" if sampling.already_known else "",
        f"{sampling.beyond_budget} that the budget did not reach" if sampling.beyond_budget else "",
        f"{sampling.not_read} that could not be read or are empty" if sampling.not_read else "",
    ]
    return ", ".join(part for part in parts if part)


def of_resource(resource: Resource) -> str:
    """The sample of one resource in a line; empty when there is none."""
    sample = resource.sample
    if sample is None:
        return ""
    if not sample.objects:
        return "no object was read"
    found = any(signal.family in _FAMILIES for signal in resource.health.signals)
    shown = "signs in the" if found else "no signature in the"
    opaque = f", {sample.opaque} of them could not be told by their bytes" if sample.opaque else ""
    return f"{shown} {_objects(sample.objects)} sampled ({amount(sample.bytes)}){opaque}"


def _objects(count: int) -> str:
    return f"{count} object" if count == 1 else f"{count} objects"
