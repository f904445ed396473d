"""`lexloci history`: the trend over a folder of sealed scans."""

from pathlib import Path
from typing import Annotated

import typer


def history(
    folder: Annotated[Path, typer.Argument(help="Folder that holds sealed scans, each a folder of its own.")],
    format_: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
) -> None:
    """Show the scans of a folder in order of time, by scope, and since when each open fail has been there.

    What was read stands beside what was found: fewer fails in a scan that read less is no improvement.
    """
    from scanner.cli.outputs import to_stdout
    from scanner.errors import UsageError
    from scanner.report import history as report
    from scanner.store.history import read_history

    formats = {"table": report.table, "json": report.json}
    if format_ not in formats:
        raise UsageError(f"--format takes table or json here, not '{format_}'.")
    to_stdout(formats[format_](read_history(folder)))
