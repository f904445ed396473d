"""`lexloci.yaml`: which one is used, and which options it may give.

Nothing heavy is imported here: every command asks, and most find no file.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand, TyperGroup, TyperOption

from scanner.cli.app import PREFIX, Context
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.cli.options_file import Setting

NAME = "lexloci.yaml"
_ABOUT_FILES = {"config", "no_config"}
"""Options that choose the file; they cannot stand in it."""
_ABOUT_OPTIONS = "config"
"""The commands that show and check the file; they take nothing from it."""


def file_in_use(named: Path | None, *, none: bool) -> Path | None:
    """The file named, else `lexloci.yaml` of this folder or of the root of the repository; None: there is none."""
    if none:
        if named is not None:
            raise UsageError("--config and --no-config contradict each other.")
        return None
    if named is not None:
        return named
    here = Path.cwd()
    folders = (here, repository() or here)
    return next((Path(os.path.relpath(folder / NAME)) for folder in folders if (folder / NAME).is_file()), None)


def repository() -> Path | None:
    """The root of the git repository that this folder is in."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)


def setting(context: Context, option: str) -> "Setting | None":
    """What the file in use gives an option of the command being run; None if it gives nothing."""
    name = _name(context)
    if option in _ABOUT_FILES or name.startswith(_ABOUT_OPTIONS):
        return None
    given = {**_environment(), **context.params}
    path = file_in_use(given.get("config"), none=bool(given.get("no_config")))
    if path is None:
        return None
    from scanner.cli.options_file import read

    root: Any = context.find_root().command
    return read(path, root).get(name, {}).get(option)


def commands(group: TyperGroup, before: str = "") -> Iterator[tuple[str, TyperCommand]]:
    """Every command below a group that takes options from the file, by its name as typed: `scan aws`."""
    for name in group.list_commands(Context(group)):
        command = group.get_command(Context(group), name)
        if before + name == _ABOUT_OPTIONS:
            continue
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{before}{name} ")
        elif isinstance(command, TyperCommand):
            yield f"{before}{name}", command


def options_of(command: Any) -> dict[str, TyperOption]:
    """Options of a command that a file can give."""
    return {one.name: one for one in command.params if isinstance(one, TyperOption) and one.name not in _ABOUT_FILES}


def shared(command: Any) -> bool:
    """Whether a command is one of those that `options` speaks of: it chooses the file itself."""
    return any(parameter.name == "config" for parameter in command.params)


def _name(context: Any) -> str:
    return "" if context.parent is None else f"{_name(context.parent)} {context.info_name}".strip()


def _environment() -> dict[str, Any]:
    """Which file commands use that have no option to choose one."""
    config = os.environ.get(PREFIX + "CONFIG")
    return {"config": Path(config) if config else None, "no_config": os.environ.get(PREFIX + "NO_CONFIG")}
