"""What a cloud says about its own addresses (`GET {arm}/metadata/endpoints`), and how much of it is believed.

The answer decides where credentials and tokens go, so it is believed only as far as it cannot lead them away from the
Resource Manager that the user chose; `docs/decisions/0023-azure-cloud-metadata.md` has the reasons. Pure.
"""

import re
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from scanner.errors import UsageError
from scanner.providers.azure.clouds import Cloud, endpoint, known_by_authority
from scanner.providers.azure.keyref import split
from scanner.providers.azure.members import text, values

PATH = "/metadata/endpoints?api-version=2022-09-01"
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


class NotBelievedError(Exception):
    """The answer is not one that may decide where credentials and tokens go; the text says why."""


def cloud_of(arm: str, answer: Any, authority: str, known: Cloud | None) -> Cloud:
    """The cloud that `arm` says it is. `authority`, when given, wins over the one in the answer.

    The answer is one object, or in older versions a list of all clouds of which one has this endpoint. `known`: the
    table's entry for this Resource Manager, whose name stays. NotBelievedError when the answer is not believed.
    """
    entry = _own(arm, answer)
    login = authority or _sign_in(arm, text(entry, "authentication.loginEndpoint"))
    audience = _audience(arm, [str(value) for value in values(entry, "authentication.audiences[]")], known)
    return Cloud(
        name=known.name if known is not None else text(entry, "name") or _host(arm),
        arm=arm,
        authority=login,
        scope=f"{audience.rstrip('/')}/.default",
        vault_suffix=_suffix(text(entry, "suffixes.keyVaultDns")),
        hsm_suffix=_suffix(text(entry, "suffixes.mhsmDns")),
        told_by=f"{arm}{PATH.partition('?')[0]}",
    )


def table_instead(known: Cloud, authority: str, why: str) -> Cloud:
    """The table's addresses of a cloud whose own answer could not be used."""
    told_by = f"table of known clouds, as {known.arm} did not tell: {why}"
    return replace(known, authority=authority or known.authority, told_by=told_by)


def _own(arm: str, answer: Any) -> Any:
    entries = answer if isinstance(answer, list) else [answer]
    addresses = [text(entry, "resourceManager") for entry in entries]
    mine = [entry for entry, address in zip(entries, addresses, strict=True) if _host(address) == _host(arm)]
    if not mine:
        named = ", ".join(address for address in addresses if address) or "none"
        raise NotBelievedError(f"it speaks of another Resource Manager ({named})")
    return mine[0]


def _sign_in(arm: str, named: str) -> str:
    """The sign-in that the answer names: one of a known cloud's, or one in the domain of the Resource Manager.

    Secrets are sent there. Whoever answers for a host that was mistyped must not have them.
    """
    try:
        login = endpoint(named, "sign-in authority") if named else ""
    except UsageError as error:
        raise NotBelievedError(str(error)) from None
    if not login:
        raise NotBelievedError("it names no sign-in authority")
    if known_by_authority(login) is None and not _together(_host(login), _host(arm)):
        raise NotBelievedError(f"the sign-in authority {login} is of no known cloud and in another domain than {arm}")
    return login


def _audience(arm: str, named: Sequence[str], known: Cloud | None) -> str:
    """What tokens are asked for: this Resource Manager and nothing else, as they are sent to it.

    An audience of another service would make its token a present to whoever answers here.
    """
    own = [one for one in named if _host(one) == _host(arm)]
    own += [one for one in named if known is not None and f"{one.rstrip('/')}/.default" == known.scope]
    own += [one for one in named if _together(_host(one), _host(arm))]
    if not own:
        raise NotBelievedError(f"none of its audiences ({', '.join(named) or 'it names none'}) is {arm}")
    return own[0]


def _suffix(named: str) -> str:
    """A vault suffix without its dot. The guard lets everything below it through, so a bare `net` is none."""
    suffix = named.lstrip(".").lower()
    if suffix and not _DOMAIN.fullmatch(suffix):
        raise NotBelievedError(f"'{named}' is no domain of key stores")
    return suffix


def _together(host: str, arm: str) -> bool:
    """Whether `host` is `arm`, or in the domain that `arm` is in. Numeric addresses are in no domain."""
    domain = arm.partition(".")[2]
    return host == arm or (bool(_DOMAIN.fullmatch(domain)) and (host == domain or host.endswith(f".{domain}")))


def _host(address: str) -> str:
    return split(address).netloc.lower().removesuffix(":443")
