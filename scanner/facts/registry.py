"""Who is behind what: the operators, and the parts of clouds, host names, words and accounts that lead to them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from scanner.facts import address, aws_regions, azure_regions
from scanner.facts.destinations import Accounts, Hosts, account_problems, host_problems, plain_word
from scanner.facts.located import Located
from scanner.facts.operators import Operator, problems
from scanner.facts.own import OwnFacts, OwnFile, OwnRegion, is_shipped, located, plain, region_problems
from scanner.facts.regions import locate
from scanner.facts.sourced import Basis
from scanner.facts.tables import TABLES, Problem, read, refuse, repeated
from scanner.model import Gap, GapReason
from scanner.strictyaml import Source, load_file


class OperatorFact(Struct, frozen=True, kw_only=True, gc=False):
    """Who runs a part of a cloud.

    Established is the group: every entity in `candidates` belongs to it. Which of them is the contracting entity of an
    account no API shows; the first is the usual one for customers in Europe, the Middle East and Africa.
    """

    candidates: tuple[Operator, ...] = ()
    entry: str = ""
    """Entry of the fact tables that decided, such as `operators/aws-emea`."""
    gap: Gap | None = None
    """Set when there is no candidate."""

    @property
    def operator(self) -> Operator | None:
        """The usual contracting entity: indicated, not established, when there are several candidates."""
        return self.candidates[0] if self.candidates else None

    @property
    def parent_country(self) -> str | None:
        """Seat of the ultimate parent, when it is known and the same whichever entity contracts."""
        seats = {candidate.ultimate_parent_country for candidate in self.candidates}
        return seats.pop() if len(seats) == 1 else None


class Destination(Struct, frozen=True, kw_only=True, gc=False):
    """Who is behind a destination, and where it answers."""

    operator: str | None
    """Id of the operator. None: nobody known, and `gap` says so."""
    country: str | None
    """Country of the endpoint. None: its name does not tell."""
    parent_country: str | None
    """Seat of the operator's ultimate parent. None: not established."""
    confirmed: bool = False
    """True when both the name's and the operator's entries are."""
    as_of: date = date.min
    """The older of the two entries' dates."""
    source: str = ""
    entry: str = ""
    by: Hosts | None = None
    """The entry that knows the name; what is known of the operator is the operator's own entry."""
    gap: Gap | None = None


class AccountHolder(Struct, frozen=True, kw_only=True, gc=False):
    """Who publishes an account number as its own."""

    operator: str | None
    name: str
    """What the account is for; empty when nobody is known."""
    parent_country: str | None
    confirmed: bool = False
    as_of: date = date.min
    source: str = ""
    entry: str = ""
    by: Accounts | None = None
    """The entry that knows the account."""
    gap: Gap | None = None


class OperatorFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One file of `tables/operators/`."""

    operators: tuple[Operator, ...]


class _Destinations(Struct, frozen=True, forbid_unknown_fields=True):
    destinations: tuple[Hosts, ...]


class _Accounts(Struct, frozen=True, forbid_unknown_fields=True):
    accounts: tuple[Accounts, ...]


class Registry:
    """Every operator known, and the look-ups that lead to one. Immutable."""

    def __init__(
        self,
        operators: Mapping[str, Operator],
        destinations: Iterable[Hosts],
        accounts: Iterable[Accounts],
        regions: Iterable[OwnRegion] = (),
        own: OwnFile | None = None,
    ) -> None:
        """`regions` are the user's own, `own` the file that they and the other entries of basis `user` come from."""
        self.operators = operators
        self.destinations = tuple(destinations)
        self.accounts = tuple(accounts)
        self.regions = tuple(regions)
        self.own = own
        """The user's fact file; None when there is none."""
        # Later entries win: the user's stand after the shipped ones.
        self._hosts = {host: entry for entry in self.destinations for host in entry.hosts}
        self._words = {plain_word(word): entry for entry in self.destinations for word in entry.words}
        self._accounts = {(entry.provider, number): entry for entry in self.accounts for number in entry.accounts}
        self._runs = {
            (runs.provider, runs.partition, region): (operator, runs.other_entities)
            for operator in operators.values()
            for runs in operator.runs
            for region in (runs.regions or ("",))
        }
        self._regions = {
            (entry.provider, entry.partition, plain(entry.provider, entry.region), entry.zone): entry
            for entry in self.regions
        }

    def operator(self, id_: str) -> Operator | None:
        """The operator with this id; None when there is none."""
        return self.operators.get(id_)

    def reference(self, id_: str) -> str:
        """How evidence names an operator's entry: `operators/ID`, with the user's file in front when it is theirs."""
        entry = self.operators.get(id_)
        return self._entry("operators", id_, entry.basis if entry is not None else Basis.KNOWLEDGE)

    def locate(self, provider: str, partition: str, region: str, zone: str = "") -> Located:
        """See `scanner.facts.regions.locate`; an entry of the user's for the place goes before the shipped one."""
        code = plain(provider, region)
        for entered in (partition, ""):
            entry = self._regions.get((provider, entered, code, zone))
            if entry is not None:
                return located(entry, self.region_reference(entry))
        return locate(provider, partition, region, zone)

    def region_reference(self, entry: OwnRegion) -> str:
        """How evidence names an entry of the user's about a place."""
        return self._entry("regions", entry.name, entry.basis)

    def operator_of(self, provider: str, partition: str, region: str) -> OperatorFact:
        """Who runs `region`. A partition whose regions have different operators leaves an unlisted region unknown."""
        found = self._runs.get((provider, partition, region)) or self._runs.get((provider, partition, ""))
        if found is None:
            where = "/".join(part for part in (provider, partition, region) if part)
            detail = f"no operator is recorded for {where}"
            return OperatorFact(gap=Gap(fact="operator", reason=GapReason.UNMAPPED, detail=detail))
        usual, others = found
        return OperatorFact(
            candidates=(usual, *(self.operators[id_] for id_ in others)),
            entry=self.reference(usual.id),
        )

    def destination(self, target: str, kind: str = "") -> Destination:
        """Who is behind `target`: a URL, host, container image or connector's word. `kind` is the egress's."""
        host = address.host_of(target, kind)
        named = self._words.get(plain_word(address.word_of(target)))
        if named is not None:
            return self._destination(named, _country_in(host, named.regions_of), address.word_of(target))
        if not host:
            return self._unknown_destination(target)
        suffix = next((part for part in _suffixes(host) if part in self._hosts), "")
        if not suffix:
            return self._unknown_destination(host)
        entry = self._hosts[suffix]
        country = entry.hosts[suffix] or _country_in(host, entry.regions_of)
        return self._destination(entry, country, suffix)

    def _destination(self, entry: Hosts, country: str | None, name: str) -> Destination:
        operator = self.operators[entry.operator]
        return Destination(
            operator=operator.id,
            country=country,
            parent_country=operator.ultimate_parent_country,
            confirmed=entry.confirmed and operator.confirmed,
            as_of=min(entry.as_of, operator.as_of),
            source=entry.source,
            entry=self._entry("destinations", name, entry.basis),
            by=entry,
        )

    def _unknown_destination(self, name: str) -> Destination:
        detail = f"nobody is recorded behind '{name[:80]}'"
        gap = Gap(fact="egress.operator", reason=GapReason.UNMAPPED, detail=detail)
        return Destination(operator=None, country=None, parent_country=None, gap=gap)

    def account_holder(self, provider: str, account: str) -> AccountHolder:
        """Who publishes `account` as its own. Most accounts have no public holder: that is a gap, not a stranger."""
        entry = self._accounts.get((provider, account))
        if entry is None:
            detail = f"nobody is recorded as the holder of {provider} account {account}"
            gap = Gap(fact="operator", reason=GapReason.UNMAPPED, detail=detail)
            return AccountHolder(operator=None, name="", parent_country=None, gap=gap)
        operator = self.operators[entry.operator]
        return AccountHolder(
            operator=operator.id,
            name=entry.name,
            parent_country=operator.ultimate_parent_country,
            confirmed=entry.confirmed and operator.confirmed,
            as_of=min(entry.as_of, operator.as_of),
            source=entry.source,
            entry=self._entry("accounts", account, entry.basis),
            by=entry,
        )

    def _entry(self, table: str, name: str, basis: Basis) -> str:
        prefix = f"{self.own.name}: " if self.own is not None and basis is Basis.USER else ""
        return f"{prefix}{table}/{name}"

    def is_own(self, reference: str) -> bool:
        """Whether a reference to an entry, as evidence names it, is to one of the user's file."""
        return self.own is not None and reference.startswith(f"{self.own.name}: ")

    def with_user_facts(self, path: Path) -> "Registry":
        """This registry with the entries of the user's file added or in the place of shipped ones.

        Raises SourceError with file, line and column for whatever is wrong with the file.
        """
        source = load_file(path, OwnFacts)
        facts = source.value
        known = {*self.operators, *(entry.id for entry in facts.operators)}
        refuse(source, _problems(facts.operators, facts.destinations, facts.accounts, known))
        refuse(source, region_problems(facts.regions))
        return Registry(
            {**self.operators, **{entry.id: replace(entry, basis=Basis.USER) for entry in facts.operators}},
            (*self.destinations, *(replace(entry, basis=Basis.USER) for entry in facts.destinations)),
            (*self.accounts, *(replace(entry, basis=Basis.USER) for entry in facts.accounts)),
            tuple(replace(entry, basis=Basis.USER) for entry in facts.regions),
            OwnFile(
                name=path.name,
                digest=sha256(source.text.encode()).hexdigest(),
                entries=tuple(reference for reference, _ in self._named(facts)),
                replaced=tuple(reference for reference, shipped_too in self._named(facts) if shipped_too),
            ),
        )

    def _named(self, facts: OwnFacts) -> Iterator[tuple[str, bool]]:
        """Every entry of a fact file, and whether there is one here already that it takes the place of."""
        yield from ((f"operators/{entry.id}", entry.id in self.operators) for entry in facts.operators)
        yield from ((f"regions/{entry.name}", is_shipped(entry)) for entry in facts.regions)
        for hosts in facts.destinations:
            yield from ((f"destinations/{host}", host in self._hosts) for host in hosts.hosts)
            yield from ((f"destinations/{word}", plain_word(word) in self._words) for word in hosts.words)
        for known in facts.accounts:
            yield from ((f"accounts/{number}", (known.provider, number) in self._accounts) for number in known.accounts)


