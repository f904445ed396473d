"""`lexloci permissions`: what a scan must be allowed to read, and what a finished one was refused."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Print the least privilege a scan needs, generated from the catalog.",
    rich_markup_mode=None,
    no_args_is_help=True,
)


@app.command()
def aws(
    services: Annotated[list[str] | None, typer.Option(help="Only these services.")] = None,
    types: Annotated[list[str] | None, typer.Option(help="Only these resource types.")] = None,
    from_: Annotated[
        Path | None, typer.Option("--from", help="A finished scan (JSON): print what was refused there instead.")
    ] = None,
    actions: Annotated[bool, typer.Option("--actions", help="Only the names of the actions, one a line.")] = False,
) -> None:
    """Print the IAM policies for AWS as JSON, split to the size limit of managed policies."""
    import msgspec

    from scanner.cli.scan import words

    if from_ is not None:
        _refused(from_)
        return
    from scanner.providers.aws.catalog import load
    from scanner.providers.aws.permissions import actions as needed
    from scanner.providers.aws.permissions import iam_policies
    from scanner.providers.aws.scope import choose

    chosen = choose(load(), types=words(types), services=words(services)).values()
    if actions:
        typer.echo("\n".join(needed(chosen)))
    else:
        typer.echo(msgspec.json.format(msgspec.json.encode(iam_policies(chosen))).decode())


@app.command()
def azure(
    subscription: Annotated[
        list[str] | None, typer.Option(help="Subscriptions where the role may be assigned.")
    ] = None,
) -> None:
    """Print the custom role for Azure as JSON, with the optional roles for keys beside it."""
    import msgspec

    from scanner.cli.scan import words
    from scanner.providers.azure.permissions import optional, role

    document = {"role": role(words(subscription)), "optional": optional()}
    typer.echo(msgspec.json.format(msgspec.json.encode(document)).decode())


def _refused(path: Path) -> None:
    """The permissions that a finished scan lacked, with where each was missed."""
    from scanner.cli.rows import show_rows
    from scanner.report.document import read

    scan = read(path)
    missed: dict[str, set[str]] = {}
    for row in scan.coverage():
        if row.permission:
            missed.setdefault(row.permission, set()).add(row.region or row.account)
    for resource in scan.resources():
        for gap in resource.gaps:
            if gap.permission:
                missed.setdefault(gap.permission, set()).add(resource.region)
    for key in scan.keys():
        for gap in key.gaps:
            if gap.permission:
                missed.setdefault(gap.permission, set()).add(key.region)
    if not missed:
        typer.echo("No call of this scan was refused for a missing permission.")
        return
    show_rows([{"permission": name, "missed in": sorted(where)} for name, where in sorted(missed.items())], "table")
