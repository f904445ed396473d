"""What no API shows and only the user can state: who holds an external key, and attestations.

A statement is signed by somebody, dated, and ends. It can make a result `pass (declared)` at most, and evidence to the
contrary overrules it. The file is `lexloci.yaml`; dates are days in UTC and the last day counts.
"""

from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct

from scanner import strictyaml
from scanner.errors import SourceError
from scanner.facts.waivers import AT_MOST_DAYS, Waiver, waiver_problems
from scanner.model import KeyStore


class Statement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every statement says of itself."""

    by: str
    """Who states it: a person with a role, or a signed document's author."""
    on: date
    until: date
    document: str = ""


class Attestation(Statement, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A yes or no that packs ask for under `attestation.NAME`."""

    name: str
    value: bool


class KeyHolder(Statement, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who runs the key manager behind an external key store, and where."""

    operator: str
    """Id of the operator table, or `customer` for the account's own organisation."""
    country: str
    store: str = ""
    """Id of the key store; or else `endpoint`."""
    endpoint: str = ""
    """Host name of its proxy; `*` stands for any characters."""


class Statements(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The statements of one `lexloci.yaml`."""

    attestations: tuple[Attestation, ...] = ()
    key_holders: tuple[KeyHolder, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    waivers_at_most_days: int = AT_MOST_DAYS

    def holder_of(self, store: KeyStore, today: date) -> KeyHolder | None:
        """The statement in force about a key store: by its id first, else by its endpoint."""
        current = [holder for holder in self.key_holders if in_force(holder, today)]
        for holder in current:
            if holder.store and holder.store == store.id:
                return holder
        for holder in current:
            if holder.endpoint and store.endpoint and fnmatchcase(store.endpoint.lower(), holder.endpoint.lower()):
                return holder
        return None

    def attested(self, today: date) -> dict[str, Attestation]:
        """Attestations in force, by name."""
        return {item.name: item for item in self.attestations if in_force(item, today)}

    def lapsed(self, today: date) -> Iterator[Statement]:
        """Statements that have ended, or have not begun: they say nothing, and the user should know."""
        return (item for item in (*self.attestations, *self.key_holders) if not in_force(item, today))


def in_force(statement: Statement, today: date) -> bool:
    return statement.on <= today <= statement.until


def load_statements(path: Path, today: date) -> Statements:
    """Read `lexloci.yaml`; `today` bounds how far ahead a waiver may end.

    SourceError with file, line and column for anything that is not as declared.
    """
    source = strictyaml.load_file(path, Statements)
    stated = source.value
    found = waiver_problems(stated.waivers, stated.waivers_at_most_days, today)
    problems = [f"{source.at(*where)}: {message}" for where, message in found]
    for index, holder in enumerate(source.value.key_holders):
        if bool(holder.store) == bool(holder.endpoint):
            problems.append(f"{source.at('key_holders', index)}: name either the store or its endpoint")
    names = [item.name for item in source.value.attestations]
    for index, name in enumerate(names):
        if name in names[:index]:
            problems.append(f"{source.at('attestations', index)}: '{name}' is attested twice")
    if problems:
        raise SourceError(problems)
    return source.value
