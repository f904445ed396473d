"""Reading the shipped fact tables, and telling where in a table something is wrong."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from scanner.errors import SourceError
from scanner.strictyaml import Source, load_file

T = TypeVar("T")

TABLES = Path(__file__).parent / "tables"

Problem = tuple[tuple[str | int, ...], str]
"""Path of a node in a table, and what is wrong there."""


def read(name: str, type_: type[T]) -> Source[T]:
    """The table `tables/NAME`; raise SourceError when it does not have the shape of `type_`."""
    return load_file(TABLES / name, type_, f"facts/{name}")


def refuse(source: Source[T], problems: Iterable[Problem]) -> None:
    """Raise SourceError with the position of every problem, if there is any."""
    found = [f"{source.at(*path)}: {message}" for path, message in problems]
    if found:
        raise SourceError(found)


def repeated(key: str, ids: Iterable[str]) -> Iterator[Problem]:
    """A problem for every id that was used before, in the list `key` of a table."""
    seen: set[str] = set()
    for index, id_ in enumerate(ids):
        if id_ in seen:
            yield (key, index), f"'{id_}' has an entry already"
        seen.add(id_)
