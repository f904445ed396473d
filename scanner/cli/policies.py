"""`lexloci policies`: which packs there are, what they ask, and whether a pack of your own is sound."""

from pathlib import Path
from typing import Annotated

import typer

from scanner.cli.app import App

app = App(help="List, show, check and test policy packs.")

AsFormat = Annotated[str, typer.Option("--format", help="table or json.")]


@app.command("list")
def list_(format_: AsFormat = "table") -> None:
    """List the shipped packs."""
    from scanner.cli.packs import all_packs
    from scanner.cli.rows import show_rows

    rows = [
        {
            "id": pack.pack.id,
            "title": pack.pack.title,
            "edition": pack.pack.edition,
            "controls": len(pack.controls),
            "as_of": pack.pack.as_of,
            "review_by": pack.pack.review_by,
        }
        for pack in all_packs()
    ]
    show_rows(rows, format_)


@app.command()
def show(
    pack: Annotated[str, typer.Argument(help="Id of a shipped pack, or path of a pack file.")],
    format_: AsFormat = "table",
) -> None:
    """Show the controls of a pack."""
    from scanner.cli.packs import load_packs
    from scanner.cli.rows import show_rows

    rows = [
        {
            "control": checked.control.id,
            "severity": checked.control.severity.value,
            "article": checked.control.article,
            "question": checked.control.question,
            "facts": list(checked.facts),
        }
        for loaded in load_packs([pack])
        for checked in loaded.controls
    ]
    show_rows(rows, format_)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Pack files, or folders of them.", exists=True)],
) -> None:
    """Check pack files: every problem with its file, line and column; exit code 2 if there is one."""
    from scanner.cli.packs import load_packs

    loaded = load_packs([str(path) for path in paths])
    controls = sum(len(pack.controls) for pack in loaded)
    typer.echo(f"{len(loaded)} packs with {controls} controls are sound.")


@app.command()
def test(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Scenario files, or folders of them; none: those of the shipped packs.", exists=True),
    ] = None,
    lacking: Annotated[
        bool, typer.Option("--lacking", help="List each control that has no scenario for pass, fail or unknown.")
    ] = False,
) -> None:
    """Evaluate the scenarios of packs: facts and the verdict they must give; exit code 1 if one gives another."""
    from scanner.cli.scenarios import run_scenarios

    raise typer.Exit(run_scenarios(paths or [], show_lacking=lacking))
