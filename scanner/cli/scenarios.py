"""The run behind `lexloci policies test`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from scanner import strictyaml
from scanner.cli.packs import all_packs, country_sets, load_packs
from scanner.cli.rows import show_lines
from scanner.errors import UsageError
from scanner.model import Status
from scanner.policy.check import CheckedPack
from scanner.policy.pack import shipped
from scanner.policy.scenarios import Scenario, ScenarioFile, lacking, run


def run_scenarios(paths: Sequence[Path], *, show_lacking: bool) -> int:
    """Print each scenario that gives another verdict than it should, and the sum; 1 if there is one, else 0.

    SourceError for a file that is wrong, UsageError for a folder without any.
    """
    departed = 0
    packs = {} if paths else {pack.pack.id: pack for pack in all_packs()}
    scenarios: dict[str, list[Scenario]] = {}
    for path in _files(paths or [shipped() / "tests"]):
        source = strictyaml.load_file(path, ScenarioFile)
        pack = _pack(source.value.pack, path.parent)
        packs[pack.pack.id] = pack
        scenarios.setdefault(pack.pack.id, []).extend(source.value.scenarios)
        for departure in run(source, pack, country_sets()):
            departed += 1
            typer.echo(str(departure))
    lacks = {name: lacking(pack, scenarios.get(name, ())) for name, pack in packs.items()}
    if show_lacking:
        for name, found in lacks.items():
            for control, statuses in found.items():
                typer.echo(f"{name} {control} lacks {_words(statuses)}")
    total = sum(len(found) for found in scenarios.values())
    controls = sum(len(pack.controls) for pack in packs.values())
    short = sum(len(one) for one in lacks.values())
    show_lines(
        [
            f"{total} scenarios of {controls} controls in {len(packs)} packs: {total - departed} as expected, "
            f"{departed} not; {short} controls lack one for pass, fail or unknown."
        ]
    )
    return 1 if departed else 0


def _pack(name: str, folder: Path) -> CheckedPack:
    path = folder / name
    return load_packs([str(path) if path.is_file() else name])[0]


def _words(statuses: Sequence[Status]) -> str:
    return ", ".join(status.value for status in statuses)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(path.glob("*.yaml"))
        if not found:
            raise UsageError(f"The folder {path} holds no scenarios (*.yaml).")
        yield from found
