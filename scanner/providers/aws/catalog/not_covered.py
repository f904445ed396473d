"""CloudFormation types with a key or encryption property that are no entry of their own, and why not."""

from enum import StrEnum
from functools import cache
from pathlib import Path

from msgspec import Struct

from scanner import strictyaml


class Reason(StrEnum):
    COVERED = "covered"
    """Another catalog type, named by `by`, already answers for the data."""
    IN_TRANSIT = "in_transit"
    """The encryption is that of traffic; nothing is kept."""
    TEMPLATE = "template"
    """Says how something will be made; what is made is listed itself."""
    OTHER_USE = "other_use"
    """The key does something else than protect customer data at rest."""
    SOFTWARE = "software"
    """Keeps software or build instructions."""
    NOT_SHOWN = "not_shown"
    """No read call gives the setting."""
    NO_CLIENT = "no_client"
    """The SDK has no client, named by `client`, to ask with."""


class NotCovered(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Reason
    why: str
    by: str = ""
    client: str = ""


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: str
    as_of: str
    types: dict[str, NotCovered]


@cache
def load() -> dict[str, NotCovered]:
    """The excuses, by CloudFormation type."""
    return strictyaml.load_file(Path(__file__).parent / "not_covered.yaml", _File, "not_covered.yaml").value.types
