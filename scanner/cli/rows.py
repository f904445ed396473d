"""Lists on the command line: a table for people, JSON for programs."""

from collections.abc import Sequence
from typing import Any

import typer

from scanner.errors import UsageError


def show_rows(rows: Sequence[dict[str, Any]], format_: str) -> None:
    """Print rows of equal columns."""
    if format_ == "json":
        _json(rows)
    elif format_ == "table":
        from scanner.cli.outputs import stdout_width
        from scanner.report.columns import columns

        cells = [[_cell(value) for value in row.values()] for row in rows]
        typer.echo(columns(cells, list(rows[0]) if rows else [], stdout_width(), whole=True))
    else:
        raise UsageError(f"--format takes table or json here, not '{format_}'.")


def show_row(row: dict[str, Any], format_: str) -> None:
    """Print one thing, a line a field."""
    if format_ == "json":
        _json(row)
    else:
        show_rows([{"field": name, "value": value} for name, value in row.items()], format_)


def _json(value: object) -> None:
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_cell(element) for element in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_cell(element)}" for name, element in value.items())
    return "" if value is None else str(value)
