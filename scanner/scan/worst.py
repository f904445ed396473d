"""The resources against which most stands, picked out while a scan streams by: memory stays the same."""

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import itemgetter

from scanner.model import Finding, Resource, Severity, Status
from scanner.model.document import WorstResource
from scanner.scan.summarise import NOT_ESTABLISHED

MOST = 20

Rank = tuple[int | str, ...]
"""Open fails by severity, most first, and the id, so that two scans of one state pick the same."""


class Worst:
    """Keeps the `MOST` worst resources of those it was shown, in any order."""

    def __init__(self) -> None:
        self._kept: list[tuple[Rank, WorstResource]] = []

    def add(self, resource: Resource, findings: Iterable[Finding]) -> None:
        """Weigh one resource by its settled findings; waived and known fails do not count."""
        open_ = [finding for finding in findings if finding.waiver is None and not finding.known]
        fails = [finding for finding in open_ if finding.status is Status.FAIL]
        if not fails:
            return
        counts = Counter(finding.severity for finding in fails)
        rank: Rank = (*(-counts[severity] for severity in Severity), resource.id)
        if len(self._kept) == MOST and rank > self._kept[-1][0]:
            return
        unknown = sum(finding.status is Status.UNKNOWN for finding in open_)
        insort(self._kept, (rank, _worst(resource, fails, unknown)), key=itemgetter(0))
        del self._kept[MOST:]

    def resources(self) -> tuple[WorstResource, ...]:
        """The worst first."""
        return tuple(resource for _, resource in self._kept)


def _worst(resource: Resource, fails: list[Finding], unknown: int) -> WorstResource:
    order = tuple(Severity)
    return WorstResource(
        resource=resource.id,
        type=resource.type,
        health=resource.health.level.value if resource.health.level is not None else None,
        country=resource.country,
        elsewhere=tuple(dict.fromkeys(_elsewhere(resource))),
        custody=resource.encryption.custody.value,
        rung=resource.encryption.rung,
        parent_country=resource.parent_country,
        fails=tuple(f.control for f in sorted(fails, key=lambda f: (order.index(f.severity), f.control))),
        unknown=unknown,
    )


def _elsewhere(resource: Resource) -> Iterator[str]:
    """Countries, other than its own, where its copies are and its streams end."""
    places = {
        "worldwide" if copy.worldwide else copy.country or NOT_ESTABLISHED
        for copy in resource.copies or ()
        if not copy.inbound
    }
    places |= {way.country or way.parent_country or NOT_ESTABLISHED for way in resource.egress or ()}
    yield from sorted(places - {resource.country})
    if resource.copies is None or resource.egress is None:
        yield NOT_ESTABLISHED
