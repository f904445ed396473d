"""How much some stores hold, added up from those that tell it. What was reserved is never added to what is filled."""

from collections.abc import Iterable

from scanner.model import Resource
from scanner.model.document import Volume


def volume_of(stores: Iterable[Resource]) -> Volume:
    """The sum over `stores`; the counts say how many of them each sum stands on."""
    return total(
        Volume(
            stores=1,
            filled=size.bytes is not None and not size.allotted,
            bytes=(size.bytes or 0) if not size.allotted else 0,
            counted=size.items is not None,
            items=size.items or 0,
            allotted=size.bytes is not None and size.allotted,
            allotted_bytes=(size.bytes or 0) if size.allotted else 0,
        )
        if (size := store.size) is not None
        else Volume(stores=1)
        for store in stores
    )


def total(volumes: Iterable[Volume]) -> Volume:
    """Several volumes as one."""
    sums = dict.fromkeys(Volume.__struct_fields__, 0)
    for volume in volumes:
        for name in sums:
            sums[name] += getattr(volume, name)
    return Volume(**sums)
