"""Who can use the keys of a scan, in few words; `docs/custody.md` has them in full."""

from collections import Counter
from collections.abc import Iterable, Iterator

from scanner.model import Key, Principal
from scanner.report.text import printable

CUSTODY = {
    "none": "not encrypted",
    "provider_shared": "the provider's",
    "provider_managed": "the provider's",
    "customer_managed_in_provider_kms": "yours, with the provider",
    "customer_imported": "imported, with the provider",
    "provider_hsm": "module on its premises",
    "external_holder_not_established": "outside, holder not stated",
    "external_third_party": "outside, third party",
    "external_customer": "outside, yours",
    "client_side": "client side",
    "unknown": "not known",
}
"""By the word of the document."""

_MOST = 4


def opened(keys: Iterable[Key]) -> Iterator[str]:
    """A line on who outside the account may decrypt, and one on keys that are the same in several countries.

    Each says for how many keys that could not be read, or not wholly; without a line it was read for all of them.
    """
    outside: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    places: dict[str, set[str]] = {}
    for key in keys:
        unread.update(_unread(key))
        outside.update({_who(one) for one in key.decrypt_principals or () if one.external})
        if key.replicas:
            same = places.setdefault(key.id.rpartition("/")[2], set())
            countries = (key.country, *(copy.country for copy in key.replicas))
            same.update(country or "a country not known" for country in countries)
    abroad = Counter(" and ".join(sorted(same)) for same in places.values() if len(same) > 1)
    for label, found, fact, meaning in (
        ("also decrypts:", outside, "principals", "from outside the account, by how many keys"),
        ("one key for:", abroad, "replicas", "the same key in each, so that either can decrypt"),
    ):
        told = [f"{_counted(found)}   ({meaning})"] if found else []
        if unread[fact]:
            told.append(f"not known for {unread[fact]} {'key' if unread[fact] == 1 else 'keys'}")
        if told:
            yield f"  {label:14}  {'; '.join(told)}"


def _unread(key: Key) -> set[str]:
    """Which of the two was not read, or not to its end: a policy that was read and grants that were not are a part."""
    missing = {gap.fact for gap in key.gaps} & {"principals", "replicas"}
    if key.decrypt_principals is None:
        missing.add("principals")
    if key.replicas is None:
        missing.add("replicas")
    return missing


def _who(principal: Principal) -> str:
    if principal.operator:
        return f"{principal.operator} {principal.parent_country or ''}".strip()
    if principal.kind == "public":
        return "anybody" + (" on a condition" if principal.conditions else "")
    return printable(f"account {principal.account}, of nobody known" if principal.account else principal.id)


def _counted(counts: Counter[str]) -> str:
    shown = [f"{name} {count}" for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    return ", ".join(shown[:_MOST]) + (f", and {len(shown) - _MOST} more" if len(shown) > _MOST else "")
