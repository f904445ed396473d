"""The facts a condition may name: name, CEL type, allowed words, and how strong a fact read this way is.

This table is the contract between assessment, which binds the facts, and policies, which ask for them. A fact that
could not be established is left unbound, and CEL's error-absorbing logic then yields strong Kleene logic. See
`docs/decisions/0002-cel-with-unbound-facts.md`.
"""

from collections.abc import Mapping

from msgspec import Struct

from scanner.model import Assurance, Custody, EncryptionState, HealthLevel, Holds

STRING, BOOL, INT, STRINGS, RECORDS = "string", "bool", "int", "list<string>", "list<record>"
COUNTRIES = "list<country>"
"""Of parameters only: a list of texts, each the code of a country."""
LISTS = (STRINGS, COUNTRIES)


class FactType(Struct, frozen=True, kw_only=True):
    """One fact's declaration."""

    type: str
    doc: str
    words: tuple[str, ...] = ()
    """The only values a string fact can have; comparing it with another word is an error at load."""
    fields: tuple[str, ...] = ()
    """Fields of an element, for lists of records. Fields are strings; what is not established is left out."""
    field_words: Mapping[str, tuple[str, ...]] = {}
    """The only values of a field, where it has a fixed vocabulary."""
    assurance: Assurance = Assurance.PROVEN
    """Strength of this fact when it was read in the usual way; a subject may lower it."""


def _words(enum: type[Custody] | type[EncryptionState] | type[HealthLevel] | type[Holds]) -> tuple[str, ...]:
    """Values that a bound fact can have. `unknown` is none: what is not established is left unbound."""
    return tuple(member.value for member in enum if member.value != "unknown")


_EXPOSURE = ("law", "country", "via", "strength", "status")
_EXPOSURE_WORDS = {
    "via": ("parent", "entity", "operator", "subsidiary", "minority", "technology"),
    "strength": ("established", "exercised", "arguable", "technology_only"),
}
_CERTIFICATE_STATUS = (
    "certified",
    "qualified",
    "eligible",
    "in_progress",
    "claimed",
    "self_assessed",
    "not_certified",
    "not_eligible",
)
_INDICATED = Assurance.INDICATED
_DECLARED = Assurance.DECLARED

