"""`lexloci tables`: three flat tables for dashboards, from a finished scan."""

from pathlib import Path
from typing import Annotated

import typer


def tables(
    scan: Annotated[Path, typer.Argument(help="A sealed folder, a JSON document, or - for one on standard input.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="A file for sqlite, else a folder. What is there is added to.")
    ],
    format_: Annotated[
        str, typer.Option("--format", help="csv, jsonl, sqlite, or parquet (needs the extra analytics).")
    ] = "sqlite",
    history: Annotated[
        Path | None,
        typer.Option(help="Folder of sealed scans; tells since when each fail has been there (column first_seen)."),
    ] = None,
) -> None:
    """Add a finished scan to the flat tables scans, coverage and findings, the same columns in every format.

    A scan that is there already is replaced, so that a job can be run again.
    """
    from scanner.cli.reading import read_scan
    from scanner.report.flat import write

    finished = read_scan(scan)
    if history is None:
        write(finished, format_, output)
        return
    from scanner.store.history import first_seen

    with first_seen(history, finished) as since:
        write(finished, format_, output, since)
