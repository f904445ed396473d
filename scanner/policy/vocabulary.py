"""The names a pack's conditions can use, and what each of them is."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from scanner.model import Assurance
from scanner.policy.pack import Pack
from scanner.policy.schema import ATTESTATION_PREFIX, BOOL, COUNTRIES, RECORDS, SCHEMA, STRINGS, FactType

PARAMETER_PREFIX = "params."
SET_PREFIX = "sets."


class Vocabulary(Struct, frozen=True):
    """Facts come from the subject; settings (parameters and sets) are the same for every subject."""

    facts: Mapping[str, FactType]
    settings: Mapping[str, FactType]
    countries: Mapping[str, str] = {}
    """Codes that a country may be compared with, by themselves and by what else people write for one, in capitals;
    empty where they are not at hand."""

    def __contains__(self, name: str) -> bool:
        return name in self.facts or name in self.settings

    def __getitem__(self, name: str) -> FactType:
        return self.facts[name] if name in self.facts else self.settings[name]

    def country_problem(self, text: str) -> str:
        """Why `text` is not the code of a country; empty when it is one."""
        if not self.countries or self.countries.get(text) == text:
            return ""
        meant = self.countries.get(text.strip().upper())
        return f"'{text}' is the code of no country (ISO 3166 alpha-2)" + (
            f"; did you mean '{meant}'?" if meant else ""
        )

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.facts, *self.settings)

    @property
    def roots(self) -> frozenset[str]:
        """First words of all names; a loop variable of the same name would hide them."""
        return frozenset(name.partition(".")[0] for name in self.names)

    def is_record_list(self, name: str | None) -> bool:
        return name is not None and name in self.facts and self.facts[name].type == RECORDS


def vocabulary(pack: Pack, sets: Iterable[str], countries: Mapping[str, str] = {}) -> Vocabulary:
    """The fact schema with the pack's attestations and parameters, the named country sets and the known countries."""
    attested = {
        ATTESTATION_PREFIX + name: FactType(type=BOOL, doc=doc, assurance=Assurance.DECLARED)
        for name, doc in pack.attestations.items()
    }
    parameters = {
        PARAMETER_PREFIX + name: FactType(
            type=STRINGS if parameter.type == COUNTRIES else parameter.type, doc=parameter.doc
        )
        for name, parameter in pack.parameters.items()
    }
    named = {SET_PREFIX + name: FactType(type=STRINGS, doc=f"the country set {name}") for name in sets}
    return Vocabulary(facts=SCHEMA | attested, settings=parameters | named, countries=countries)
