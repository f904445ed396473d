"""The first look as a whole: which sources are asked, and what may be left out on their word."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from msgspec import Struct

from scanner.errors import UsageError
from scanner.model import Coverage, CoverageState, GapReason, Holds, Unit
from scanner.providers.aws.call import Open
from scanner.providers.aws.catalog import Type
from scanner.providers.aws.look import config, explorer
from scanner.providers.aws.look.inventory import Inventory, Unseen, Witness
from scanner.providers.aws.look.tagged import Tagged, tagged

EXPLORER, CONFIG = "resource-explorer", "config"
FREE = (EXPLORER, CONFIG)
"""Asked when a first look is asked for without saying by what. What the account lacks costs a call a region."""
SOURCES = FREE

T = TypeVar("T")

_AT_ONCE = 8
"""Regions asked at once."""


class Plan(Struct, frozen=True, kw_only=True):
    """What a first look is to be made of."""

    sources: tuple[str, ...] = ()
    """None: there is to be no look, and everything is listed."""

    @property
    def scope(self) -> dict[str, Any]:
        """Part of the scope's description."""
        return {"first_look": bool(self.sources), **({"first_look_by": list(self.sources)} if self.sources else {})}


def planned(options: Mapping[str, Any]) -> Plan:
    """The look that the options ask for; UsageError for a source that there is not."""
    named = tuple(dict.fromkeys(options.get("first_look_by") or ()))
    for name in named:
        if name not in SOURCES:
            raise UsageError(f"--first-look-by takes {', '.join(SOURCES)}, not '{name}'.")
    return Plan(sources=named or (FREE if options.get("first_look") else ()))


class Look(Struct, frozen=True, kw_only=True):
    """What the sources show of one account."""

    inventories: tuple[Inventory, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    """Sources that could not be had."""
    tags: Mapping[str, Tagged] = {}
    """By region, the tags that were read for the look."""

    def left_out(self, types: Iterable[Type], region: str) -> dict[str, str]:
        """Which of `types`, those of one service, need not be listed in `region`, each with the reason for its row.

        A type under which another is listed is left out only together with that.
        """
        types = tuple(types)
        out = {type_.id: found.reason for type_ in types if (found := self._without(type_, region)) is not None}
        # Parents come before their children, so one pass from the end sees every chain.
        for type_ in reversed(types):
            if type_.parent and type_.id not in out:
                out.pop(type_.parent, None)
        return {id_: f"{GapReason.NOT_SCANNED.value}: {reason}" for id_, reason in out.items()}

    def rows(self, unit: Callable[[str, str], Unit]) -> Iterator[Coverage]:
        """What the look was, source by source. One that could not be had was asked for, and its row says why.

        `unit` makes one of a service and a region.
        """
        for seen in self.inventories:
            yield unit(seen.service, seen.region).row(
                CoverageState.COMPLETE, f"first look, {seen.as_of}", count=seen.count
            )
        for unseen in self.unseen:
            refused = unseen.refused
            yield unit(unseen.service, unseen.region).row(
                CoverageState.refused(refused.reason),
                f"{refused.reason.value}: {refused.detail}",
                permission=refused.missing(unseen.permission),
            )

    def _without(self, type_: Type, region: str) -> Inventory | None:
        """The inventory that would show the type in `region`, when neither it nor any other source does."""
        if type_.scope != "regional" or type_.setting or type_.holds is Holds.CONTENT or type_.medical:
            return None
        found = next((each for each in self.inventories if type_.cfn in each.covers.get(region, ())), None)
        if found is None or any((region, type_.cfn) in each.seen for each in self.inventories):
            return None
        witnesses = (*self.witnesses, *(each.witness for each in self.tags.values()))
        return None if any(each.shows(type_, region) for each in witnesses) else found


def look(plan: Plan, open_: Open, home: str, account: str, regions: Sequence[str], now: datetime) -> Look:
    """Ask the sources about one account; nothing is asked without a plan.

    Tags are asked for only where an inventory would leave something out.
    """
    if not plan.sources:
        return Look()
    found: list[Inventory | Unseen] = []
    if EXPLORER in plan.sources:
        found.append(explorer.index(open_, home, account, now))
    if CONFIG in plan.sources:
        found += _everywhere(partial(config.recorder, open_, now=now), regions)
    inventories = tuple(each for each in found if isinstance(each, Inventory))
    covered = [region for region in regions if any(each.covers.get(region) for each in inventories)]
    return Look(
        inventories=inventories,
        unseen=tuple(each for each in found if isinstance(each, Unseen)),
        tags=dict(zip(covered, _everywhere(partial(tagged, open_, now=now), covered), strict=True)),
    )


def _everywhere(ask: Callable[[str], T], regions: Sequence[str]) -> list[T]:
    """Each region's answer, some regions at a time."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="look") as pool:
        return list(pool.map(ask, regions))
