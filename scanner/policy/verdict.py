"""The arithmetic of verdicts: three truth values, four statuses, and how strong a result can be. Nothing else."""

from collections.abc import Iterable

from scanner.model import Assurance, Status

Truth = bool | None
"""True, false, or None: not decided by the facts at hand."""

_RANK = {Assurance.PROVEN: 0, Assurance.INDICATED: 1, Assurance.DECLARED: 2}


def all_of(values: Iterable[Truth]) -> Truth:
    """Strong Kleene AND; true for no values."""
    result: Truth = True
    for value in values:
        if value is False:
            return False
        if value is None:
            result = None
    return result


def any_of(values: Iterable[Truth]) -> Truth:
    """Strong Kleene OR; false for no values."""
    result: Truth = False
    for value in values:
        if value is True:
            return True
        if value is None:
            result = None
    return result


def conclude(match: Truth, assert_: Truth, doubt: Truth) -> Status:
    """Status of a control from its three groups of conditions.

    What is not established leads to `unknown` unless it cannot change the outcome: a false match settles
    not-applicable, a true match with a false assert settles fail, and only three definite answers make a pass.
    """
    if match is False:
        return Status.NOT_APPLICABLE
    if match is True and assert_ is False:
        return Status.FAIL
    if match is True and assert_ is True and doubt is False:
        return Status.PASS
    return Status.UNKNOWN


def weakest(assurances: Iterable[Assurance], cap: Assurance = Assurance.PROVEN) -> Assurance:
    """The weakest of several, never stronger than `cap`."""
    return max([cap, *assurances], key=_RANK.__getitem__)


def strongest(assurances: Iterable[Assurance]) -> Assurance:
    """The strongest of several; `declared` for none."""
    return min([Assurance.DECLARED, *assurances], key=_RANK.__getitem__)