def _suffixes(host: str) -> Iterator[str]:
    """`a.b.c`, `b.c`, `c`: the longest first."""
    labels = host.split(".")
    return (".".join(labels[start:]) for start in range(len(labels)))


def _country_in(host: str, providers: Iterable[str]) -> str | None:
    """The country of a region code that stands as a label of `host`; None when there is none, or not one country."""
    found = set()
    for label in host.split("."):
        aws = aws_regions.regions().get(label) if "aws" in providers else None
        azure = azure_regions.regions().get(azure_regions.normal(label)) if "azure" in providers else None
        found |= {row.country for row in (aws, azure) if row is not None}
    return found.pop() if len(found) == 1 else None


def _problems(
    operators: Iterable[Operator], destinations: Iterable[Hosts], accounts: Iterable[Accounts], known: set[str]
) -> Iterator[Problem]:
    operators = tuple(operators)
    yield from repeated("operators", (entry.id for entry in operators))
    yield from problems("operators", operators, known)
    yield from host_problems("destinations", destinations, known)
    yield from account_problems("accounts", accounts, known)


def check(sources: Iterable[Source[OperatorFile]]) -> dict[str, Operator]:
    """The operators of several files by id; refuse an id or a part of a cloud that two entries claim."""
    sources = tuple(sources)
    known = {entry.id for source in sources for entry in source.value.operators}
    operators: dict[str, Operator] = {}
    taken: set[tuple[str, str, str]] = set()
    for source in sources:
        found = list(_problems(source.value.operators, (), (), known))
        for index, entry in enumerate(source.value.operators):
            if entry.id in operators:
                found.append((("operators", index), f"'{entry.id}' has an entry in another file"))
            for place, runs in enumerate(entry.runs):
                parts = {(runs.provider, runs.partition, region) for region in (runs.regions or ("",))}
                if parts & taken:
                    found.append((("operators", index, "runs", place), "another operator is recorded there"))
                taken |= parts
        refuse(source, found)
        operators |= {entry.id: entry for entry in source.value.operators}
    return operators


@cache
def shipped() -> Registry:
    """The registry of the shipped tables."""
    files = sorted((TABLES / "operators").glob("*.yaml"))
    operators = check([read(f"operators/{path.name}", OperatorFile) for path in files])
    destinations = read("destinations.yaml", _Destinations)
    refuse(destinations, host_problems("destinations", destinations.value.destinations, set(operators)))
    accounts = read("accounts.yaml", _Accounts)
    refuse(accounts, account_problems("accounts", accounts.value.accounts, set(operators)))
    return Registry(operators, destinations.value.destinations, accounts.value.accounts)
