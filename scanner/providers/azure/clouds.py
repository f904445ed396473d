"""Which Azure this is: the addresses of Resource Manager, of sign-in and of vaults, and the name of the partition."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from scanner.errors import CannotRunError, UsageError
from scanner.providers.azure.keyref import split
from scanner.providers.azure.members import text, values
from scanner.strictyaml import load_file

METADATA_PATH = "/metadata/endpoints?api-version=2022-09-01"


class Cloud(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    """Partition: the cloud's own name; for a cloud that gives none, the host of its Resource Manager."""
    arm: str
    authority: str
    scope: str
    vault_suffix: str
    """Host suffix of vaults, without the dot; empty when the cloud does not say."""
    hsm_suffix: str

    @property
    def suffixes(self) -> tuple[str, ...]:
        return tuple(f".{suffix}" for suffix in (self.vault_suffix, self.hsm_suffix) if suffix)


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: str
    as_of: str
    confirmed: bool
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
    return next((cloud for cloud in known_clouds() if cloud.authority == authority), None)


def from_metadata(arm: str, answer: Any, authority: str) -> Cloud:
    """The cloud that `arm` says it is. `authority`, when given, wins over the one in the answer.

    The answer is one object, or in older versions a list of all clouds of which one has this endpoint.
    """
    entries = answer if isinstance(answer, list) else [answer]
    mine = [entry for entry in entries if _host(text(entry, "resourceManager")) == _host(arm)]
    entry = mine[0] if mine else entries[0] if len(entries) == 1 else None
    login = authority or (endpoint(text(entry, "authentication.loginEndpoint"), "sign-in authority") if entry else "")
    audiences = [str(value) for value in values(entry, "authentication.audiences[]")]
    if entry is None or not login or not audiences:
        raise CannotRunError(
            f"{arm}{METADATA_PATH} does not say where to sign in for this cloud. Give --authority, and check that"
            " --arm-endpoint is the address of an Azure Resource Manager."
        )
    audience = next((one for one in audiences if _host(one) == _host(arm)), audiences[0])
    return Cloud(
        name=text(entry, "name") or _host(arm),
        arm=arm,
        authority=login,
        scope=f"{audience.rstrip('/')}/.default",
        vault_suffix=text(entry, "suffixes.keyVaultDns").lstrip(".").lower(),
        hsm_suffix=text(entry, "suffixes.mhsmDns").lstrip(".").lower(),
    )


def _host(address: str) -> str:
    return split(address).netloc.lower()
