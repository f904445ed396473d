"""Numbers of persons in a column, checked with python-stdnum, which is imported when the first column is looked at.

python-stdnum is licensed under the LGPL and comes with the extra `sample` only; it is used as it is, as a library.
"""

import importlib
import itertools
import re
from collections.abc import Callable, Iterable
from functools import cache

from scanner.assess.health_signs import tokens
from scanner.facts.content import Identifier, table

_SEPARATORS = re.compile(r"[ .\-/]")


def identifiers_in(name: str, values: Iterable[str]) -> list[Identifier]:
    """Kinds of numbers that a column holds. `name` is that of the column, empty where there is none.

    A column counts when enough of its values are valid and different, and when its name speaks of the kind, unless the
    kind can be told by itself. Numbers that no check tells apart (PESEL, NISS) are kept apart by the name alone.
    """
    compact = [_SEPARATORS.sub("", value).upper() for value in values]
    compact = [value for value in compact if value]
    words = _words(name)
    limits = table().column
    found = []
    for kind in table().identifiers:
        if not kind.alone and not words & set(kind.words):
            continue
        fitting = [value for value in compact if _shape(kind.shape).fullmatch(value)]
        if len(set(fitting)) < limits.distinct:
            continue
        is_valid = checker(kind.check)
        valid = [value for value in fitting if is_valid(value)]
        if len(set(valid)) >= limits.distinct and 100 * len(valid) >= limits.percent * len(compact):
            found.append(kind)
    return found


def _words(name: str) -> set[str]:
    """Words of a column's name, each by itself and neighbours joined: `num_secu` is num, secu and numsecu."""
    single = tokens(name)
    return {*single, *("".join(pair) for pair in itertools.pairwise(single)), "".join(single)}


@cache
def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


@cache
def checker(name: str) -> Callable[[str], bool]:
    """The check that the table calls `name`."""
    if name == "kvnr":
        return is_kvnr
    valid: Callable[[str], bool] = importlib.import_module(f"stdnum.{name}").is_valid
    return valid


def is_kvnr(number: str) -> bool:
    """Whether a German health insurance number has the right check digit.

    A letter, eight digits and the check digit; the letter counts as its place in the alphabet in two digits. Digits are
    weighted 1, 2, 1, 2…, the digit sums added, and the last digit of that is the check digit (section 290 SGB V, annex
    1 of the specification of the insured number).
    """
    if not re.fullmatch(r"[A-Z]\d{9}", number, re.ASCII):
        return False
    digits = f"{ord(number[0]) - ord('A') + 1:02}{number[1:9]}"
    weighted = (int(digit) * (1 + index % 2) for index, digit in enumerate(digits))
    return sum(value // 10 + value % 10 for value in weighted) % 10 == int(number[9])
