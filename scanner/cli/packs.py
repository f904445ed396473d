"""Policy packs as the command line names them: an id of a shipped pack, or the path of a file or folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scanner import strictyaml
from scanner.errors import UsageError
from scanner.facts import countries
from scanner.policy.check import CheckedControl, CheckedPack, check
from scanner.policy.evaluate import Evaluator
from scanner.policy.pack import read_all, shipped
from scanner.policy.parameters import settings
from scanner.policy.schema import LISTS
from scanner.policy.vocabulary import PARAMETER_PREFIX
from scanner.shape import did_you_mean

DEFAULT = ("core",)


def load_packs(names: Sequence[str]) -> tuple[CheckedPack, ...]:
    """The packs called `names`, checked; SourceError with every problem, UsageError for a name that is nothing."""
    ids = {path.stem: path for path in sorted(shipped().glob("*.yaml"))}
    paths: list[Path] = []
    for name in dict.fromkeys(names):
        if name in ids:
            paths.append(ids[name])
        elif Path(name).exists():
            paths.append(Path(name))
        else:
            raise UsageError(f"There is no policy pack '{name}'{did_you_mean(name, ids)}")
    return check(read_all(paths), country_sets(), countries=codes())


def all_packs() -> tuple[CheckedPack, ...]:
    """Every shipped pack."""
    return check(read_all([shipped()]), country_sets(), countries=codes())


def evaluator_for(names: Sequence[str], params: Sequence[str]) -> Evaluator:
    """An evaluator of the packs called `names` (the default ones if none) with `PACK.NAME=VALUE` parameters set."""
    packs = load_packs(names or DEFAULT)
    return Evaluator(packs, _given(packs, params), country_sets())


def given_for(pack: CheckedPack, control: CheckedControl, params: Sequence[str]) -> dict[str, Any]:
    """`PACK.NAME=VALUE` by the parameter's name; UsageError for one that is wrong or that the control does not read."""
    given = _given([pack], params)
    for id_, values in given.items():
        if id_ != pack.pack.id:
            raise UsageError(
                f"{control.id} is of the pack {pack.pack.id}; a parameter of '{id_}' changes nothing there."
            )
        settings(pack, given, country_sets())
        for name in values:
            if PARAMETER_PREFIX + name not in control.settings:
                raise UsageError(f"{control.id} does not read the parameter '{name}'.")
    return given.get(pack.pack.id, {})


def codes() -> Mapping[str, str]:
    """What a country may be compared with: those of ISO 3166-1, and its ZZ, by which tables say *nobody knows*."""
    return {**countries.spellings(), "ZZ": "ZZ"}


def country_sets() -> dict[str, list[str]]:
    """The sets of countries that conditions and parameters may name, by name."""
    return {name: list(members) for name, members in countries.sets().items()}


def _given(packs: Sequence[CheckedPack], params: Sequence[str]) -> dict[str, dict[str, Any]]:
    given: dict[str, dict[str, Any]] = {}
    for text in params:
        name, separator, value = text.partition("=")
        pack, dot, parameter = name.rpartition(".")
        if not separator or not dot:
            raise UsageError(f"--param takes PACK.NAME=VALUE, not '{text}'.")
        given.setdefault(pack, {})[parameter] = _value(packs, pack, parameter, value)
    return given


def _value(packs: Sequence[CheckedPack], pack: str, parameter: str, text: str) -> Any:
    """The text as the parameter's type wants it; a wrong one is left for the pack's own check to refuse by name."""
    declared = next((p.pack.parameters.get(parameter) for p in packs if p.pack.id == pack), None)
    if declared is not None and declared.type in LISTS:
        return [word.strip() for word in text.split(",") if word.strip()]
    if declared is not None and declared.type in ("int", "bool"):
        return strictyaml.load(text, f"--param {pack}.{parameter}", object).value
    return text
