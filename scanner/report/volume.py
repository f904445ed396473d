"""A volume in words, with the number of stores behind each figure."""

from scanner.model.document import Volume

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")


def told(volume: Volume) -> str:
    """What `volume` comes to, with the number of stores behind each sum; the others tell nothing."""
    parts = [
        f"{volume.filled} tell what is in them ({amount(volume.bytes)})" if volume.filled else "",
        f"{volume.counted} how many items ({volume.items:,})" if volume.counted else "",
        f"{volume.allotted} only what is reserved ({amount(volume.allotted_bytes)})" if volume.allotted else "",
    ]
    known = ", ".join(part for part in parts if part) or "none tells its size"
    return f"Of these {volume.stores} stores {known}."


def amount(number: int) -> str:
    """Bytes in the largest unit that leaves at least one."""
    value, unit = float(number), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{number} bytes"
