"""A simulated AWS for the length of a `with` block, built as a scenario says and then frozen."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct

from scanner.demo.aws.process import SimulatedAws, withdrawn
from scanner.errors import UsageError


class Simulation(Struct, frozen=True, kw_only=True):
    """What a scan needs to find the simulation, and what a reader must know of it."""

    environment: dict[str, str]
    """Variables that lead a client to it. They are set in this process for the length of the block."""
    regions: tuple[str, ...]
    """Regions worth scanning."""
    policies: tuple[str, ...]
    """Packs that speak of this scenario."""
    banner: str
    aws: SimulatedAws
    """The running child: its log and violations."""


def _doctolib(aws: SimulatedAws) -> Simulation:
    from scanner.demo.aws.doctolib import account, claimed
    from scanner.demo.aws.doctolib.deviations import DEVIATIONS
    from scanner.demo.aws.doctolib.fiction import fiction

    building = account.Account(aws)
    claimed.build(building)
    for deviate in DEVIATIONS.values():
        deviate(building)
    return Simulation(
        environment=aws.environment(account.ACCOUNT, account.PARIS),
        regions=account.REGIONS,
        policies=("core", "doctolib-2021"),
        banner=fiction().banner,
        aws=aws,
    )


SCENARIOS: dict[str, Callable[[SimulatedAws], Simulation]] = {"doctolib": _doctolib}


@contextmanager
def simulated_aws(scenario: str) -> Iterator[Simulation]:
    """Start a child, build `scenario` in it, refuse every write from then on, and end the child afterwards.

    Inside the block this process has the environment of the simulation and none of its own AWS or proxy settings, so
    that no request can leave the machine. UsageError for an unknown scenario and where the `demo` extra is missing;
    CannotRunError when the child does not start.
    """
    if scenario not in SCENARIOS:
        raise UsageError(f"There is no AWS scenario '{scenario}'; there is: {', '.join(SCENARIOS)}.")
    with SimulatedAws() as aws, _only(aws.environment()):
        simulation = SCENARIOS[scenario](aws)
        aws.freeze()
        with _only(simulation.environment):
            yield simulation


@contextmanager
def _only(environment: Mapping[str, str]) -> Iterator[None]:
    """Put `environment` in place of every variable that could lead a client elsewhere; put all back afterwards."""
    before = dict(os.environ)
    for name in withdrawn():
        del os.environ[name]
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
