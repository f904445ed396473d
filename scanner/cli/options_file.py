"""What `lexloci.yaml` says of options, checked against the commands that take them.

Under `options` stand those of a scan and of a merge, under `commands` those of any command, by its name:

    options:
      fail_on: high
      regions: [eu-west-3]
    commands:
      exposure: {law: us-cloud-act}

The same file holds statements and waivers (`scanner.facts.statements`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from typer import BadParameter
from typer.core import TyperCommand, TyperGroup, TyperOption

from scanner import strictyaml
from scanner.cli.app import Context
from scanner.cli.settings import commands, options_of, shared
from scanner.errors import SourceError
from scanner.shape import KEY, did_you_mean


@dataclass(frozen=True)
class Setting:
    """One option as a file gives it."""

    value: Any
    at: str
    """`file:line:column`."""


Settings = Mapping[str, Mapping[str, Setting]]
"""Settings by option, by command (`scan aws`)."""


@cache
def read(path: Path, root: TyperGroup) -> Settings:
    """What a file says for each command below `root`; SourceError with every key and value that is wrong."""
    return _Reading(path, dict(commands(root))).settings()


class _Reading:
    """One pass over a file, collecting what is right and what is wrong."""

    def __init__(self, path: Path, known: Mapping[str, TyperCommand]) -> None:
        self._path = path
        self._source = strictyaml.load_file(path, object)
        self._known = known
        self._found: dict[str, dict[str, Setting]] = {}
        self._problems: list[tuple[tuple[int, int], str]] = []

    def settings(self) -> Settings:
        whole = self._mapping(self._source.value or {}, ())
        self._take(whole.get("options", {}), ("options",), [name for name, one in self._known.items() if shared(one)])
        for name, section in self._mapping(whole.get("commands", {}), ("commands",)).items():
            if name in self._known:
                self._take(section, ("commands", name), [name])
            else:
                self._refuse(("commands", KEY, name), f"there is no command '{name}'{did_you_mean(name, self._known)}")
        if self._problems:
            problems = sorted(self._problems)
            raise SourceError([f"{self._path}:{line}:{column}: {message}" for (line, column), message in problems])
        return self._found

    def _take(self, section: Any, steps: tuple[str, ...], names: Sequence[str]) -> None:
        """The options of one section, for each of the commands that has them."""
        known = {option: one for name in names for option, one in options_of(self._known[name]).items()}
        for option, value in self._mapping(section, steps).items():
            if option not in known:
                self._refuse((*steps, KEY, option), f"there is no option '{option}' here{did_you_mean(option, known)}")
                continue
            try:
                given = self._given(known[option], value)
            except BadParameter as error:
                self._refuse((*steps, option), f"{option}: {error.message.removeprefix('Value error, ')}")
                continue
            for name in names:
                if option in options_of(self._known[name]):
                    self._found.setdefault(name, {})[option] = Setting(given, self._source.at(*steps, option))

    def _given(self, option: TyperOption, value: Any) -> Any:
        """The value as typer takes it; BadParameter for a wrong one. Paths count from the file's folder."""
        values = value if isinstance(value, list) else [value]
        kind = option.type_descriptor.annotation
        if isinstance(value, list) and not option.multiple:
            raise BadParameter("expected one value, not a list")
        for one in values:
            if kind in (str, list[str]) and not isinstance(one, str):
                raise BadParameter(f"expected text; write '{one}' with quotes")
        if kind in (Path, list[Path]):
            values = [str(self._path.parent / str(one)) for one in values]
        given = values if option.multiple else values[0]
        option.get_runtime_param().coerce(given, option, Context(TyperCommand(None)))
        return given

    def _mapping(self, value: Any, steps: tuple[str, ...]) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self._refuse(steps, "expected names with values")
        return {}

    def _refuse(self, steps: tuple[str, ...], message: str) -> None:
        self._problems.append((self._source.position(*steps), message))
