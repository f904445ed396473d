"""For each copy and way out that the catalog declares: an answer of AWS's that makes it speak, and what must be said.

One entry a type, or more with words behind its id. `item` is the element of the list answer, `parent` that of the type
above, every other name a detail answer; what the models demand beyond it is filled in. `copies` and `egress` hold what
a scan must say of it:

    KIND TARGET: REGION COUNTRY ACCOUNT          one of AWS's places; `-` for what nothing tells
    KIND TARGET: OPERATOR COUNTRY PARENT         one outside
"""

from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from scanner import strictyaml


class Example(Struct, frozen=True, forbid_unknown_fields=True):
    """One resource with every way its type declares."""

    answers: dict[str, Any]
    copies: dict[str, str] = field(default_factory=dict)
    egress: dict[str, str] = field(default_factory=dict)


@cache
def examples() -> dict[str, Example]:
    found: dict[str, Example] = {}
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        more = strictyaml.load_file(path, dict[str, Example], path.name).value
        assert not found.keys() & more.keys()
        found |= more
    return found
