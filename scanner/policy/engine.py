"""What the policy layer asks of an expression language, so that another CEL binding can take the place of this one.

The conformance suite is `tests/policy/test_kleene.py`: whatever passes it can be used.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from scanner.policy.syntax import Tree


class Undecided(Struct, frozen=True, gc=False):
    """The third truth value: the facts at hand do not decide the condition."""

    detail: str
    """What the engine said; for people, never for decisions."""


class Fault(Struct, frozen=True, order=True):
    """One thing wrong with an expression."""

    offset: int
    """Code points from the start of the expression."""
    message: str


class ExpressionError(Exception):
    """The expression cannot be compiled."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(fault.message for fault in faults))


class Expression(Protocol):
    """A compiled condition."""

    tree: Tree

    def decide(self, bound: Mapping[str, Any]) -> bool | Undecided:
        """Evaluate with `bound` names only; strong Kleene logic over those that are not bound. Never raises."""


class Engine(Protocol):
    """Compiles expressions over one vocabulary of names."""

    def compile(self, text: str) -> Expression:
        """Raise ExpressionError for text that is not a condition over the vocabulary."""
