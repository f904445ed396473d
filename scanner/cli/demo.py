"""`lexloci demo`: the ordinary scan, over real HTTP, of a fictional account that runs on this machine."""

from dataclasses import asdict

import typer

from scanner.cli.app import App
from scanner.cli.options import Scanning, Showing
from scanner.cli.sample import budget

app = App(
    help="Scan a fictional account that runs on this machine. Needs the extra: pip install 'lexloci[demo]'.",
)


@app.command()
def doctolib(asked: Showing) -> None:
    """An appointment platform on AWS as claimed in public in 2021, and invented deviations from that."""
    from scanner.cli.run import run_scan
    from scanner.demo.aws.simulation import simulated_aws

    may_read = budget(asked.sample)
    with simulated_aws("doctolib") as simulation:
        _banner(simulation.banner)
        options = {"regions": simulation.regions, "sample": may_read}
        run_scan("aws", options, _scanning(asked, simulation.policies, "doctolib-2021"))


@app.command("health-data-hub")
def health_data_hub(asked: Showing) -> None:
    """A health data platform on Azure as described in public, and invented deviations from that."""
    from scanner.cli.run import run_scan
    from scanner.demo.azure.simulation import health_data_hub as simulated

    may_read = budget(asked.sample)
    with simulated() as simulation:
        _banner(simulation.banner)
        run_scan("azure", {"sample": may_read}, _scanning(asked, ("core", "hdh"), "health-data-hub"))


def _scanning(asked: Showing, policies: tuple[str, ...], claims: str) -> Scanning:
    """The request of an ordinary scan. Statements about somebody's real accounts say nothing of a fictional one."""
    return Scanning(
        policy=policies,
        claims=(claims,),
        no_config=True,
        **asdict(asked),
    )


def _banner(text: str) -> None:
    """To standard error, so that a report in another format stays whole; it is not to be silenced."""
    import textwrap

    from scanner.cli.outputs import stdout_width

    width = min(100, stdout_width())
    typer.echo("\n".join(["=" * width, *textwrap.wrap(text, width), "=" * width]), err=True)
