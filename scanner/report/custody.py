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
    """A line on who outside the account may decrypt, and one on keys that are the same in several countries."""
    outside: Counter[str] = Counter()
    places: dict[str, set[str]] = {}
    for key in keys:
        outside.update({_who(one) for one in key.decrypt_principals or () if one.external})
        if key.replicas:
            same = places.setdefault(key.id.rpartition("/")[2], set())
            countries = (key.country, *(copy.country for copy in key.replicas))
            same.update(country or "a country not known" for country in countries)
    if outside:
        yield f"  also decrypts:  {_counted(outside)}   (from outside the account, by how many keys)"
    abroad = Counter(" and ".join(sorted(same)) for same in places.values() if len(same) > 1)
    if abroad:
        yield f"  one key for:    {_counted(abroad)}   (the same key in each, so that either can decrypt)"


def _who(principal: Principal) -> str:
    if principal.operator:
        return f"{principal.operator} {principal.parent_country or ''}".strip()
    if principal.kind == "public":
        return "anybody" + (" on a condition" if principal.conditions else "")
    return printable(f"account {principal.account}, of nobody known" if principal.account else principal.id)


def _counted(counts: Counter[str]) -> str:
    shown = [f"{name} {count}" for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    return ", ".join(shown[:_MOST]) + (f", and {len(shown) - _MOST} more" if len(shown) > _MOST else "")
