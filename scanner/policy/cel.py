"""The CEL project's own runtime behind `scanner.policy.engine`. The only file that knows it, and it loads it late.

A name without a value is an error to CEL, and CEL's `&&`, `||`, `all` and `exists` ignore an error when the other
operands decide (language definition, "Logical operators"). With "not established" left unbound that is strong Kleene
logic. The profile below leaves out everything that would let a condition observe the error: `has`, `size`, indexing,
the ternary operator, arithmetic, conversions, and all macros but `all` and `exists`.
"""

import functools
import json
import re
from collections.abc import Mapping
from typing import Any

from scanner.policy import syntax
from scanner.policy.engine import ExpressionError, Fault, Undecided
from scanner.policy.schema import BOOL, INT, RECORDS, STRING, STRINGS
from scanner.policy.vocabulary import Vocabulary
from scanner.shape import did_you_mean

MAX_LENGTH = 2000
"""Longest expression, in characters."""

FUNCTIONS = (
    *("_&&_", "_||_", "!_", "_==_", "_!=_", "@in", "_<_", "_<=_", "_>_", "_>=_"),
    *("startsWith", "endsWith", "contains", "@not_strictly_false"),
)
MACROS = ("all", "exists")

_STRING_TYPE = {"type_name": "string"}
_TYPES: dict[str, dict[str, Any]] = {
    STRING: _STRING_TYPE,
    BOOL: {"type_name": "bool"},
    INT: {"type_name": "int"},
    STRINGS: {"type_name": "list", "params": [_STRING_TYPE]},
    RECORDS: {"type_name": "list", "params": [{"type_name": "map", "params": [_STRING_TYPE, _STRING_TYPE]}]},
}

_ERROR = re.compile(r"^(?:.*: )?ERROR: <input>:(\d+):(\d+): (.*)$", re.MULTILINE)
_UNDECLARED = re.compile(r"undeclared reference to '([^']+)'")
_OPERATOR = re.compile(r"'?(_[^a-z ]+_|!_|-_|@in|_\?_:_|_\[_\])'?")


class CelEngine:
    """Compiles conditions over one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    @functools.cached_property
    def _environment(self) -> Any:
        from cel_expr_python import cel

        config = {
            "name": "lexloci",
            "stdlib": {"include_macros": list(MACROS), "include_functions": [{"name": name} for name in FUNCTIONS]},
            "variables": [{"name": name, **_TYPES[self._vocabulary[name].type]} for name in self._vocabulary.names],
        }
        # JSON is YAML, so the configuration needs no YAML writer.
        return cel.NewEnv(config=cel.NewEnvConfigFromYaml(json.dumps(config)))

    def compile(self, text: str) -> "CelExpression":
        """Raise ExpressionError for what is too long, not well-formed, not well-typed, forbidden or not a condition."""
        if len(text) > MAX_LENGTH:
            raise ExpressionError((Fault(0, f"the expression is longer than {MAX_LENGTH:,} characters"),))
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ExpressionError((Fault(error.start, "half of a surrogate pair is no character"),)) from None
        try:
            program = self._environment.compile(text)
        except RuntimeError as error:
            raise ExpressionError(self._faults(text, str(error))) from None
        kind = program.return_type().name()
        if kind != "BOOL":
            raise ExpressionError((Fault(0, f"a condition must be true or false, this is of type {kind.lower()}"),))
        return CelExpression(program, syntax.tree(program.serialize()))

    def _faults(self, text: str, message: str) -> tuple[Fault, ...]:
        found = tuple(
            self._fault(text, _offset(text, int(line), int(column)), what)
            for line, column, what in _ERROR.findall(message)
        )
        # The runtime goes on after an unknown name and complains about its consequences; the first cause is enough.
        causes = tuple(fault for fault in found if "*error*" not in fault.message)
        return causes or found or (Fault(0, message.splitlines()[0] if message else "not a valid expression"),)

    def _fault(self, text: str, offset: int, message: str) -> Fault:
        message = message.removesuffix(" [INVALID_ARGUMENT]")
        if (undeclared := _UNDECLARED.search(message)) is None:
            return Fault(offset, message)
        name = undeclared[1]
        # CEL points at the last dot of a name, or at the bracket of a call.
        start = text.rfind(name, 0, offset + len(name.rpartition(".")[2]) + 1)
        at = offset if start < 0 else start
        if _OPERATOR.fullmatch(name) or text[at + len(name) : at + len(name) + 1].strip() == "(":
            allowed = "&& || ! == != < <= > >= in, startsWith, endsWith, contains, all, exists"
            shown = name.replace("_", " ").strip() if _OPERATOR.fullmatch(name) else name
            return Fault(at, f"'{shown}' is not part of the condition language ({allowed})")
        return Fault(at, f"unknown fact '{name}'{did_you_mean(name, self._vocabulary.names)}")


class CelExpression:
    """One compiled condition."""

    def __init__(self, program: Any, tree: syntax.Tree) -> None:
        self._program = program
        self.tree = tree

    def decide(self, bound: Mapping[str, Any]) -> bool | Undecided:
        try:
            value = self._program.eval(data=bound).value()
        except RuntimeError as error:
            # The runtime raises instead of answering when its iteration budget (some 10,000 steps) is spent.
            return Undecided(str(error))
        return value if isinstance(value, bool) else Undecided(str(value))


def _offset(text: str, line: int, column: int) -> int:
    """Offset of a one-based line and column."""
    return sum(len(part) + 1 for part in text.split("\n")[: line - 1]) + column - 1
