"""What no API shows and only the user can state: key holders, attestations, certificates, where no health data is.

A statement is signed by somebody, dated, and ends. It can make a result `pass (declared)` at most, and evidence to the
contrary overrules it. The file is `lexloci.yaml`; dates are days in UTC and the last day counts.
"""

from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

from scanner import strictyaml
from scanner.errors import SourceError
from scanner.facts import countries
from scanner.facts.waivers import AT_MOST_DAYS, Waiver, waiver_problems
from scanner.model import KeyStore, ObservedResource


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


class StatedCertificate(Statement, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A certificate that was read: of an offer, in some regions, until a day. Never of a company."""

    scheme: str
    """As in the operator table: `HDS`, `SecNumCloud`, `C5`, …"""
    version: str = ""
    operator: str
    """Id of the operator table: who holds the certificate."""
    offer: str
    """What it covers, in its own words."""
    regions: Annotated[tuple[str, ...], Meta(min_length=1)]
    """The provider's region codes."""
    types: Annotated[tuple[str, ...], Meta(min_length=1)]
    """Resource types of the catalog that the offer comprises; `*` stands for any characters."""


class NoHealthData(Statement, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That an account or subscription holds no health data. Signs of two kinds in a resource overrule it there."""

    account: str
    """Account or subscription id."""
    resources: str = "*"
    """Resource ids that it speaks of; `*` stands for any characters."""

    def covers(self, resource: ObservedResource) -> bool:
        return self.account == resource.account and fnmatchcase(resource.id, self.resources)


class Statements(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one `lexloci.yaml` holds."""

    attestations: tuple[Attestation, ...] = ()
    key_holders: tuple[KeyHolder, ...] = ()
    certificates: tuple[StatedCertificate, ...] = ()
    no_health_data: tuple[NoHealthData, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    waivers_at_most_days: int = AT_MOST_DAYS
    options: dict[str, Any] = {}
    """Options of the command line, which reads and checks them itself."""
    commands: dict[str, Any] = {}

    def holder_of(self, store: KeyStore, today: date) -> KeyHolder | None:
        """The statement in force about a key store: by its id first, else by its endpoint."""
        current = self.holding(today)
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

    def holding(self, today: date) -> tuple[KeyHolder, ...]:
        """Stated key holders in force."""
        return tuple(item for item in self.key_holders if in_force(item, today))

    def certified(self, today: date) -> tuple[StatedCertificate, ...]:
        """Stated certificates in force."""
        return tuple(item for item in self.certificates if in_force(item, today))

    def without_health_data(self, today: date) -> tuple[NoHealthData, ...]:
        """Scope statements in force."""
        return tuple(item for item in self.no_health_data if in_force(item, today))

    def lapsed(self, today: date) -> Iterator[Statement]:
        """Statements that have ended, or have not begun: they say nothing, and the user should know."""
        stated = (*self.attestations, *self.key_holders, *self.certificates, *self.no_health_data)
        return (item for item in stated if not in_force(item, today))


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
    for index, holder in enumerate(stated.key_holders):
        if bool(holder.store) == bool(holder.endpoint):
            problems.append(f"{source.at('key_holders', index)}: name either the store or its endpoint")
        if problem := countries.problem(holder.country):
            problems.append(f"{source.at('key_holders', index, 'country')}: {problem}")
    names = [item.name for item in stated.attestations]
    for index, name in enumerate(names):
        if name in names[:index]:
            problems.append(f"{source.at('attestations', index)}: '{name}' is attested twice")
    if problems:
        raise SourceError(problems)
    return source.value
