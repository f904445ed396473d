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
    from scanner.cli.outputs import stdout_width, to_stdout
    from scanner.cli.reading import read_scan
    from scanner.errors import UsageError
    from scanner.report import diff as report
    from scanner.store.diff import changes

    if format_ not in ("table", "json", "markdown"):
        raise UsageError(f"--format takes table, json or markdown here, not '{format_}'.")
    before, after = read_scan(old), read_scan(new)
    totals = report.Totals()
    found = changes(before, after)
    if format_ == "table":
        to_stdout(report.table(before, after, found, totals, stdout_width()))
    else:
        told = report.json if format_ == "json" else report.markdown
        to_stdout(told(before, after, found, totals))
    raise typer.Exit(totals.exit_code)
