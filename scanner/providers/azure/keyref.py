"""The many ways to name a key, brought to one: `https://HOST/keys/NAME[/VERSION]`, or an ARM id in lower case."""

import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from scanner.providers.azure import armid
from scanner.providers.azure.declaration import KeyPaths
from scanner.providers.azure.members import text, values


class KeyName(Struct, frozen=True, kw_only=True):
    """A reference taken apart. `host` is empty when only the vault's ARM id is known."""

    host: str
    vault_id: str
    name: str
    version: str


def references(body: Any, paths: KeyPaths, vault_suffix: str) -> list[str]:
    """Every key that `body` names at `paths`, in the one spelling and without doubles."""
    found: list[str] = []
    for element in values(body, paths.each) if paths.each else [body]:
        found.extend(_one_form(element, paths, vault_suffix))
    return list(dict.fromkeys(found))


def _one_form(body: Any, paths: KeyPaths, vault_suffix: str) -> list[str]:
    if paths.set:
        return [armid.canonical(str(value)) for value in values(body, paths.set) if str(value)]
    if paths.uri and (addresses := [str(value) for value in values(body, paths.uri) if str(value)]):
        return [normalise_uri(one) for one in addresses]
    if paths.packed and (packed := unpack(text(body, paths.packed), vault_suffix)):
        return [packed]
    name, version = text(body, paths.name), text(body, paths.version)
    if not name:
        return []
    if vault := text(body, paths.vault):
        return [address(_host(vault), name, version)]
    if vault_id := text(body, paths.vault_id):
        return [f"{armid.canonical(vault_id)}/keys/{name.lower()}" + (f"/{version}" if version else "")]
    return []


def normalise_uri(written: str) -> str:
    """Lower-case host without the default port, no slash at the end; what is no key's address stays as it is."""
    parts = split(written.strip())
    segments = [segment for segment in parts.path.split("/") if segment]
    if not parts.netloc or len(segments) < 2 or segments[0].lower() != "keys":
        return written.strip()
    return address(_host(written), segments[1], segments[2] if len(segments) > 2 else "")


def unpack(packed: str, vault_suffix: str) -> str:
    """SQL's `VAULT_KEY_VERSION` as an address; empty when it is not one. A key's name holds no underscore."""
    match = re.fullmatch(r"([A-Za-z0-9.-]+)_([A-Za-z0-9-]+)_([0-9A-Fa-f]{32})", packed)
    if match is None:
        return ""
    vault = match[1].lower()
    host = vault if "." in vault else f"{vault}.{vault_suffix}" if vault_suffix else ""
    return address(host, match[2], match[3]) if host else ""


def parse(reference: str) -> KeyName | None:
    """A reference in the one spelling taken apart; None for a disk encryption set and for anything unreadable."""
    if match := re.fullmatch(
        r"(/subscriptions/.+/providers/microsoft\.keyvault/[^/]+/[^/]+)/keys/([^/]+)(?:/([^/]+))?", reference
    ):
        return KeyName(host="", vault_id=match[1], name=match[2], version=match[3] or "")
    parts = split(reference)
    segments = parts.path.strip("/").split("/")
    if not parts.netloc or len(segments) < 2 or segments[0] != "keys":
        return None
    return KeyName(host=parts.netloc, vault_id="", name=segments[1], version=segments[2] if len(segments) > 2 else "")


def split(address: str) -> SplitResult:
    """The parts of an address; what is none (half a bracket, an odd letter for a dot) is a path and has no host."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", address, "", "")


def _host(written: str) -> str:
    parts = split(written.strip() if "://" in written else f"https://{written.strip()}")
    return parts.netloc.lower().removesuffix(":443")


def address(host: str, name: str, version: str = "") -> str:
    """The one spelling; stores compare names and versions without regard to letter case."""
    return f"https://{host}/keys/{name.lower()}" + (f"/{version.lower()}" if version else "")
