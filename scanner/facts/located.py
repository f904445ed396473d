"""What a look-up of a place answers, whatever the provider."""

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from scanner.facts import countries
from scanner.facts.tables import Problem
from scanner.model import Gap, GapReason

GLOBAL = "global"
"""Region of resources that the provider serves without one."""


class Located(Struct, frozen=True, kw_only=True, gc=False):
    """Where a region's machines stand."""

    country: str | None
    """ISO 3166-1 alpha-2. None: not established, and `gap` says why."""
    confirmed: bool = False
    source: str = ""
    entry: str = ""
    """Entry of the fact tables that decided, such as `regions/aws/eu-west-3`."""
    as_of: date
    note: str = ""
    gap: Gap | None = None


class Pair(Struct, frozen=True, kw_only=True, gc=False):
    """The region to which a provider copies by itself, without a second resource appearing."""

    region: str | None
    """Empty: the region has no pair. None: the region is not in the table, and `gap` says so."""
    country: str | None = None
    one_way: bool = False
    """True when the pair does not copy back."""
    vault_copy: bool = False
    """True when key vaults are copied there as well."""
    gap: Gap | None = None


def unknown(reason: GapReason, detail: str, as_of: date, source: str = "") -> Located:
    """No country, and why."""
    return Located(country=None, as_of=as_of, source=source, gap=Gap(fact="country", reason=reason, detail=detail))


def located_globally(as_of: date) -> Located:
    """The answer for a resource without a region: its content may be in any of the provider's countries."""
    return unknown(GapReason.INVISIBLE, "served world-wide: the resource has no region, so no one country", as_of)


def country_problems(key: str, codes: list[str]) -> Iterator[Problem]:
    """A problem for every code in a list of rows that is not a country's."""
    for index, code in enumerate(codes):
        if code and (problem := countries.problem(code)):
            yield (key, index, "country"), problem
