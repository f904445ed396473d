"""Who is asking: azure-identity's usual chain, and what the token says about the one who won."""

import base64
import binascii
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import DefaultAzureCredential

from scanner.errors import CannotRunError
from scanner.providers.azure.clouds import Cloud
from scanner.providers.secrets import without_secrets

_AUTHORITY = "AZURE_AUTHORITY_HOST"
_TENANT_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_CLAIMS = {"oid": "object_id", "appid": "application_id", "azp": "application_id", "tid": "tenant_id", "upn": "user"}


class Credential:
    """The chain, asked for tokens of one tenant when one was chosen."""

    def __init__(self, chain: DefaultAzureCredential, tenant: str) -> None:
        self._chain = chain
        self._tenant = tenant

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        if self._tenant:
            options.setdefault("tenant_id", self._tenant)
        return self._chain.get_token(*scopes, **options)

    def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        asked: TokenRequestOptions = {**options} if options else {}
        if self._tenant:
            asked.setdefault("tenant_id", self._tenant)
        return self._chain.get_token_info(*scopes, options=asked)

    @property
    def winner(self) -> str:
        """Class of the credential that gave the token. The chain has no public word for it, so it may be missing."""
        won = getattr(self._chain, "_successful_credential", None)
        return type(won).__name__ if won is not None else "not established"

    def close(self) -> None:
        self._chain.close()


class SignInError(CannotRunError):
    """No token. `denied`: the authority, or every way to sign in, said no; otherwise it could not be asked."""

    def __init__(self, message: str, *, denied: bool) -> None:
        self.denied = denied
        super().__init__(message)


def chain_of(cloud: Cloud, transport: RequestsTransport) -> DefaultAzureCredential:
    """azure-identity's usual ways for `cloud`, in their order. Any tenant may be asked for a token: which ones are is
    decided by the user and by the list of tenants.

    Instance discovery is left out: which authority is right was settled before (`metadata`), and for one that it does
    not know the library would ask login.microsoftonline.com, which is not the cloud that is scanned. `transport` has
    the time limits: the library's own would wait for five minutes, four times over, for a silent authority.
    """
    with _authority_in_environment(cloud.authority):
        return DefaultAzureCredential(
            authority=cloud.authority,
            disable_instance_discovery=True,
            additionally_allowed_tenants=["*"],
            exclude_shared_token_cache_credential=True,
            exclude_visual_studio_code_credential=True,
            exclude_developer_cli_credential=True,
            exclude_powershell_credential=True,
            exclude_broker_credential=True,
            transport=transport,
            retry_read=0,
        )


def sign_in(credential: Credential, cloud: Cloud, tenant: str) -> dict[str, str]:
    """The identity of a token for `cloud`, of `tenant` when one is named; SignInError when there is none.

    A managed identity gives the token of its own tenant whatever it is asked for; that is no token of another one.
    """
    where = f" in the tenant {tenant}" if tenant else ""
    try:
        token = credential.get_token(cloud.scope)
    except ClientAuthenticationError as error:
        raise SignInError(
            f"No Azure sign-in worked for {cloud.scope} at {cloud.authority}{where}. Sign in with `az login`, or set"
            " AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or a federated token file), or run where a"
            f" managed identity is. azure-identity says: {_short(error)}",
            denied=True,
        ) from error
    except (AzureError, ValueError) as error:
        raise SignInError(
            f"{cloud.authority} could not be asked for a token{where}: {_short(error)}", denied=False
        ) from error
    identity = {"credential": credential.winner, **claims(token.token)}
    own = identity.get("tenant_id", "").lower()
    if own and _TENANT_ID.fullmatch(tenant.lower()) and own != tenant.lower():
        raise SignInError(
            f"{credential.winner} gave a token of the tenant {own} when it was asked for one of {tenant}.", denied=True
        )
    return identity


@contextmanager
def _authority_in_environment(authority: str) -> Iterator[None]:
    """The chain hands `authority` to some of its members only; workload identity takes it from the environment, and
    would show its federated token to Microsoft's public sign-in otherwise."""
    before = os.environ.get(_AUTHORITY)
    os.environ[_AUTHORITY] = authority
    try:
        yield
    finally:
        if before is None:
            del os.environ[_AUTHORITY]
        else:
            os.environ[_AUTHORITY] = before


def claims(token: str) -> dict[str, str]:
    """Who the token speaks for, by its own claims. They are read, not verified: Resource Manager does that."""
    parts = token.split(".")
    if len(parts) != 3:
        return {"claims": "the token is opaque"}
    try:
        payload = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError, ValueError):
        return {"claims": "the token is opaque"}
    if not isinstance(payload, dict):
        return {"claims": "the token is opaque"}
    said = {word: str(payload[name]) for name, word in _CLAIMS.items() if payload.get(name)}
    return {"claims": "read from the token, not verified", **said}


def _short(error: Exception) -> str:
    return without_secrets(" ".join(str(error).split()))[:600]
