"""`lexloci exposure`: what an order under a law could reach in a finished scan, and what it would yield."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli.own_facts import Facts, registry_for

if TYPE_CHECKING:
    from scanner.facts.laws import Law


def exposure(
    law: Annotated[str, typer.Option("--law", help="A law by id or alias (us-cloud-act), or a country (US) for all.")],
    from_: Annotated[
        Path, typer.Option("--from", help="The finished scan (JSON or sealed folder); - is standard input.")
    ] = Path("-"),
    facts: Facts = None,
    format_: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
) -> None:
    """Say of each store of health data whether an order under a law reaches its operator, and what it would yield.

    Without --from the scan is read from standard input: lexloci scan aws --format json | lexloci exposure --law US
    """
    from datetime import datetime

    from scanner.cli.reading import read_scan
    from scanner.errors import UsageError
    from scanner.scan.exposure import under_law

    if format_ not in ("table", "json"):
        raise UsageError(f"--format takes table or json here, not '{format_}'.")
    chosen = _laws(law)
    scan = read_scan(from_)
    today = datetime.fromisoformat(scan.header.started_at).date()
    registry = registry_for(scan, facts)
    answers = [under_law(scan, each, registry, today) for each in chosen]
    if format_ == "json":
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(answers)).decode())
    else:
        from scanner.cli.outputs import stdout_width
        from scanner.report.exposure import lines

        typer.echo("\n\n".join("\n".join(lines(answer, stdout_width())) for answer in answers))


def _laws(name: str) -> "tuple[Law, ...]":
    """One law, or every law of a country."""
    from scanner.errors import UsageError
    from scanner.facts import countries
    from scanner.facts.laws import law, laws_of

    country = name.strip().upper()
    if country != "EU" and country not in countries.names():
        return (law(name),)
    found = laws_of(country)
    if not found:
        raise UsageError(f"The tables record no law of {country}, which is not the same as none.")
    return found
