"""Pseudonyms for what names a customer. The same text gets the same pseudonym wherever it stands.

A pseudonym is a keyed digest (HMAC-SHA256), so that nobody without the key can try out names. Identifiers keep their
structure: partition, service, region and the kinds of thing in an ARN or an ARM id are the provider's words.
"""

import hashlib
import hmac
import re
import secrets
from functools import lru_cache
from pathlib import Path

from scanner.endless import read_key_file
from scanner.errors import UsageError

SHORTEST_KEY = 16


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ARN = re.compile(r"arn:([a-z-]*):([a-z0-9-]*):([a-z0-9-]*):([^:]*):(.*)", re.DOTALL)
_URL = re.compile(r"([a-z][a-z0-9+.-]*)://([^/]*)(.*)", re.DOTALL)
_SERVICE = re.compile(r"[a-z0-9-]+\.amazonaws\.com")
_NAMESPACE = re.compile(r"microsoft\.[a-z]+", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]+")
_NOTHING_OF_THEIRS = frozenset({"", "*", "scan", "root", "DEFAULT"})
_ARM = frozenset({"subscriptions", "resourcegroups", "providers"})

_KINDS = words(
    "access-point alias backup-vault bucket cluster cluster-snapshot datastore db deliverystream distribution domain "
    "file-system function index instance key key-store layer log-group log-stream model recovery-point repository role "
    "secret snapshot stack stream table topic user volume assumed-role"
)
"""First parts of an ARN's last field that say what kind of thing follows."""


class Pseudonyms:
    """Stable for one key. Without a key, a new one for every report: two reports cannot be joined."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)
        self.atom = lru_cache(maxsize=100_000)(self._atom)

    def digest(self, text: str) -> str:
        return hmac.new(self._key, text.casefold().encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def _atom(self, text: str) -> str:
        """A pseudonym for one name; case does not count, because Azure writes one id in several."""
        return text if text in _NOTHING_OF_THEIRS else f"anon-{self.digest(text)[:12]}"

    def text(self, text: str) -> str:
        """A pseudonym for a whole sentence, in which anything may be named."""
        return f"text-{self.digest(text)[:12]}" if text else ""

    def identifier(self, text: str) -> str:
        """An ARN, ARM id, address or name with the provider's words left in it."""
        if _SERVICE.fullmatch(text):
            return text
        if found := _ARN.fullmatch(text):
            partition, service, region, account, rest = found.groups()
            return f"arn:{partition}:{service}:{region}:{self.atom(account)}:{self._parts(rest, _KINDS)}"
        if found := _URL.fullmatch(text):
            scheme, host, path = found.groups()
            return f"{scheme}://{self.atom(host)}{self._parts(path, frozenset())}"
        if text.startswith("account:"):
            return f"account:{self.atom(text.removeprefix('account:'))}"
        if text.casefold().startswith("/subscriptions/"):
            return self._arm(text)
        return self._parts(text, frozenset())

    def _parts(self, text: str, kinds: frozenset[str]) -> str:
        """Each part between slashes and colons by itself, so that a name is the same alone and in an identifier."""
        parts = re.split(r"([/:])", text)
        kept = 1 if len(parts) > 1 and parts[0] in kinds else 0
        return "".join(
            part if index < kept or part in ("/", ":") else self.atom(part) for index, part in enumerate(parts)
        )

    def _arm(self, text: str) -> str:
        """`/subscriptions/ID/resourceGroups/NAME/providers/NAMESPACE/TYPE/NAME/…`: types and names take turns."""
        done, parts, kind_next = [], text.split("/"), True
        for index, part in enumerate(parts):
            if index and parts[index - 1].casefold() == "providers" and _NAMESPACE.fullmatch(part):
                done.append(part)
                kind_next = True
            elif not part:
                done.append(part)
            elif kind_next and (part.casefold() in _ARM or ("providers" in text.casefold() and _WORD.fullmatch(part))):
                done.append(part)
                kind_next = False
            else:
                done.append(self.atom(part))
                kind_next = True
        return "/".join(done)


def read_key(path: Path) -> bytes:
    """The secret in a file; UsageError when it cannot be read or is too short to keep a secret."""
    key = read_key_file(path).strip()
    if len(key) < SHORTEST_KEY:
        raise UsageError(f"{path} holds {len(key)} bytes; a key for pseudonyms has {SHORTEST_KEY} at least.")
    return key
