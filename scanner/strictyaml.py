"""YAML as people expect it: `NO` is Norway, a key written twice is an error, positions are known.

PyYAML implements YAML 1.1, in which `NO` is false, `12:30` is 750, `010` is 8 and a duplicate key silently wins. This
loader keeps its parser and replaces the scalar rules by those of the YAML 1.2 core schema; anchors, aliases and tags
are refused. One departure: digits with a leading zero stay text; they are the number of an account, not an amount.
"""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
import yaml

from scanner.endless import WHY, is_endless
from scanner.errors import SourceError
from scanner.shape import KEY, departures

T = TypeVar("T")
Path_ = tuple[str | int, ...]


class _Loader(yaml.CSafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own contract


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


class Source(Generic[T]):
    """A loaded file: its typed value and the line and column of every node in it."""

    def __init__(self, name: str, value: T, positions: dict[Path_, tuple[int, int]], text: str = "") -> None:
        self.name = name
        self.value = value
        self.text = text
        self._positions = positions

    def position(self, *path: str | int) -> tuple[int, int]:
        """Line and column (from 1) of the node at `path`, or of its nearest ancestor that is in the file."""
        while path and path not in self._positions:
            path = path[:-1]
        return self._positions.get(path, (1, 1))

    def at(self, *path: str | int) -> str:
        """`file:line:column` of the node at `path`."""
        line, column = self.position(*path)
        return f"{self.name}:{line}:{column}"


def _refuse_half_characters(text: str, name: str) -> None:
    """Half of a surrogate pair is no character, and the parser takes UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        before = text[: error.start]
        where = f"{before.count(chr(10)) + 1}:{error.start - before.rfind(chr(10))}"
        raise SourceError([f"{name}:{where}: half a character (U+{ord(text[error.start]):04X})"]) from None


def load(text: str, name: str, type_: type[T]) -> Source[T]:
    """Parse `text` and convert it to `type_`; raise SourceError naming `name`, line and column otherwise."""
    try:
        return _load(text, name, type_)
    except RecursionError:
        raise SourceError([f"{name}:1:1: {_TOO_DEEP}"]) from None


def _load(text: str, name: str, type_: type[T]) -> Source[T]:
    _refuse_half_characters(text, name)
    loader = _Loader(text)
    try:
        _refuse_anchors(text, name)
        _refuse_depth(text, name)
        node = loader.get_single_node()
        positions: dict[Path_, tuple[int, int]] = {}
        problems: list[str] = []
        raw = _construct(loader, node, (), positions, problems, name) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
        raise SourceError([f"{name}:{where}: {getattr(error, 'problem', None) or error}"]) from None
    finally:
        loader.dispose()
    if problems:
        raise SourceError(problems)
    source: Source[Any] = Source(name, raw, positions, text)
    try:
        source.value = msgspec.convert(raw, type_)
    except msgspec.ValidationError as error:
        found = sorted((source.position(*path), message) for path, message in departures(raw, type_))
        if found:
            raise SourceError([f"{name}:{line}:{column}: {message}" for (line, column), message in found]) from None
        message, _, where_ = str(error).partition(" - at `")
        raise SourceError([f"{source.at(*_path_of(where_.rstrip('`')))}: {message}"]) from None
    return source


def load_file(path: Path, type_: type[T], name: str = "") -> Source[T]:
    """`load` for a file; what `read` refuses is a SourceError too."""
    return load(read(path, name), name or str(path), type_)


def read(path: Path, name: str = "") -> str:
    """The text of a file. SourceError when it cannot be read, is not in UTF-8, or may never end: a pipe or a device."""
    try:
        if is_endless(path):
            raise SourceError([f"{name or path}:1:1: cannot be read: {WHY}"])
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError([f"{name or path}:1:1: cannot be read: {error}"]) from None


def _refuse_anchors(text: str, name: str) -> None:
    """An alias lets a few lines stand for gigabytes, and hides what a reviewer should see in place."""
    if "&" not in text:
        return
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if getattr(event, "anchor", None) is not None:
            mark: Any = event.start_mark
            raise SourceError([f"{name}:{mark.line + 1}:{mark.column + 1}: anchors and aliases are not allowed"])


_TOO_DEEP = "lists and mappings are nested too deeply"
_DEEPEST = 100
_HARMLESS = 10_000
"""Levels that the parser's own recursion, in C, bears on any stack."""


def _refuse_depth(text: str, name: str) -> None:
    """The parser calls itself for each level, and takes the process with it when its stack ends."""
    # Every level needs one of these; what has few of them is left to Python's own limit.
    if sum(text.count(sign) for sign in "[{-?:") < _HARMLESS:
        return
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            mark: Any = event.start_mark
            raise SourceError([f"{name}:{mark.line + 1}:{mark.column + 1}: {_TOO_DEEP}"])


def _construct(
    loader: Any,
    node: yaml.Node,
    path: Path_,
    positions: dict[Path_, tuple[int, int]],
    problems: list[str],
    name: str,
) -> Any:
    mark = node.start_mark
    positions[path] = (mark.line + 1, mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            key = _construct(loader, key_node, (*path, KEY), {}, problems, name)
            if not isinstance(key, str):
                key = str(key_node.value)
            if key in mapping:
                where = f"{name}:{key_node.start_mark.line + 1}:{key_node.start_mark.column + 1}"
                problems.append(f"{where}: the key '{key}' is written twice")
            positions[(*path, KEY, key)] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            mapping[key] = _construct(loader, value_node, (*path, key), positions, problems, name)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [
            _construct(loader, child, (*path, index), positions, problems, name)
            for index, child in enumerate(node.value)
        ]
    if node.tag.startswith("tag:yaml.org,2002:"):
        return loader.construct_object(node)
    problems.append(f"{name}:{mark.line + 1}:{mark.column + 1}: the tag {node.tag} is not allowed here")
    return None


_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")


def _path_of(path: str) -> Path_:
    """msgspec's `$.a[0].b` as a tuple; it stops where msgspec writes `[...]` for any element."""
    steps: list[str | int] = []
    for key, index in _STEP.findall(path):
        if index == "...":
            break
        steps.append(key if key else int(index))
    return tuple(steps)
