"""How a resource says it is encrypted: the decision order of `EncryptionRule`, on answers that may be incomplete."""

from scanner.model import EncryptionState, Gap, GapReason, KeyOwner, ObservedEncryption
from scanner.providers.aws.arn import is_aws_managed_alias, key_reference
from scanner.providers.aws.catalog import Catalog, EncryptionRule, NoKey, State
from scanner.providers.aws.expression import Document

_Meaning = tuple[EncryptionState, KeyOwner]

_NO_KEY: dict[NoKey, _Meaning] = {
    NoKey.AWS_OWNED: (EncryptionState.ENCRYPTED, KeyOwner.PROVIDER_SHARED),
    NoKey.AWS_MANAGED: (EncryptionState.ENCRYPTED, KeyOwner.PROVIDER_MANAGED),
    NoKey.PLAIN: (EncryptionState.PLAIN, KeyOwner.NOBODY),
    NoKey.INHERITED: (EncryptionState.INHERITED, KeyOwner.NOBODY),
    NoKey.NOT_APPLICABLE: (EncryptionState.NOT_APPLICABLE, KeyOwner.NOBODY),
    NoKey.INVISIBLE: (EncryptionState.UNKNOWN, KeyOwner.UNKNOWN),
    NoKey.UNKNOWN: (EncryptionState.UNKNOWN, KeyOwner.UNKNOWN),
}

_UNKNOWN: _Meaning = (EncryptionState.UNKNOWN, KeyOwner.UNKNOWN)


class Place:
    """Where a resource is, which is where a bare key id means a key."""

    def __init__(self, partition: str, region: str, account: str) -> None:
        self.partition = partition
        self.region = region
        self.account = account

    def key(self, text: str) -> str | None:
        return key_reference(text, partition=self.partition, region=self.region, account=self.account)


def encryption_of(
    rule: EncryptionRule, document: Document, catalog: Catalog, place: Place
) -> tuple[ObservedEncryption, tuple[Gap, ...]]:
    """The encryption of one resource, with gaps for what could not be read or is not understood."""
    gaps = list(document.missing("encryption.key", rule.key))
    state_gaps = document.missing("encryption.state", rule.state)
    gaps += state_gaps
    keys, owners, key_gaps = _keys(rule, document, catalog, place)
    gaps += key_gaps
    others, other_gaps = _other_keys(rule, document, catalog, place)
    meaning, meaning_gaps = _meaning(rule, document, owners, unread=bool(gaps))
    state, owner = meaning
    return (
        ObservedEncryption(state=state, owner=owner, keys=tuple(keys), other_keys=others),
        (*gaps, *other_gaps, *meaning_gaps),
    )


def _keys(
    rule: EncryptionRule, document: Document, catalog: Catalog, place: Place
) -> tuple[list[str], set[KeyOwner], list[Gap]]:
    """Keys the resource names, as ARNs, and whose they are where the name alone tells."""
    keys: list[str] = []
    owners: set[KeyOwner] = set()
    gaps: list[Gap] = []
    for text in dict.fromkeys(document.texts(rule.key)):
        word = catalog.literal(text)
        if word is not None:
            owners.add(_NO_KEY[word][1])
            continue
        reference = place.key(text)
        if reference is None:
            gaps.append(_gap(GapReason.UNSUPPORTED, f"'{text}' is not understood as a key"))
        elif is_aws_managed_alias(reference):
            owners.add(KeyOwner.PROVIDER_MANAGED)
        else:
            keys.append(reference)
            owners.add(KeyOwner.REFERENCED)
    return keys, owners, gaps


def _other_keys(
    rule: EncryptionRule, document: Document, catalog: Catalog, place: Place
) -> tuple[dict[str, str], list[Gap]]:
    others: dict[str, str] = {}
    gaps: list[Gap] = []
    for purpose, path in rule.other_keys.items():
        fact = f"encryption.other_keys.{purpose}"
        gaps += document.missing(fact, path)
        for number, text in enumerate(dict.fromkeys(document.texts(path)), start=1):
            reference = place.key(text)
            if catalog.literal(text) is not None or (reference is not None and is_aws_managed_alias(reference)):
                continue
            if reference is None:
                gaps.append(_gap(GapReason.UNSUPPORTED, f"'{text}' is not understood as a key", fact))
            else:
                others[purpose if number == 1 else f"{purpose}_{number}"] = reference
    return others, gaps


