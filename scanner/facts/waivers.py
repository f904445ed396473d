"""Waivers: decisions to live with a finding for a while. Who took it, why, and until when; the verdict stays as it is.

They stand under `waivers` in `lexloci.yaml`, or in a file of their own. Days are in UTC and the last one counts.
"""

from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from scanner.facts.tables import Problem, refuse
from scanner.model import Finding, Status
from scanner.strictyaml import load_file

AT_MOST_DAYS = 366
"""How far ahead a waiver may end, unless the file says otherwise: a decision is looked at again within a year."""

Sentence = Annotated[str, Meta(min_length=1)]


class Waiver(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One decision about one control on some resources."""

    control: Sentence
    """Id of the control."""
    resource: Sentence
    """Id of the finding's subject; `*` stands for any characters."""
    reason: Sentence
    owner: Sentence
    """Who answers for it."""
    expires: date
    """The last day on which it counts."""
    approver: str = ""
    ticket: str = ""
    acknowledge_unknown: bool = False
    """Also cover a result that could not be established. It stays unknown; it no longer asks for exit code 3."""

    def covers(self, finding: Finding) -> bool:
        """Whether it speaks of this finding, whatever the day. Nothing but a fail, or an unknown it acknowledges."""
        if finding.status is Status.UNKNOWN and not self.acknowledge_unknown:
            return False
        if finding.status not in (Status.FAIL, Status.UNKNOWN) or finding.control != self.control:
            return False
        return finding.resource == self.resource or fnmatchcase(finding.resource, self.resource)


class WaiverFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of waivers alone."""

    waivers: tuple[Waiver, ...]
    waivers_at_most_days: int = AT_MOST_DAYS


def load_waivers(path: Path, today: date) -> tuple[Waiver, ...]:
    """Read a file of waivers; SourceError with file, line and column for anything that is not as declared."""
    source = load_file(path, WaiverFile)
    refuse(source, waiver_problems(source.value.waivers, source.value.waivers_at_most_days, today))
    return source.value.waivers


def waiver_problems(waivers: tuple[Waiver, ...], at_most_days: int, today: date) -> Iterator[Problem]:
    """Waivers that end too far ahead, and pairs that decide the same thing twice."""
    seen: set[tuple[str, str]] = set()
    for index, waiver in enumerate(waivers):
        ahead = (waiver.expires - today).days
        if ahead > at_most_days:
            message = f"it ends {ahead} days ahead; at most {at_most_days} are allowed (waivers_at_most_days)"
            yield ("waivers", index, "expires"), message
        if (waiver.control, waiver.resource) in seen:
            yield ("waivers", index), f"{waiver.control} is waived twice for '{waiver.resource}'"
        seen.add((waiver.control, waiver.resource))
