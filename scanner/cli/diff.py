"""`lexloci diff`: what became of one scan in the next."""

from pathlib import Path
from typing import Annotated

import typer


def diff(
    old: Annotated[Path, typer.Argument(help="The earlier scan: a sealed folder or a JSON document.")],
    new: Annotated[Path, typer.Argument(help="The later scan.")],
    format_: Annotated[str, typer.Option("--format", help="table, json or markdown.")] = "table",
) -> None:
    """Compare two scans: verdicts, places of data, copies and keys, and what is no longer read.

    A verdict that cannot be established any more is not mended, and a resource is gone only if its unit was read.
    Exit code 0 when nothing is worse, 1 when something fails that did not fail like this before, 3 when not that but
    less is known than before.
    """
    from scanner.cli.outputs import to_stdout
    from scanner.cli.reading import read_scan
    from scanner.errors import UsageError
    from scanner.report import diff as report
    from scanner.store.diff import changes

    formats = {"table": report.table, "json": report.json, "markdown": report.markdown}
    if format_ not in formats:
        raise UsageError(f"--format takes table, json or markdown here, not '{format_}'.")
    before, after = read_scan(old), read_scan(new)
    totals = report.Totals()
    to_stdout(formats[format_](before, after, changes(before, after), totals))
    raise typer.Exit(totals.exit_code)
