"""Bounded reads of content, which a scan makes only when its user asked for them and stated how much may be read.

Nothing of the content, and no name of an object, is in any of these records.
"""

from msgspec import Struct

from scanner.model.gap import Gap


class Share(Struct, frozen=True, kw_only=True, gc=False, order=True):
    """What may be read of one store. The shares of a scan add up to no more than the budget that was stated."""

    resource: str
    type: str
    account: str
    region: str
    name: str
    objects: int
    """Most objects that may be read."""
    bytes: int
    """Most bytes that may be read of each, from its beginning."""


class Sample(Struct, frozen=True, kw_only=True, gc=False):
    """How much of a store was looked into. What that showed is among the signs of its health class.

    A sample without a sign says that there was none in these objects, and nothing of the others.
    """

    objects: int
    bytes: int
    """Of content; listing the objects is not counted."""
    opaque: int
    """Objects that are neither text nor of a known format, so that nothing can be told of them."""


class Sampled(Struct, frozen=True, kw_only=True, gc=False):
    """What came of one store that could be sampled."""

    resource: str
    sample: Sample | None
    """None: nothing was read of it."""
    signs: dict[str, int] = {}
    """Rules of the content table, with the number of sampled objects that showed each."""
    gaps: tuple[Gap, ...] = ()
