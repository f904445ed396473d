"""The house: which room may import which. An arrow that runs back up makes two rooms one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import scanner

HOUSE = Path(scanner.__file__).parent

BELOW = {
    "model": set(),
    "facts": {"model"},
    "policy": {"model"},
    "assess": {"facts", "model"},
    "providers": {"model"},
    "providers.aws": {"providers", "model"},
    "providers.azure": {"providers", "facts", "model"},
    "store": {"model"},
    "report": {"facts", "model"},
    "scan": {"assess", "facts", "model", "policy", "providers", "store"},
    "demo": set[str](),
}
"""Rooms, each with those it may import. `cli` stands above all, and `GROUND` below."""

GROUND = {"endless", "errors", "replace", "scratch", "shape", "strictyaml", "__version__"}


def room_of(parts: tuple[str, ...]) -> str:
    """The room of a dotted name below `scanner`; the clouds are rooms of their own."""
    return ".".join(parts[:2]) if parts[:2] in (("providers", "aws"), ("providers", "azure")) else parts[0]


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "scanner":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("scanner."):
            yield node.module.removeprefix("scanner.")
        elif isinstance(node, ast.Import):
            yield from (a.name.removeprefix("scanner.") for a in node.names if a.name.startswith("scanner."))


@pytest.mark.parametrize("room", BELOW)
def test_a_room_imports_only_what_is_below_it(room: str) -> None:
    files = [
        file
        for file in (HOUSE / room.replace(".", "/")).rglob("*.py")
        if room_of(file.relative_to(HOUSE).parts) == room
    ]
    assert files
    arrows = {(file.name, room_of(tuple(name.split(".")))) for file in files for name in imported(file)}
    allowed = BELOW[room] | GROUND | {room}
    assert {arrow for arrow in arrows if arrow[1] not in allowed} == set()


def test_every_room_is_in_the_plan() -> None:
    rooms = {path.name for path in HOUSE.iterdir() if (path / "__init__.py").is_file()}
    assert rooms - {"cli"} == {name.partition(".")[0] for name in BELOW}
