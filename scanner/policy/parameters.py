"""The values of `params.*` and `sets.*` for one pack: what the user set, else the pack's default, else an error."""

from collections.abc import Mapping, Sequence
from typing import Any

from scanner.errors import UsageError
from scanner.policy.check import CheckedPack, value_problem
from scanner.policy.pack import Parameter
from scanner.policy.schema import LISTS
from scanner.policy.vocabulary import PARAMETER_PREFIX, SET_PREFIX
from scanner.shape import did_you_mean

Given = Mapping[str, Mapping[str, Any]]
"""Values by pack id and parameter name."""
Sets = Mapping[str, Sequence[str]]
"""Country codes by name of the set."""


def settings(pack: CheckedPack, given: Given, sets: Sets) -> dict[str, Any]:
    """Bind every setting of `pack`; raise UsageError for a value of the wrong type and for a required one not set."""
    values = given.get(pack.pack.id, {})
    bound: dict[str, Any] = {SET_PREFIX + name: list(members) for name, members in sets.items()}
    problems = [
        f"The pack {pack.pack.id} has no parameter '{name}'{did_you_mean(name, pack.pack.parameters)}"
        for name in values
        if name not in pack.pack.parameters
    ]
    for name, parameter in pack.pack.parameters.items():
        value = values.get(name)
        if value is None:
            value = _default(parameter, bound)
        if value is None:
            problems.append(f"The pack {pack.pack.id} needs the parameter '{name}' ({parameter.doc}); it is not set.")
        elif problem := value_problem(parameter.type, value, pack.vocabulary):
            problems.append(f"The parameter '{name}' of the pack {pack.pack.id} {problem}.")
        bound[PARAMETER_PREFIX + name] = value
    if problems:
        raise UsageError("\n".join(problems))
    return bound


def refuse_unknown_packs(packs: Sequence[CheckedPack], given: Given) -> None:
    """Raise UsageError for parameters of a pack that is not loaded."""
    known = [pack.pack.id for pack in packs]
    for id_ in given:
        if id_ not in known:
            raise UsageError(f"Parameters are set for the pack '{id_}', which is not loaded{did_you_mean(id_, known)}")


def _default(parameter: Parameter, bound: Mapping[str, Any]) -> Any:
    default = parameter.default
    if parameter.type in LISTS and isinstance(default, str):
        return bound[default]
    return default
