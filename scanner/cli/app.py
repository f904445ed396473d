"""Commands of typer that take their options as one object, and those left out from `lexloci.yaml`.

The order is typer's own: flag, environment, file, default.
"""

import inspect
import os
import sys
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import MISSING, fields, is_dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup
from typer.models import OptionInfo, ParameterInfo

PREFIX = "LEXLOCI_"
CLOSED_PIPE = 141
"""128 and the number of SIGPIPE: what a shell says of a program whose reader closed the pipe."""
INTERRUPTED = 130
"""128 and the number of SIGINT."""
COMMAS = "commas"
Words = Annotated[tuple[str, ...], COMMAS]
"""Repeated, or with commas in one; without blanks."""


class Context(typer.Context):
    """The context of a command: what neither flag nor environment gives is looked up in the file."""

    def lookup_default(self, name: str, call: bool = True) -> Any:  # noqa: ARG002 - click's own
        if self.resilient_parsing:  # help and completion tell of lexloci, not of somebody's file
            return None
        from scanner.cli.settings import setting

        found = setting(self, name)
        return None if found is None else found.value


class Command(TyperCommand):
    """A command whose options may stand in the file.

    A parameter `from_` spares the word of Python's; the option's variable and its key are plain.
    """

    context_class = Context

    def __init__(self, name: str | None, *, callback: Callable[..., None], params: list[Any], **settings: Any) -> None:
        kept = {one.name.rstrip("_"): one.name for one in params}
        for one in params:
            one.name, one.show_envvar = one.name.rstrip("_"), False

        def call(**given: Any) -> None:
            callback(**{kept[name]: value for name, value in given.items()})

        super().__init__(name, callback=call, params=params, **settings)

    def invoke(self, ctx: Any) -> Any:
        """Run; a reader who went away ends it as it ends any program in a pipe."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Nothing may be left for the interpreter to flush into the same pipe at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(CLOSED_PIPE) from None
        # Typer makes "Aborted!" and exit code 1 of these two, which would say that something is violated.
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except EOFError as error:
            raise RuntimeError("a file of the installation ends too early") from error
        return result


class Group(TyperGroup):
    """A group, whose own options ask for one answer and are nobody's settings."""

    def get_params(self, ctx: Any) -> list[Any]:
        found: list[Any] = super().get_params(ctx)
        for one in found:
            one.show_envvar = one.allow_from_autoenv = False
        return found


class App(typer.Typer):
    """A group of commands."""

    def __init__(self, cls: type[Group] = Group, **settings: Any) -> None:
        # Typer's rich help costs 50 ms at every start; its tracebacks print local variables, credentials among them.
        super().__init__(
            cls=cls, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True, **settings
        )

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """Register a function: one with a parameter for each option, or one that takes a dataclass of them."""
        register = super().command(name, cls=Command, **settings)

        def declare(function: Callable[..., None]) -> Callable[..., None]:
            register(_spread(function))
            return function

        return declare


def made(name: str, function: Callable[..., None], help_: str) -> Any:
    """A command that is known only while lexloci runs, as one that `App.command` registers."""
    alone = App()
    alone.command(name, help=help_)(function)
    (info,) = alone.registered_commands
    return typer.main.get_command_from_info(info, pretty_exceptions_short=True, rich_markup_mode=None)


def _spread(function: Callable[..., None]) -> Callable[..., None]:
    """A function of one dataclass as a function with a parameter for each of its fields, for typer to read."""
    kinds = [hint for name, hint in get_type_hints(function).items() if name != "return"]
    if len(kinds) != 1 or not is_dataclass(kinds[0]):
        return function
    kind: Any = kinds[0]
    types = get_type_hints(kind, include_extras=True)

    def command(**given: Any) -> None:
        function(kind(**{name: _taken(value, types[name]) for name, value in given.items()}))

    command.__name__, command.__doc__, command.__annotations__ = function.__name__, function.__doc__, {}
    command.__signature__ = inspect.Signature(list(_parameters(kind)))  # type: ignore[attr-defined]
    return command


def _parameters(kind: type) -> Iterator[inspect.Parameter]:
    """A parameter for each option, those of the class itself before those that it shares."""
    hints = get_type_hints(kind, include_extras=True)
    defaults = {field.name: field.default for field in fields(kind)}
    for name in dict.fromkeys(name for owner in kind.__mro__ for name in vars(owner).get("__annotations__", ())):
        type_, *notes = get_args(hints[name]) if get_origin(hints[name]) is Annotated else (hints[name],)
        declared = next((note for note in notes if isinstance(note, ParameterInfo)), None)
        if declared is None:
            continue
        info = copy(declared)
        if isinstance(info, OptionInfo) and "config" in hints:  # others have their command's name in the variable
            theirs = [info.envvar] if isinstance(info.envvar, str) else info.envvar or []
            info.envvar = [PREFIX + name.upper(), *theirs]
        default = inspect.Parameter.empty if defaults[name] is MISSING else defaults[name]
        if get_origin(type_) is tuple:
            type_, default = list[get_args(type_)[0]], default or None  # type: ignore[misc]
        hint: Any = Annotated[type_, info]
        yield inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=hint, default=default)


def _taken(value: Any, hint: Any) -> Any:
    """What typer gives, as the field has it: a list or nothing becomes a tuple."""
    type_, *notes = get_args(hint)
    if get_origin(type_) is not tuple:
        return value
    if COMMAS in notes:
        return words(value)
    return tuple(value or ())


def words(values: list[str] | None) -> tuple[str, ...]:
    """Repeated options and comma lists, as one tuple without blanks."""
    return tuple(word.strip() for value in values or () for word in value.split(",") if word.strip())
