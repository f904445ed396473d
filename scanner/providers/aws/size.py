"""How much a resource holds, where the calls that are made anyway say so. No call is made for it.

What the number means is the catalog's to say: what is filled, or what was reserved.
"""

from scanner.model import Gap, GapReason, Size
from scanner.providers.aws.catalog import SizeRule
from scanner.providers.aws.expression import Document

_UNITS = {"bytes": 1, "mib": 1024**2, "gib": 1024**3}


def size_of(rule: SizeRule | None, document: Document) -> tuple[Size | None, tuple[Gap, ...]]:
    """The size, and a gap for every measure that the catalog asks for and the answers do not give."""
    if rule is None:
        return None, ()
    unit, volume = next(((unit, path) for unit in _UNITS if (path := getattr(rule, unit))), ("bytes", ""))
    found = {name: _number(document, path) for name, path in (("bytes", volume), ("items", rule.items)) if path}
    gaps = document.missing("size", volume, rule.items) or tuple(
        Gap(fact="size", reason=GapReason.INVISIBLE, detail=f"no answer tells the {name}")
        for name, number in found.items()
        if number is None
    )
    if all(number is None for number in found.values()):
        return None, gaps
    bytes_, items = found.get("bytes"), found.get("items")
    told = [path for name, path in (("bytes", volume), ("items", rule.items)) if found.get(name) is not None]
    return (
        Size(
            bytes=None if bytes_ is None else round(bytes_ * _UNITS[unit]),
            items=None if items is None else round(items),
            allotted=rule.allotted,
            basis=", ".join(told),
        ),
        gaps,
    )


def _number(document: Document, path: str) -> float | None:
    """A number that is none, or below zero, is not told; AWS answers -1 where it does not know."""
    try:
        number = float(document.text(path))
    except ValueError:
        return None
    return number if number >= 0 else None
