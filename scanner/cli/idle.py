"""Options that change nothing of what is asked are refused: whoever gives one expects that it does."""

import typer

from scanner.errors import UsageError


def refuse_idle(context: typer.Context, why: str, *options: str) -> None:
    """UsageError, ending in `why`, for a flag among `options`: it changes nothing of what is printed.

    What a variable or `lexloci.yaml` gives is not refused: it stands there for the calls in which it means something.
    """
    for name in options:
        source = context.get_parameter_source(name)
        if context.params[name] and source is not None and source.name == "COMMANDLINE":
            raise UsageError(f"--{name.replace('_', '-')} changes nothing {why}.")
