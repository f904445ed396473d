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
    from datetime import UTC, datetime

    from scanner.cli.clock import rfc3339
    from scanner.cli.outputs import stdout_width, to_stdout
    from scanner.cli.terminal import notice
    from scanner.errors import UsageError
    from scanner.report import history as report
    from scanner.store.history import read_history

    if format_ not in ("table", "json"):
        raise UsageError(f"--format takes table or json here, not '{format_}'.")
    found = read_history(folder)
    now = rfc3339(datetime.now(UTC))
    for point in (point for series in found for point in series.points if point.started_at > now):
        notice(
            f"{point.path} says that it began at {point.started_at}, which is yet to come: a clock is or was wrong, "
            "and scans may stand in another order than they were made"
        )
    to_stdout(report.json(found) if format_ == "json" else report.table(found, stdout_width()))
