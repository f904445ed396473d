"""`--facts`: a fact file of the user's, for a scan and for what is read out of a finished one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scanner.facts.registry import Registry
    from scanner.model.finished import FinishedScan

Facts = Annotated[
    Path | None, typer.Option("--facts", help="Fact file of your own, to add to the tables or correct them.")
]


def registry_with(facts: Path | None) -> "Registry":
    """The shipped tables, with the user's file when there is one; SourceError for whatever is wrong with it."""
    from scanner.facts.registry import shipped

    return shipped() if facts is None else shipped().with_user_facts(facts)


def registry_for(scan: "FinishedScan", facts: Path | None) -> "Registry":
    """The tables for reading a finished scan; UsageError when it was judged with a file that is not given now.

    Otherwise the same scan would say one thing in its report and another here, and nobody would know why.
    """
    from scanner.cli.terminal import notice
    from scanner.errors import UsageError

    registry = registry_with(facts)
    judged = scan.header.own_facts
    if judged is not None and registry.own is None:
        raise UsageError(f"This scan was judged with the fact file {judged.name}; give it again with --facts.")
    if registry.own is not None and (judged is None or judged.digest != registry.own.digest):
        notice(f"{registry.own.name} is not the fact file that this scan was judged with; what follows is read with it")
    return registry