def _meaning(
    rule: EncryptionRule, document: Document, owners: set[KeyOwner], *, unread: bool
) -> tuple[_Meaning, list[Gap]]:
    """State and key owner. The weakest of several parts counts: plain first, then the provider's own key."""
    values = document.texts(rule.state)
    states = {rule.states.get(value, State.UNKNOWN) for value in values}
    if len(values) > 1:
        # Each value is a part with a key of its own or none, so a key that is named speaks for its part only.
        owners = owners | {_BY_STATE[state][1] for state in states & _AWS_KEYS}
    if not values and rule.state and not unread and rule.state_absent is not None:
        states = {rule.state_absent}
    if State.PLAIN in states:
        return (EncryptionState.PLAIN, KeyOwner.NOBODY), []
    if unread:
        # A part is missing, and it may be the weaker one. That it is encrypted at all may still be certain.
        certain = rule.always or bool(owners) or bool(states & _ENCRYPTED)
        return (EncryptionState.ENCRYPTED if certain else EncryptionState.UNKNOWN, KeyOwner.UNKNOWN), []
    if len(values) > 1 and State.UNKNOWN in states and owners:
        return (EncryptionState.ENCRYPTED, KeyOwner.UNKNOWN), [_unknown_word(rule, values, "encryption.key")]
    for weakest in (KeyOwner.PROVIDER_SHARED, KeyOwner.PROVIDER_MANAGED, KeyOwner.REFERENCED):
        if weakest in owners:
            return (EncryptionState.ENCRYPTED, weakest), []
    if State.UNKNOWN in states:
        return _UNKNOWN, [_unknown_word(rule, values, "encryption.state")]
    for state, meaning in _BY_STATE.items():
        if state in states:
            return meaning, []
    if states & _ENCRYPTED:
        return _encrypted_without_a_key(rule)
    if rule.state and State.SEE_KEY not in states and not rule.always:
        return _UNKNOWN, [_gap(GapReason.INVISIBLE, f"the answer has no {rule.state}", "encryption.state")]
    return _encrypted_without_a_key(rule) if rule.always else _as_no_key_says(rule)


_ENCRYPTED = frozenset({State.KMS, State.ENCRYPTED, State.CLOUDHSM, State.XKS, State.AWS_OWNED, State.AWS_MANAGED})

_AWS_KEYS = frozenset({State.AWS_OWNED, State.AWS_MANAGED})

_BY_STATE: dict[State, _Meaning] = {
    State.AWS_OWNED: (EncryptionState.ENCRYPTED, KeyOwner.PROVIDER_SHARED),
    State.AWS_MANAGED: (EncryptionState.ENCRYPTED, KeyOwner.PROVIDER_MANAGED),
    State.INHERITED: (EncryptionState.INHERITED, KeyOwner.NOBODY),
    State.NOT_APPLICABLE: (EncryptionState.NOT_APPLICABLE, KeyOwner.NOBODY),
}
"""States that decide by themselves, the weakest first."""


def _encrypted_without_a_key(rule: EncryptionRule) -> tuple[_Meaning, list[Gap]]:
    """Encrypted for certain, and no key is named: one of AWS's, if that is what `no_key` says."""
    if rule.no_key in (NoKey.AWS_OWNED, NoKey.AWS_MANAGED):
        return _NO_KEY[rule.no_key], []
    return (EncryptionState.ENCRYPTED, KeyOwner.UNKNOWN), [_gap(GapReason.INVISIBLE, "no API shows with which key")]


def _as_no_key_says(rule: EncryptionRule) -> tuple[_Meaning, list[Gap]]:
    meaning = _NO_KEY[rule.no_key]
    if meaning == _UNKNOWN:
        return meaning, [_gap(GapReason.INVISIBLE, "no API shows whether and with which key", "encryption.state")]
    return meaning, []


def _unknown_word(rule: EncryptionRule, values: list[str], fact: str) -> Gap:
    words = sorted({value for value in values if rule.states.get(value, State.UNKNOWN) is State.UNKNOWN})
    return _gap(GapReason.UNSUPPORTED, f"the catalog has no meaning for '{', '.join(words)}'", fact)


def _gap(reason: GapReason, detail: str, fact: str = "encryption.key") -> Gap:
    return Gap(fact=fact, reason=reason, detail=detail)
