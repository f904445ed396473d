"""`fiction.yaml`: what was said in public, and what was invented beside it."""

from importlib import resources
from typing import Literal

from msgspec import Struct

from scanner.strictyaml import load


class Claim(Struct, frozen=True, forbid_unknown_fields=True):
    """Something said in public, and the controls of `doctolib-2021` that compare an account with it."""

    id: str
    says: str
    published: str
    source: str
    controls: list[str]


class Deviation(Struct, frozen=True, forbid_unknown_fields=True, rename={"is_": "is"}):
    """Something that the fictional account does otherwise."""

    id: str
    is_: str
    touches: list[str]
    """Claims, by id."""
    invented: Literal["invented for this demo"]


class Fiction(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    title: str
    banner: str
    as_of: str
    claims: list[Claim]
    deviations: list[Deviation]


def fiction() -> Fiction:
    """Read the file that is shipped beside this module."""
    name = "fiction.yaml"
    return load((resources.files(__package__) / name).read_text(encoding="utf-8"), name, Fiction).value
