"""What services that look into data found in the account's resources. Their lists are read; nothing is turned on.

A paused database is not asked: reading its labels would start it.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from scanner.model import CoverageState, Gap, GapReason
from scanner.providers.azure import armid
from scanner.providers.azure.call import Json, Reader
from scanner.providers.azure.declaration import ResourceType, When, catalog
from scanner.providers.azure.members import holds, text, values
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.work import Work
from scanner.providers.contract import Discovery
from scanner.strictyaml import load_file

FACT = "health.signals"
_SUBSCRIPTION = "subscription"


class FindingList(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One list of findings. The file says what its members mean."""

    type: str
    below: str
    suffix: str
    api_version: str
    finding: tuple[str, ...]
    kinds: tuple[str, ...]
    words: tuple[str, ...] = ()
    resources: str = ""
    aside: When | None = None
    when: When | None = None
    without: tuple[str, ...] = ()

    @property
    def operation(self) -> str:
        """The read of this list, as it is counted and named in gaps."""
        namespace, _, rest = self.type.partition("/")
        return f"{namespace}:GET {rest}"

    @property
    def permission(self) -> str:
        return f"{self.type}/read"


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: str
    as_of: str
    confirmed: bool
    lists: tuple[FindingList, ...]


@cache
def lists() -> tuple[FindingList, ...]:
    """Every list that is read."""
    path = Path(__file__).with_name("findings.yaml")
    return load_file(path, _File, path.name).value.lists


@cache
def _below(type_: str) -> tuple[FindingList, ...]:
    return tuple(one for one in lists() if one.below.lower() == type_.lower())


def of_resource(
    reader: Reader, work: Work, type_: ResourceType, body: Json, resource_id: str
) -> tuple[list[Discovery], list[Gap]]:
    """What the lists of a resource say of it, and a gap for each that could not be read."""
    found: list[Discovery] = []
    gaps: list[Gap] = []
    for declared in _below(type_.type):
        if armid.name_of(resource_id) in declared.without:
            continue
        if declared.when is not None and not holds(body, declared.when):
            state = text(body, declared.when.path)
            detail = f"the resource is '{state}', and reading its sensitivity labels could start it"
            work.problem(declared.type, CoverageState.SKIPPED, GapReason.NOT_SCANNED, detail)
            gaps.append(Gap(fact=FACT, reason=GapReason.NOT_SCANNED, detail=detail, operation=declared.operation))
            continue
        try:
            found += _read(reader, work, declared, resource_id)
        except RefusalError as error:
            work.refused(declared.type, error)
            gaps.append(error.gap(FACT))
    return found, gaps


def of_subscription(reader: Reader, work: Work, subscription: str) -> Iterator[Discovery]:
    """What the lists of a subscription say of its resources."""
    for declared in _below(_SUBSCRIPTION):
        try:
            yield from _read(reader, work, declared, f"/subscriptions/{subscription}")
        except RefusalError as error:
            if error.reason is GapReason.NOT_ENABLED:
                work.asleep(declared.type, error.sentence)
            else:
                work.refused(declared.type, error)


def _read(reader: Reader, work: Work, declared: FindingList, parent: str) -> Iterator[Discovery]:
    for body in reader.items(
        f"{parent}/{declared.suffix}",
        work.tally,
        api_version=declared.api_version,
        permission=declared.permission,
        operation=declared.operation,
    ):
        kinds = _told(body, declared.kinds)
        aside = declared.aside is not None and holds(body, declared.aside)
        words = _told(body, declared.words)
        if not kinds and not words:
            continue
        named = ".".join(part for path in declared.finding if (part := text(body, path)))
        for resource in _resources(body, declared, parent):
            yield Discovery(
                resource=resource,
                source=declared.type,
                finding=named,
                kinds=() if aside else kinds,
                aside=kinds if aside else (),
                words=() if aside else words,
            )


def _told(body: Mapping[str, Any], paths: tuple[str, ...]) -> tuple[str, ...]:
    """Texts at the paths; one text may list several, with commas between them."""
    told = (part.strip() for path in paths for value in values(body, path) for part in _parts(value))
    return tuple(sorted({part for part in told if part}))


def _parts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else re.split(r"[,;]", str(value))


def _resources(body: Mapping[str, Any], declared: FindingList, parent: str) -> set[str]:
    """The resources that an element speaks of: of what is inside one, the resource of the catalog that holds it."""
    if not declared.resources:
        return {armid.canonical(parent)}
    return {held for one in values(body, declared.resources) if (held := _held_in(armid.canonical(str(one))))}


def _held_in(resource_id: str) -> str:
    parts = resource_id.split("/")
    ids = ("/".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((one for one in ids if len(one.split("/")) % 2 and armid.type_of(one) in catalog()), "")
