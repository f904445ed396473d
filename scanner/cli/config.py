"""`lexloci config`: what options are in effect and where each comes from, and whether a file is sound."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanner.cli.app import PREFIX, App, Context
from scanner.errors import UsageError

if TYPE_CHECKING:
    from typer.core import TyperOption

app = App(help="Show which options are in effect, and check lexloci.yaml.")

_ORIGINS = {"COMMANDLINE": "flag", "DEFAULT": "default"}


@app.command()
def show(
    context: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="After --, a command with its options.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--config", help="Default: the file that a scan finds.")] = None,
    none: Annotated[bool, typer.Option("--no-config", help="Do not look for lexloci.yaml.")] = False,
    format_: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
) -> None:
    """Show the value of each option and where it comes from: flag, environment, file or default.

    Of every command that scans or merges. Or of one command as it would run:
    lexloci config show -- scan aws --fail-on high
    """
    from scanner.cli.rows import show_rows
    from scanner.cli.settings import commands, shared
    from scanner.cli.terminal import notice

    root: Any = context.find_root().command
    known = dict(commands(root))
    given = words or []
    named = [name for name in known if given[: len(name.split())] == name.split()]
    if given and not named:
        raise UsageError(f"'{' '.join(given)}' begins with no command; try: lexloci config show -- scan aws")
    found: dict[tuple[str, Any, str], list[str]] = {}
    for name in named or [name for name, command in known.items() if shared(command)]:
        inner = _context(context, name)
        inner.params.update({"config": file, "no_config": none} if file or none else {})
        for option, value, origin in _effective(inner, given[len(name.split()) :]):
            found.setdefault((option, value, origin), []).append(name)
    for unknown in _unknown_variables(root):
        notice(unknown)
    show_rows(
        [{"option": option, "value": value, "from": at, "in": in_} for (option, value, at), in_ in found.items()],
        format_,
    )


@app.command()
def check(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Default: the file that a scan finds.")] = None,
) -> None:
    """Check a file: each problem of its options, statements and waivers with line and column; exit code 2 if any."""
    from scanner.cli.options_file import read
    from scanner.cli.settings import NAME, file_in_use
    from scanner.errors import SourceError
    from scanner.facts.statements import load_statements

    path = file_in_use(file, none=False)
    if path is None:
        raise UsageError(f"There is no {NAME} in this folder or at the root of the repository.")
    root: Any = context.find_root().command
    problems: list[str] = []
    for reading in (lambda: read(path, root), lambda: load_statements(path, datetime.now(UTC).date())):
        try:
            reading()
        except SourceError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise SourceError(problems)
    typer.echo(f"{path} is sound.")


def _context(here: Any, name: str) -> Any:
    """The context in which a command is run, without running it."""
    inner: Any = here.find_root()
    for word in name.split():
        inner = Context(inner.command.commands[word], info_name=word, parent=inner)
    return inner


def _effective(context: Context, flags: Sequence[str]) -> Iterator[tuple[str, Any, str]]:
    """Name, value and origin of each option of a command that is given `flags`."""
    from scanner.cli.settings import options_of, setting

    given, rest, _ = context.command.make_parser(context).parse_args(list(flags))
    for option in context.command.params:
        if option.is_eager and option.name not in context.params:
            option.handle_parse_result(context, given, rest)
    for name, declared in options_of(context.command).items():
        value, source = declared.consume_value(context, given)
        if value is not None or not declared.required:
            value = declared.process_value(context, value)
        if source.name == "ENVIRONMENT":
            origin = f"environment {_variable(declared, context)}"
        elif source.name == "DEFAULT_MAP" and (found := setting(context, name)) is not None:
            origin = found.at
        else:
            origin = _ORIGINS[source.name]
        yield name, _plain(value), origin


def _variable(option: "TyperOption", context: Context) -> str:
    """The environment variable that gave the value."""
    names = [option.envvar] if isinstance(option.envvar, str) else [*(option.envvar or ())]
    return next((name for name in names if os.environ.get(name)), f"{context.auto_envvar_prefix}_{option.name.upper()}")


def _unknown_variables(root: Any) -> Iterator[str]:
    """Variables of the environment that look like ours and belong to no option, each with a suggestion."""
    from scanner.cli.settings import commands
    from scanner.shape import did_you_mean

    known = {f"_{PREFIX}COMPLETE"}
    for name, command in commands(root):
        for parameter in command.params:
            words = [parameter.envvar] if isinstance(parameter.envvar, str) else [*(parameter.envvar or ())]
            known |= {*words, f"{PREFIX}{name} {parameter.name}".upper().replace(" ", "_").replace("-", "_")}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known:
            yield f"the variable {name} belongs to no option{did_you_mean(name, known)}"


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return str(value) if isinstance(value, Path) else value
