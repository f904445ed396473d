"""Access tokens: opaque to the client, with tenant, audience and expiry here."""

import secrets
from threading import Lock

from msgspec import Struct

from scanner.demo.azure.arm_error import ArmError
from scanner.demo.azure.message import Clock


class Principal(Struct, frozen=True, kw_only=True):
    """Who a token speaks for."""

    tenant: str
    client: str
    object_id: str
    user: bool = False


class _Token(Struct, frozen=True, kw_only=True):
    principal: Principal
    audience: str
    expires: float


class Tokens:
    """The tokens that were issued. Methods may be called from several threads at once."""

    def __init__(self, clock: Clock, lifetime: int) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._issued: dict[str, _Token] = {}
        self._lock = Lock()

    def issue(self, principal: Principal, audience: str) -> tuple[str, int]:
        """A new token and its lifetime in seconds."""
        value = secrets.token_urlsafe(48)
        with self._lock:
            self._issued[value] = _Token(
                principal=principal, audience=_bare(audience), expires=self._clock() + self._lifetime
            )
        return value, self._lifetime

    def expire_all(self) -> None:
        """Let every token run out now, whatever the client was told."""
        with self._lock:
            self._issued = {
                value: _Token(principal=token.principal, audience=token.audience, expires=self._clock())
                for value, token in self._issued.items()
            }

    def authenticate(self, authorization: str | None, audiences: list[str], challenge: str) -> Principal:
        """Whose token an Authorization header holds; ArmError 401 as Resource Manager words it.

        `challenge`: the `authorization_uri` that the refusal names.
        """
        if not authorization:
            raise _unauthenticated(
                "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.", challenge
            )
        scheme, _, value = authorization.partition(" ")
        with self._lock:
            token = self._issued.get(value)
        if scheme.lower() != "bearer" or token is None:
            raise _unauthenticated("InvalidAuthenticationToken", "The access token is invalid.", challenge)
        if token.audience not in {_bare(audience) for audience in audiences}:
            raise _unauthenticated(
                "InvalidAuthenticationToken",
                f"The access token has been obtained for wrong audience or resource '{token.audience}'. It should"
                f" exactly match with one of the allowed audiences '{','.join(audiences)}'.",
                challenge,
            )
        if token.expires <= self._clock():
            raise _unauthenticated(
                "ExpiredAuthenticationToken", "The access token expiry UTC time has passed.", challenge
            )
        return token.principal


def _bare(audience: str) -> str:
    return audience.rstrip("/").lower()


def _unauthenticated(code: str, message: str, challenge: str) -> ArmError:
    header = f'Bearer authorization_uri="{challenge}", error="invalid_token", error_description="{message}"'
    return ArmError(401, code, message, headers={"WWW-Authenticate": header})
