"""Lists on the command line: a table for people, no wider than where they read it, and JSON for programs."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import typer

from scanner.errors import UsageError


def show_rows(rows: Sequence[dict[str, Any]], format_: str) -> None:
    """Print rows of equal columns; one below the other where there is no room for them side by side."""
    from scanner.report.columns import listed

    _show(rows, rows, format_, listed)


def show_row(row: dict[str, Any], format_: str) -> None:
    """Print one thing, a line a field."""
    from scanner.report.columns import columns

    _show(row, [{"field": name, "value": value} for name, value in row.items()], format_, columns)


def show_lines(lines: Iterable[str]) -> None:
    """Print text, its lines folded to the width."""
    from scanner.cli.outputs import stdout_width
    from scanner.report.columns import fold

    width = stdout_width()
    typer.echo("\n".join(part for line in lines for part in fold(line, width)))


def _show(value: object, rows: Sequence[dict[str, Any]], format_: str, layout: Callable[..., str]) -> None:
    if format_ == "json":
        _json(value)
    elif format_ == "table":
        from scanner.cli.outputs import stdout_width

        cells = [[_cell(cell) for cell in row.values()] for row in rows]
        typer.echo(layout(cells, list(rows[0]) if rows else [], stdout_width()))
    else:
        raise UsageError(f"--format takes table or json here, not '{format_}'.")


def _json(value: object) -> None:
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_cell(element) for element in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_cell(element)}" for name, element in value.items())
    return "" if value is None else str(value)