SCHEMA: dict[str, FactType] = {
    "resource.id": FactType(type=STRING, doc="ARN or ARM id"),
    "resource.type": FactType(type=STRING, doc="catalog id, such as s3.bucket"),
    "resource.category": FactType(type=STRING, doc="catalog category, such as object, database, backup"),
    "resource.holds": FactType(type=STRING, doc="what the type keeps", words=_words(Holds)),
    "resource.provider": FactType(type=STRING, doc="aws, azure"),
    "resource.partition": FactType(type=STRING, doc="aws, aws-eusc, AzureCloud"),
    "resource.region": FactType(type=STRING, doc="the provider's region code"),
    "resource.name": FactType(type=STRING, doc="name given by the customer"),
    "resource.is_store": FactType(type=BOOL, doc="keeps data at rest itself"),
    "resource.provider_sees_plaintext": FactType(
        type=BOOL, doc="a service run by the operator decrypts the data while it works", assurance=_INDICATED
    ),
    "location.country": FactType(type=STRING, doc="country of the machines, ISO 3166 alpha-2"),
    "operator.id": FactType(type=STRING, doc="entry of the operator table", assurance=_INDICATED),
    "operator.country": FactType(type=STRING, doc="seat of the operating entity", assurance=_INDICATED),
    "operator.parent_country": FactType(type=STRING, doc="seat of its ultimate parent", assurance=_INDICATED),
    "operator.exposure": FactType(
        type=RECORDS,
        doc="third-country laws that reach the operator",
        fields=_EXPOSURE,
        field_words=_EXPOSURE_WORDS,
        assurance=_INDICATED,
    ),
    "operator.certifications": FactType(
        type=RECORDS,
        doc="certificates recorded for the operator's offer",
        fields=("scheme", "status", "version", "confirmed"),
        field_words={"status": _CERTIFICATE_STATUS, "confirmed": ("true", "false")},
        assurance=_INDICATED,
    ),
    "data.health": FactType(
        type=STRING, doc="how sure it is that this is health data", words=_words(HealthLevel), assurance=_INDICATED
    ),
    "data.classification": FactType(
        type=STRING, doc="classification tag of the account, normalised; empty when there is none", assurance=_DECLARED
    ),
    "data.declared_none": FactType(
        type=BOOL,
        doc="a tag, or a statement about the account, says that there is no health data, whatever other signs say",
        assurance=_DECLARED,
    ),
    "data.signals": FactType(
        type=RECORDS,
        doc="signs of health data",
        fields=("family", "strength", "rule"),
        field_words={
            "family": ("tag", "name", "service", "schema", "discovery", "content", "neighbour", "statement"),
            "strength": ("declaration", "strong", "medium", "weak"),
        },
        assurance=_INDICATED,
    ),
    "data.content_examined": FactType(
        type=BOOL,
        doc="a discovery service spoke of the content, or a permitted sample showed a sign: a part of the content in "
        "either case; false otherwise, also for a sample without a sign",
        assurance=_INDICATED,
    ),
    "encryption.state": FactType(type=STRING, doc="encryption at rest", words=_words(EncryptionState)),
    "encryption.at_rest": FactType(type=BOOL, doc="true when encrypted, false when plain"),
    "key.id": FactType(type=STRING, doc="deciding key; empty when none of the account's"),
    "key.custody": FactType(type=STRING, doc="who can use the key", words=_words(Custody)),
    "key.region": FactType(type=STRING, doc="region of the key"),
    "key.country": FactType(type=STRING, doc="country of the key material", assurance=_INDICATED),
    "key.replicas": FactType(
        type=RECORDS, doc="places with the same key material", fields=("region", "country", "account")
    ),
    "key.holder": FactType(type=STRING, doc="operator that holds the material", assurance=_DECLARED),
    "key.holder_country": FactType(type=STRING, doc="country where the holder keeps it", assurance=_DECLARED),
    "key.holder_parent_country": FactType(type=STRING, doc="seat of the holder's parent", assurance=_DECLARED),
    "key.holder_exposure": FactType(
        type=RECORDS,
        doc="third-country laws that reach the holder",
        fields=_EXPOSURE,
        field_words=_EXPOSURE_WORDS,
        assurance=_DECLARED,
    ),
    "key.decrypt_principals": FactType(
        type=RECORDS,
        doc="who outside the account may decrypt",
        fields=("id", "kind", "account", "via", "operator", "parent_country", "restrained"),
        field_words={
            "kind": ("account", "service", "public", "federated", "identity"),
            "via": ("policy", "grant", "role"),
            "restrained": ("true", "false"),
        },
    ),
    "alongside.operator": FactType(type=BOOL, doc="one operator holds data and key", assurance=_INDICATED),
    "alongside.parent": FactType(
        type=BOOL,
        doc="one company, or two under the same ultimate parent, hold data and key",
        assurance=_INDICATED,
    ),
    "alongside.exposure": FactType(
        type=BOOL, doc="one established third-country law reaches data and key", assurance=_INDICATED
    ),
    "alongside.account": FactType(type=BOOL, doc="data and key are in one account"),
    "alongside.region": FactType(type=BOOL, doc="data and key are in one region"),
    "copies": FactType(
        type=RECORDS,
        doc="copies and flows inside the cloud",
        fields=("kind", "target", "region", "country", "account", "operator", "direction", "extent"),
        field_words={"direction": ("in", "out"), "extent": ("place", "worldwide")},
    ),
    "egress": FactType(
        type=RECORDS,
        doc="destinations outside the cloud",
        fields=("kind", "target", "operator", "country", "parent_country"),
        assurance=_INDICATED,
    ),
    "retention.limited": FactType(type=BOOL, doc="the provider deletes by itself after some time"),
    "retention.days": FactType(type=INT, doc="days until the provider deletes by itself"),
    "coverage.complete": FactType(type=BOOL, doc="every unit in scope was read completely; unbound otherwise"),
    "results": FactType(
        type=RECORDS,
        doc="results of the other controls over the whole scan; an unknown one has no status",
        fields=("control", "status"),
        field_words={"status": ("pass", "fail", "not_applicable")},
        assurance=_DECLARED,
    ),
}
"""Facts of every subject. A scan-wide subject binds only `coverage.*`, `results`, `operator.*` and attestations."""

ATTESTATION_PREFIX = "attestation."
"""`attestation.NAME` is a bool that a pack declares and a user's statement binds; its assurance is `declared`."""


class Provenance(Struct, frozen=True, kw_only=True, gc=False):
    """Where the value of a fact comes from."""

    source: str
    assurance: Assurance
    confirmed: bool = True
    as_of: str = ""
