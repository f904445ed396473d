"""`lexloci operators|regions|laws`: what the fact tables hold, with source, date and whether it is confirmed."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from scanner.cli.app import App
from scanner.cli.own_facts import Facts, registry_with

AsFormat = Annotated[str, typer.Option("--format", help="table or json.")]


operators = App(help="Who runs services, and which laws reach them.")
regions = App(help="In which country a provider's region is.")
laws = App(help="Laws that can compel an operator.")


@operators.command("list")
def list_operators(facts: Facts = None, format_: AsFormat = "table") -> None:
    """List every operator in the tables."""
    from scanner.cli.rows import show_rows
    from scanner.facts.rows import operator_rows

    registry = registry_with(facts)
    show_rows(operator_rows(registry, datetime.now(UTC).date()), format_)


@operators.command("show")
def show_operator(name: str, facts: Facts = None, format_: AsFormat = "table") -> None:
    """Show everything recorded of one operator."""
    from scanner.cli.rows import show_row
    from scanner.facts.rows import operator_detail

    registry = registry_with(facts)
    show_row(operator_detail(registry, name, datetime.now(UTC).date()), format_)


@regions.command("list")
def list_regions(facts: Facts = None, format_: AsFormat = "table") -> None:
    """List every region in the tables."""
    from scanner.cli.rows import show_rows
    from scanner.facts.rows import region_rows

    show_rows(region_rows(registry_with(facts), datetime.now(UTC).date()), format_)


@regions.command("show")
def show_region(name: str, facts: Facts = None, format_: AsFormat = "table") -> None:
    """Show where one region is, and how that is known."""
    from scanner.cli.rows import show_rows
    from scanner.facts.rows import region_detail

    show_rows(region_detail(registry_with(facts), name, datetime.now(UTC).date()), format_)


@laws.command("list")
def list_laws(format_: AsFormat = "table") -> None:
    """List every law in the tables."""
    from scanner.cli.rows import show_rows
    from scanner.facts.rows import law_rows

    show_rows(law_rows(datetime.now(UTC).date()), format_)


@laws.command("show")
def show_law(name: str, format_: AsFormat = "table") -> None:
    """Show one law, and what would defeat it."""
    from scanner.cli.rows import show_row
    from scanner.facts.rows import law_detail

    show_row(law_detail(name, datetime.now(UTC).date()), format_)
