"""Which Azure this is: the addresses of Resource Manager, of sign-in and of vaults, and the name of the partition."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from msgspec import Struct

from scanner.errors import UsageError
from scanner.providers.azure.keyref import split
from scanner.strictyaml import load_file


class Cloud(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    """Partition: the cloud's own name; for a cloud that gives none, the host of its Resource Manager."""
    arm: str
    authority: str
    authorities: tuple[str, ...] = ()
    """Further addresses of the cloud's sign-in."""
    scope: str
    vault_suffix: str
    """Host suffix of vaults, without the dot; empty when the cloud does not say."""
    hsm_suffix: str
    confirmed: bool = True
    """Of the table: the addresses were read in a document or a library of Microsoft's, so that they may stand in for
    an answer that does not come."""
    told_by: str = ""
    """Where the addresses are from, for the scan's header."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        return tuple(f".{suffix}" for suffix in (self.vault_suffix, self.hsm_suffix) if suffix)


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: str
    as_of: str
    clouds: list[Cloud]


@cache
def known_clouds() -> Sequence[Cloud]:
    path = Path(__file__).with_name("clouds.yaml")
    return load_file(path, _File, path.name).value.clouds


def endpoint(address: str, what: str) -> str:
    """An https address without path; UsageError for anything else."""
    written = address if "://" in address else f"https://{address}"
    parts = split(written)
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query or parts.username:
        raise UsageError(f"The {what} '{address}' is not an https address such as https://management.azure.com.")
    return f"https://{parts.netloc.lower()}"


def known_by_endpoint(arm: str) -> Cloud | None:
    return next((cloud for cloud in known_clouds() if cloud.arm == arm), None)


def known_by_authority(authority: str) -> Cloud | None:
    return next((cloud for cloud in known_clouds() if authority in (cloud.authority, *cloud.authorities)), None)
