"""Tokens and clients by tenant: each subscription is read with a token of a tenant that shows it.

A tenant is entered when a token for it was given. The first one answers for whatever belongs to no subscription.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from azure.identity import DefaultAzureCredential
from msgspec import Struct

from scanner.providers.azure.call import Client
from scanner.providers.azure.clouds import Cloud
from scanner.providers.azure.credential import Credential, SignInError, sign_in


class Closing(Client, Protocol):
    """A client as far as it is used and let go here."""

    def close(self) -> None: ...


class TenantClients(Struct, frozen=True, kw_only=True):
    """The clients that show one tenant's tokens. None for data planes that are not asked."""

    credential: Credential
    arm: Closing
    vault: Closing | None
    hsm: Closing | None
    purview: Closing | None


class Tenants:
    """The tenants that were entered. Entering is for one thread, before the scan; the rest is safe for several."""

    def __init__(
        self,
        cloud: Cloud,
        chain: DefaultAzureCredential,
        clients: Callable[[Credential], TenantClients],
        asked: Sequence[str],
    ) -> None:
        """Enter the tenants `asked` for, or the one that the sign-in leads to by itself; SignInError when none can be
        entered."""
        self._cloud = cloud
        self._chain = chain
        self._make = clients
        self._clients: dict[str, TenantClients] = {}
        self._through: dict[str, str] = {}
        self.identities: dict[str, Mapping[str, str]] = {}
        """Who was signed in, by the tenant as it was asked for; the first is empty when none was."""
        self.refused: dict[str, SignInError] = {}
        """Tenants that were asked for and gave no token."""
        for one in dict.fromkeys(asked or ("",)):
            self.enter(one)
        if not self._clients:
            self.close()
            raise next(iter(self.refused.values()))

    def enter(self, tenant: str) -> bool:
        """Ask for a token of `tenant`; False, and an entry in `refused`, when there is none."""
        credential = Credential(self._chain, tenant)
        try:
            self.identities[tenant] = sign_in(credential, self._cloud, tenant)
        except SignInError as error:
            self.refused[tenant] = error
            return False
        self._clients[tenant] = self._make(credential)
        return True

    def read_through(self, subscription: str, tenant: str) -> None:
        """From here on `subscription` is read with the token of `tenant`."""
        self._through[subscription] = tenant

    def arm(self, account: str) -> Client:
        """See `scanner.providers.azure.call.Clients`."""
        return self._of(account).arm

    def vault(self, account: str) -> Client:
        found = self._of(account).vault
        assert found is not None, "asked only where the data plane is"
        return found

    def hsm(self, account: str) -> Client:
        found = self._of(account).hsm
        assert found is not None, "asked only where the data plane is"
        return found

    def credential(self, account: str) -> Credential:
        """What gives the tokens with which a subscription is read, for a client of its own."""
        return self._of(account).credential

    def purview(self, account: str) -> Client:
        found = self._of(account).purview
        assert found is not None, "asked only where the data plane is"
        return found

    def _of(self, account: str) -> TenantClients:
        tenant = self._through.get(account, account)
        return self._clients[tenant] if tenant in self._clients else next(iter(self._clients.values()))

    def close(self) -> None:
        """Release connections."""
        for clients in self._clients.values():
            for client in (clients.arm, clients.vault, clients.hsm, clients.purview):
                if client is not None:
                    client.close()
        self._chain.close()
