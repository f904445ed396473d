"""From packs as written to controls that can be evaluated, or to every problem they have, each with its place."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from scanner.errors import SourceError
from scanner.policy import profile
from scanner.policy.engine import Engine, Expression, ExpressionError, Fault, Undecided
from scanner.policy.pack import Condition, Control, Pack, PackSource
from scanner.policy.place import place
from scanner.policy.schema import COUNTRIES, LISTS
from scanner.policy.vocabulary import PARAMETER_PREFIX, SET_PREFIX, Vocabulary, vocabulary
from scanner.shape import did_you_mean


class CheckedCondition(Struct, frozen=True, kw_only=True):
    """A compiled condition."""

    name: str
    reason: str
    """What an outcome names when this condition decides it."""
    text: str
    where: str
    """`file:line:column` of the expression."""
    expression: Expression
    facts: tuple[str, ...]
    settings: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    """Fields it reads of each list of records."""


class CheckedControl(Struct, frozen=True, kw_only=True):
    """A control whose conditions are compiled."""

    control: Control
    pack: Pack
    match: tuple[CheckedCondition, ...]
    """The conditions of its scope first."""
    asserts: tuple[CheckedCondition, ...]
    doubts: tuple[CheckedCondition, ...]
    facts: tuple[str, ...]
    """Facts read by any condition, sorted."""
    settings: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.control.id

    @property
    def conditions(self) -> tuple[tuple[str, CheckedCondition], ...]:
        """All conditions with their role, in the order of evaluation."""
        roles = (("match", self.match), ("assert", self.asserts), ("doubt", self.doubts))
        return tuple((role, condition) for role, conditions in roles for condition in conditions)


class CheckedPack(Struct, frozen=True, kw_only=True):
    """A pack whose every condition compiles and reads only facts that there are."""

    pack: Pack
    digest: str
    controls: tuple[CheckedControl, ...]
    vocabulary: Vocabulary


EngineFactory = Callable[[Vocabulary], Engine]


def cel_engine(names: Vocabulary) -> Engine:
    """The default engine; importing this module does not load it."""
    from scanner.policy.cel import CelEngine

    return CelEngine(names)


def check(
    sources: Sequence[PackSource],
    sets: Iterable[str],
    engine: EngineFactory = cel_engine,
    countries: Mapping[str, str] = {},
) -> tuple[CheckedPack, ...]:
    """Compile packs; raise one SourceError with all problems of all of them, in file order.

    `sets` are the names of the country sets that conditions may use as `sets.NAME`, `countries` the codes that a
    country may be compared with; empty leaves it at two capital letters.
    """
    names = tuple(sets)
    found: list[tuple[str, tuple[int, int], str]] = []
    checked = []
    for source in sources:
        checker = _Checker(source, vocabulary(source.pack, names, countries), engine)
        checked.append(checker.pack())
        found.extend((source.file.name, where, message) for where, message in sorted(set(checker.problems)))
    found.extend(_repeated(sources))
    if found:
        raise SourceError([f"{name}:{line}:{column}: {message}" for name, (line, column), message in found])
    return tuple(checked)


class _Checker:
    """Compiles one pack and collects what is wrong with it."""

    def __init__(self, source: PackSource, names: Vocabulary, engine: EngineFactory) -> None:
        self.source = source
        self.names = names
        self.engine = engine(names)
        self.problems: list[tuple[tuple[int, int], str]] = []

    def pack(self) -> CheckedPack:
        pack = self.source.pack
        self._defaults(pack)
        scopes = {
            name: self._conditions(conditions, ("scopes", name), f"scope {name}")
            for name, conditions in pack.scopes.items()
        }
        controls = tuple(self._control(index, control, scopes) for index, control in enumerate(pack.controls))
        self._unused(controls)
        return CheckedPack(pack=pack, digest=self.source.digest, controls=controls, vocabulary=self.names)

    def _control(
        self, index: int, control: Control, scopes: Mapping[str, tuple[CheckedCondition, ...]]
    ) -> CheckedControl:
        at: tuple[str | int, ...] = ("controls", index)
        whose = f"control {control.id}"
        for order, scope in enumerate(control.scope):
            if scope not in scopes:
                hint = did_you_mean(scope, scopes)
                self._problem((*at, "scope", order), f"{whose}: the pack has no scope '{scope}'{hint}")
        shared = tuple(condition for scope in control.scope for condition in scopes.get(scope, ()))
        match = shared + self._conditions(control.match, (*at, "match"), whose)
        asserts = self._conditions(control.assert_, (*at, "assert"), whose)
        doubts = self._conditions(control.doubt, (*at, "doubt"), whose)
        if not control.assert_:
            self._problem((*at, "assert"), f"{whose}: without an assert it would pass without looking at anything")
        everything = (*match, *asserts, *doubts)
        self._repeated_names(everything, at, whose)
        return CheckedControl(
            control=control,
            pack=self.source.pack,
            match=match,
            asserts=asserts,
            doubts=doubts,
            facts=_sorted(condition.facts for condition in everything),
            settings=_sorted(condition.settings for condition in everything),
        )

    def _conditions(
        self, conditions: Sequence[Condition], at: tuple[str | int, ...], whose: str
    ) -> tuple[CheckedCondition, ...]:
        compiled = (
            self._condition(condition, (*at, index, "expr"), f"{whose}, condition {condition.name}")
            for index, condition in enumerate(conditions)
        )
        return tuple(condition for condition in compiled if condition is not None)

    def _condition(self, condition: Condition, at: tuple[str | int, ...], whose: str) -> CheckedCondition | None:
        try:
            expression = self.engine.compile(condition.expr)
        except ExpressionError as error:
            self._faults(error.faults, condition.expr, at, whose)
            return None
        reading = profile.read(expression.tree, self.names)
        faults = reading.faults
        if not reading.facts:
            faults = (*faults, Fault(0, "reads no fact, so its answer would never depend on what was scanned"))
        elif not isinstance(expression.decide({}), Undecided):
            faults = (*faults, Fault(0, "has the same answer whatever the facts are"))
        self._faults(faults, condition.expr, at, whose)
        return CheckedCondition(
            name=condition.name,
            reason=condition.reason or condition.name,
            text=condition.expr,
            where=self.source.file.at(*at),
            expression=expression,
            facts=reading.facts,
            settings=reading.settings,
            fields=reading.fields,
        )

    def _faults(self, faults: Sequence[Fault], text: str, at: tuple[str | int, ...], whose: str) -> None:
        start = self.source.file.position(*at)
        for fault in faults:
            where = place(self.source.file.text, start, text, fault.offset)
            self.problems.append((where, f"{whose}: {fault.message}"))

    def _problem(self, at: tuple[str | int, ...], message: str) -> None:
        self.problems.append((self.source.file.position(*at), message))

    def _repeated_names(self, conditions: Sequence[CheckedCondition], at: tuple[str | int, ...], whose: str) -> None:
        seen: set[str] = set()
        for condition in conditions:
            if condition.name in seen:
                self._problem(at, f"{whose}: two conditions are named '{condition.name}'")
            seen.add(condition.name)

    def _defaults(self, pack: Pack) -> None:
        for name, parameter in pack.parameters.items():
            if parameter.default is None:
                continue
            problem = default_problem(parameter.type, parameter.default, self.names)
            if problem:
                self._problem(("parameters", name, "default"), f"parameter {name}: {problem}")

    def _unused(self, controls: Sequence[CheckedControl]) -> None:
        """A declared name that no condition uses is most often a misspelt one."""
        used = {name for control in controls for name in (*control.facts, *control.settings)}
        for name in self.source.pack.parameters:
            if PARAMETER_PREFIX + name not in used and not self.problems:
                self._problem(("parameters", name), f"no condition uses the parameter '{name}'")
        for name in self.source.pack.attestations:
            if f"attestation.{name}" not in used and not self.problems:
                self._problem(("attestations", name), f"no condition uses the attestation '{name}'")
        for name in self.source.pack.scopes:
            if all(name not in control.control.scope for control in controls):
                self._problem(("scopes", name), f"no control uses the scope '{name}'")


def default_problem(type_: str, default: Any, names: Vocabulary) -> str:
    """What is wrong with a parameter's default; empty when nothing is."""
    if type_ in LISTS and isinstance(default, str):
        if default in names.settings and default.startswith(SET_PREFIX):
            return ""
        known = [name for name in names.settings if name.startswith(SET_PREFIX)]
        return f"'{default}' is neither a list nor a country set{did_you_mean(default, known)}"
    return value_problem(type_, default, names)


