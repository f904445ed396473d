"""`lexloci demo`: the ordinary scan, over real HTTP, of a fictional account that runs on this machine."""

from typing import Annotated

import typer

app = typer.Typer(
    help="Scan a fictional account that runs on this machine. Needs the extra: pip install 'lexloci[demo]'.",
    rich_markup_mode=None,
    no_args_is_help=True,
)

Format = Annotated[str | None, typer.Option("--format", help="Report on standard output: table, json, jsonl.")]
Outputs = Annotated[list[str] | None, typer.Option("-o", "--output", help="FORMAT=PATH, repeatable; - is stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notices on standard error.")]


@app.command()
def doctolib(format_: Format = None, output: Outputs = None, quiet: Quiet = False) -> None:
    """An appointment platform on AWS as claimed in public in 2021, and invented deviations from that."""
    from scanner.cli.run import Request, run_scan
    from scanner.demo.aws.simulation import simulated_aws

    with simulated_aws("doctolib") as simulation:
        _banner(simulation.banner)
        run_scan(
            Request(
                provider="aws",
                options={"regions": simulation.regions},
                policies=simulation.policies,
                claims=("doctolib-2021",),
                format_=format_,
                outputs=tuple(output or ()),
                quiet=quiet,
            )
        )


@app.command("health-data-hub")
def health_data_hub(format_: Format = None, output: Outputs = None, quiet: Quiet = False) -> None:
    """A health data platform on Azure as described in public, and invented deviations from that."""
    from scanner.cli.run import Request, run_scan
    from scanner.demo.azure.simulation import health_data_hub as simulated

    with simulated() as simulation:
        _banner(simulation.banner)
        run_scan(
            Request(
                provider="azure",
                options={},
                policies=("core", "hdh"),
                claims=("health-data-hub",),
                format_=format_,
                outputs=tuple(output or ()),
                quiet=quiet,
            )
        )


def _banner(text: str) -> None:
    """To standard error, so that a report in another format stays whole; it is not to be silenced."""
    import textwrap

    typer.echo("\n".join(["=" * 100, *textwrap.wrap(text, 100), "=" * 100]), err=True)
