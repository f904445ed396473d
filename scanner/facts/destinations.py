"""Recognising who is behind a host name, a connector's word or an account number."""

from collections.abc import Iterable, Iterator

from msgspec import field

from scanner.facts import countries
from scanner.facts.sourced import Sourced
from scanner.facts.tables import Problem

REGION_TABLES = ("aws", "azure")


class Hosts(Sourced, frozen=True, kw_only=True, gc=False):
    """Host names and connector words of one operator."""

    operator: str
    hosts: dict[str, str | None] = field(default_factory=dict)
    """Country of the endpoint by host suffix; null when the name does not tell the country."""
    regions_of: tuple[str, ...] = ()
    """Providers whose region codes stand as a label in these host names (`x.eu-west-3.amazonaws.com`)."""
    words: tuple[str, ...] = ()
    """Words by which connectors and services name the operator, compared without case and separators."""
    note: str = ""


class Accounts(Sourced, frozen=True, kw_only=True, gc=False):
    """Account numbers that an operator publishes for customers to grant access to."""

    operator: str
    name: str
    """What the accounts are for."""
    provider: str
    accounts: tuple[str, ...]
    note: str = ""


def plain_word(word: str) -> str:
    """A connector's word without case and separators: `MONGO_DB_ATLAS` is `mongodbatlas`."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def host_problems(key: str, entries: Iterable[Hosts], known: set[str]) -> Iterator[Problem]:
    """Unknown operators, countries and region tables; a suffix or word that two entries claim."""
    taken: set[str] = set()
    for index, entry in enumerate(entries):
        if entry.operator not in known:
            yield (key, index, "operator"), f"there is no operator '{entry.operator}'"
        for host, country in entry.hosts.items():
            if country is not None and (problem := countries.problem(country)):
                yield (key, index, "hosts", host), problem
            if host != host.lower() or host.startswith("."):
                yield (key, index, "hosts", host), "write a host suffix in lower case, without a leading dot"
            if host in taken:
                yield (key, index, "hosts", host), f"'{host}' has an entry already"
            taken.add(host)
        for place, word in enumerate(entry.words):
            if plain_word(word) in taken:
                yield (key, index, "words", place), f"'{word}' has an entry already"
            taken.add(plain_word(word))
        for place, provider in enumerate(entry.regions_of):
            if provider not in REGION_TABLES:
                yield (key, index, "regions_of", place), f"there is no table of regions for '{provider}'"


def account_problems(key: str, entries: Iterable[Accounts], known: set[str]) -> Iterator[Problem]:
    """Unknown operators; an account that is no account number or that two entries claim."""
    taken: set[tuple[str, str]] = set()
    for index, entry in enumerate(entries):
        if entry.operator not in known:
            yield (key, index, "operator"), f"there is no operator '{entry.operator}'"
        for place, account in enumerate(entry.accounts):
            if entry.provider == "aws" and not (len(account) == 12 and account.isdigit()):
                yield (key, index, "accounts", place), f"'{account}' is not an AWS account number (quote it)"
            if (entry.provider, account) in taken:
                yield (key, index, "accounts", place), f"'{account}' has an entry already"
            taken.add((entry.provider, account))