def value_problem(type_: str, value: Any, names: Vocabulary) -> str:
    """What is wrong with a parameter's value; empty when nothing is. Empty strings and lists decide nothing."""
    if type_ == "bool":
        return "" if isinstance(value, bool) else "must be true or false"
    if type_ == "int":
        return "" if isinstance(value, int) and not isinstance(value, bool) else "must be a whole number"
    if type_ == "string":
        return "" if isinstance(value, str) and value else "must be a text that is not empty"
    if not (isinstance(value, list) and value and all(isinstance(item, str) and item for item in value)):
        return "must be a list of texts with at least one entry"
    problems = [names.country_problem(item) for item in value] if type_ == COUNTRIES else []
    told = "; ".join(filter(None, problems))
    return f"must be a list of countries: {told}" if told else ""


def _repeated(sources: Sequence[PackSource]) -> Iterator[tuple[str, tuple[int, int], str]]:
    """Pack ids and control ids are unique over everything that is loaded together."""
    packs: dict[str, str] = {}
    controls: dict[str, str] = {}
    for source in sources:
        file, pack = source.file, source.pack
        if pack.id in packs:
            yield file.name, file.position("id"), f"the pack id '{pack.id}' is already used at {packs[pack.id]}"
        packs.setdefault(pack.id, file.at("id"))
        for index, control in enumerate(pack.controls):
            at = ("controls", index, "id")
            if control.id in controls:
                message = f"the control id '{control.id}' is already used at {controls[control.id]}"
                yield file.name, file.position(*at), message
            controls.setdefault(control.id, file.at(*at))


def _sorted(names: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({name for some in names for name in some}))
