"""`lexloci claims check`: public statements held against a finished scan."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli.app import App
from scanner.cli.own_facts import Facts, registry_for

if TYPE_CHECKING:
    from datetime import date

    from scanner.facts.registry import Registry
    from scanner.model.claims import ClaimReading
    from scanner.model.finished import FinishedScan
    from scanner.policy.evaluate import Evaluator

app = App(help="Hold public statements against a finished scan.")


@app.command()
def check(
    claims: Annotated[str, typer.Argument(help="A claims file, or the id of a shipped one (doctolib-2021).")],
    from_: Annotated[Path, typer.Option("--from", help="The finished scan: a JSON document or a sealed folder.")],
    facts: Facts = None,
    format_: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> None:
    """Say of each statement: supported, contradicted, not established, or not provable from infrastructure."""
    from datetime import datetime

    from scanner.cli.reading import read_scan
    from scanner.errors import UsageError

    if format_ not in ("text", "json"):
        raise UsageError(f"--format takes text or json here, not '{format_}'.")
    scan = read_scan(from_)
    today = datetime.fromisoformat(scan.header.started_at).date()
    readings = readings_of(scan, (claims,), registry_for(scan, facts), today)
    if format_ == "json":
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(readings)).decode())
    else:
        from scanner.cli.outputs import stdout_width
        from scanner.report.claims import lines

        typer.echo("\n".join(lines(readings, stdout_width())))
    raise typer.Exit(1 if any(reading.reading == "contradicted" for reading in readings) else 0)


def readings_of(
    scan: "FinishedScan", names: Sequence[str], registry: "Registry", today: "date"
) -> "tuple[ClaimReading, ...]":
    """Readings of the claims files called `names`."""
    from scanner.providers.plugins import load_provider
    from scanner.scan.claims import read_claims

    provider, _ = load_provider(str(scan.header.scope.get("provider", "")))
    return read_claims(scan, claims_evaluator(names), registry, today, provider.source)


def claims_evaluator(names: Sequence[str]) -> "Evaluator":
    """An evaluator of the claims files called `names`: a path, or the name of a shipped one; UsageError for neither."""
    from scanner.cli.packs import codes, country_sets
    from scanner.errors import UsageError
    from scanner.policy import pack
    from scanner.policy.check import check as check_packs
    from scanner.policy.evaluate import Evaluator
    from scanner.shape import did_you_mean

    known = {path.stem: path for path in sorted((pack.shipped() / "claims").glob("*.yaml"))}
    paths = [known.get(name, Path(name)) for name in names]
    for name, path in zip(names, paths, strict=True):
        if not path.exists():
            raise UsageError(f"There is no claims file '{name}'{did_you_mean(name, known)}")
    return Evaluator(check_packs(pack.read_all(paths), country_sets(), countries=codes()), {}, country_sets())
