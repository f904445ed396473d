"""What a condition may say beyond what CEL's own type check allows, and what it reads.

The rules keep two promises. A list that is known only in part must never look complete, so a list of records can only
be walked with `all` or `exists`, and its elements only read field by field. And a slip of the pen must not become a
condition that is never true: words, fields and country codes are checked against their vocabulary.
"""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from scanner.policy import syntax
from scanner.policy.engine import Fault
from scanner.policy.vocabulary import Vocabulary
from scanner.shape import did_you_mean

_EQUALITY = ("_==_", "_!=_")
_COUNTRY = re.compile(r"[A-Z]{2}")


class Reading(Struct, frozen=True):
    """What an expression reads, and what is wrong with it."""

    facts: tuple[str, ...]
    settings: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    """Fields read of each list of records."""
    faults: tuple[Fault, ...]


def read(tree: syntax.Tree, vocabulary: Vocabulary) -> Reading:
    """Walk a checked tree once."""
    reader = _Reader(vocabulary)
    reader.visit(tree, {})
    return Reading(
        facts=tuple(sorted(name for name in reader.names if name in vocabulary.facts)),
        settings=tuple(sorted(name for name in reader.names if name in vocabulary.settings)),
        fields={name: tuple(sorted(fields)) for name, fields in sorted(reader.fields.items())},
        faults=tuple(sorted(set(reader.faults))),
    )


class _Reader:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.names: set[str] = set()
        self.fields: dict[str, set[str]] = {}
        self.faults: list[Fault] = []

    def visit(self, node: syntax.Node, scope: Mapping[str, str | None]) -> None:
        """`scope` maps each loop variable to the list of records it runs over, None for a plain list."""
        if (name := syntax.dotted(node)) is not None and (name in self.vocabulary or name in scope):
            self._name(node, name, scope)
        elif isinstance(node, syntax.Field):
            self._field(node, scope)
        elif isinstance(node, syntax.Call):
            self._compared(node, scope)
            for argument in node.arguments:
                self.visit(argument, scope)
        elif isinstance(node, syntax.ListOf):
            for item in node.items:
                self.visit(item, scope)
        elif isinstance(node, syntax.Quantifier):
            self._quantifier(node, scope)
        elif isinstance(node, syntax.Mapping):
            self._fault(node, "a map literal is not part of the condition language")

    def _name(self, node: syntax.Node, name: str, scope: Mapping[str, str | None]) -> None:
        if name in scope:
            if scope[name] is not None:
                self._fault(node, f"read a field of '{name}'; an element as a whole cannot be compared")
            return
        self.names.add(name)
        if self.vocabulary.is_record_list(name):
            self._fault(node, f"walk '{name}' with all() or exists(); it may be known only in part")

    def _field(self, node: syntax.Field, scope: Mapping[str, str | None]) -> None:
        owner = syntax.dotted(node.of)
        records = scope.get(owner) if owner else None
        if records is None:
            self.visit(node.of, scope)
            return
        known = self.vocabulary[records].fields
        if node.name not in known:
            hint = did_you_mean(node.name, known)
            self._fault(node, f"an element of '{records}' has no field '{node.name}'{hint}")
        self.fields.setdefault(records, set()).add(node.name)

    def _quantifier(self, node: syntax.Quantifier, scope: Mapping[str, str | None]) -> None:
        over = syntax.dotted(node.over)
        if node.variable in self.vocabulary.roots or node.variable in scope:
            self._fault(node.over, f"the variable '{node.variable}' hides another name; choose a different one")
        records = over if over is not None and self.vocabulary.is_record_list(over) else None
        if records is None:
            self.visit(node.over, scope)
        else:
            self.names.add(records)
        for step in node.steps:
            self.visit(step, {**scope, node.variable: records, "@result": None})

    def _compared(self, call: syntax.Call, scope: Mapping[str, str | None]) -> None:
        """Check the literals that a fact or a field with a fixed vocabulary is compared with."""
        if call.function not in (*_EQUALITY, "@in") or len(call.arguments) != 2:
            return
        left, right = call.arguments
        for subject, other in ((left, right), (right, left)) if call.function in _EQUALITY else ((left, right),):
            described = self._described(subject, scope)
            if described is None:
                continue
            label, words = described
            for constant in _constants(other):
                value = constant.value
                if not isinstance(value, str):
                    continue
                if words and value not in words:
                    hint = did_you_mean(value, words) or f"; one of {', '.join(words)}"
                    self._fault(constant, f"'{value}' is no value of {label}{hint}")
                elif label.endswith("country") and not _COUNTRY.fullmatch(value):
                    self._fault(constant, f"'{value}' is no country code (two capital letters, ISO 3166 alpha-2)")
                elif label.endswith("country") and (problem := self.vocabulary.country_problem(value)):
                    self._fault(constant, problem)

    def _described(self, node: syntax.Node, scope: Mapping[str, str | None]) -> tuple[str, tuple[str, ...]] | None:
        name = syntax.dotted(node)
        if name is not None and name in self.vocabulary:
            return name, self.vocabulary[name].words
        if isinstance(node, syntax.Field) and (owner := syntax.dotted(node.of)) and (records := scope.get(owner)):
            return f"{records}.{node.name}", self.vocabulary[records].field_words.get(node.name, ())
        return None

    def _fault(self, node: syntax.Node, message: str) -> None:
        self.faults.append(Fault(node.offset, message))


def _constants(node: syntax.Node) -> Iterator[syntax.Constant]:
    if isinstance(node, syntax.Constant):
        yield node
    elif isinstance(node, syntax.ListOf):
        for item in node.items:
            yield from _constants(item)
