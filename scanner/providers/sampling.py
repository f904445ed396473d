"""What a provider may add to the contract: bounded reads of content, for a scan whose user asked for them.

A collector that cannot do it has no `sampled_types`, and nothing of it is sampled.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import NoReturn, Protocol, runtime_checkable

from msgspec import Struct

from scanner.model import Coverage, CoverageState, Gap, GapReason, Unit
from scanner.model.records import Calls, Record
from scanner.model.sample import Sample, Sampled, Share

_WORD = re.compile(r"[A-Za-z0-9._]{1,60}")


class Excerpt:
    """The beginning of one object. It is looked at once, in this process, and then forgotten.

    It prints as its length and refuses to be pickled, so that it can get into no message, no journal and no other
    process.
    """

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __repr__(self) -> str:
        return f"<excerpt of {len(self.data)} bytes>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an excerpt of content stays in the process that read it")


class Trouble(Struct, frozen=True, order=True):
    """Why something was not read, in words of ours. Alike ones are counted together."""

    reason: GapReason
    told: str
    operation: str = ""
    """The call that failed, as the provider's call counts name it; empty when nothing failed."""
    permission: str = ""

    def gap(self, count: int) -> Gap:
        """The gap of a store where this happened `count` times."""
        times = f" ({count} times)" if count > 1 else ""
        return Gap(
            fact="sample",
            reason=self.reason,
            detail=f"{self.told}{times}",
            operation=self.operation,
            permission=self.permission,
        )


BEYOND = Trouble(GapReason.NOT_SCANNED, "nothing that may be read is in the part of the store that was listed")
"""Of a store that has more than was listed, where what was listed held nothing to read."""


class NotReadError(Exception):
    """Something was not read. Never leaves the provider."""

    def __init__(self, reason: GapReason, told: str, operation: str = "", permission: str = "") -> None:
        super().__init__(told)
        self.trouble = Trouble(reason, told, operation, permission)


@runtime_checkable
class Sampler(Protocol):
    """The part of a collector that reads content."""

    @property
    def sampled_types(self) -> Collection[str]:
        """Types of stores of which objects can be read; none unless the scan was opened with `sample`."""

    def sample(self, unit: Unit, share: Share) -> Iterator[Excerpt | Record]:
        """Read no more of a store than its share.

        Excerpts, then one `Sampled` without signs, then what ends every unit: `Calls` and one `Coverage` row. What
        could not be read is a gap in the `Sampled`, in words of ours: what the provider says may quote the name of an
        object.
        """


def sampler_of(collector: object) -> Sampler | None:
    """The collector as a sampler; None when it samples nothing."""
    return collector if isinstance(collector, Sampler) and collector.sampled_types else None


def outcome(
    unit: Unit, share: Share, objects: int, size: int, troubles: Counter[Trouble], calls: Calls
) -> Iterator[Record]:
    """The records that end the reading of a store, of which `objects` were read, `size` bytes in all."""
    gaps = tuple(trouble.gap(count) for trouble, count in sorted(troubles.items()))
    yield Sampled(resource=share.resource, sample=Sample(objects=objects, bytes=size, opaque=0), gaps=gaps)
    yield calls
    yield row(unit, gaps, objects)


def row(unit: Unit, gaps: Sequence[Gap], objects: int) -> Coverage:
    """Complete when something was read and nothing failed; what is left out by its class is told and no failure."""
    worst = next((gap for gap in gaps if gap.operation or not objects), None)
    if worst is None:
        return unit.row(CoverageState.COMPLETE, count=objects)
    state = CoverageState.PARTIAL if objects else CoverageState.refused(worst.reason)
    if worst.reason is GapReason.NOT_SCANNED and not objects:
        state = CoverageState.SKIPPED
    return unit.row(state, f"{worst.reason.value}: {worst.detail}", permission=worst.permission, count=objects)


def spread(names: Sequence[str], most: int) -> list[str]:
    """At most so many of `names`, at equal distances: the same in every scan, and not only the first of an alphabet."""
    if len(names) <= most:
        return list(names)
    return [names[index * len(names) // most] for index in range(most)]


def word_of(text: str) -> str:
    """An error code, or another single word of a provider's, if it is one; empty for anything that could be a name."""
    return text if _WORD.fullmatch(text) else ""
