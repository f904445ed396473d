"""What a journal was written for: kept in it, so that the parts of a scan can be joined and finished elsewhere."""

from typing import Any

import msgspec

from scanner.errors import UsageError
from scanner.store.broken import DamagedJournalError
from scanner.store.journal import Journal


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing in it signs in: options name profiles and roles, never a key or a token."""

    provider: str
    options: dict[str, Any]
    scope: dict[str, Any]
    started_at: str
    plugins: tuple[str, ...]
    tool_version: str
    shard: str = ""
    """`i/n` when the journal holds one part of a scan; empty when it holds all of it."""


_ORIGIN = "origin"
_GATHERED = "gathered"


def remember(journal: Journal, origin: Origin) -> None:
    """Store where the journal comes from; refused for a journal of another part."""
    if journal.meta(_ORIGIN) is not None and origin_of(journal).shard != origin.shard:
        raise UsageError(f"The journal {journal.path} was written for another --shard; start without --resume.")
    journal.set_meta(_ORIGIN, msgspec.json.encode(origin).decode())
    journal.set_meta(_GATHERED, "")


def gathered(journal: Journal) -> None:
    """Note that every unit of the journal's part was done."""
    journal.set_meta(_GATHERED, "1")


def origin_of(journal: Journal) -> Origin:
    """UsageError when the journal was left before its scan began."""
    found = journal.meta(_ORIGIN)
    if found is None:
        raise UsageError(f"The journal {journal.path} holds no scan.")
    try:
        return msgspec.json.decode(found, type=Origin)
    except msgspec.DecodeError as error:
        raise DamagedJournalError(journal.path, error) from None


def is_gathered(journal: Journal) -> bool:
    return bool(journal.meta(_GATHERED))
