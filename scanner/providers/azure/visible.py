"""Which subscriptions can be seen, in which tenants, and which tenants could not be asked.

A token shows the subscriptions of its own tenant and those that are delegated to it (Azure Lighthouse). The list of
tenants that a sign-in may enter has the others; an application is told its own only, and enters others when they are
named.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from scanner.errors import CannotRunError
from scanner.model import CoverageState, GapReason
from scanner.providers.azure.call import Json, Reader, Tally
from scanner.providers.azure.members import text, values
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.tenants import Tenants

VERSION = "2022-12-01"
_HOME = "home"


class Subscription(Struct, frozen=True, kw_only=True, order=True):
    id: str
    """Lower case."""
    name: str
    state: str
    tenant: str
    """The one it belongs to."""
    through: str = ""
    """The tenant whose token reads it, when that is another one: a service provider's (Azure Lighthouse)."""
    managed_by: tuple[str, ...] = ()
    """Tenants of service providers to which the subscription is delegated (Azure Lighthouse)."""


class Tenant(Struct, frozen=True, kw_only=True, order=True):
    """A tenant that was entered."""

    id: str
    """Empty when neither the token nor the list of tenants tells it."""
    name: str
    identity: Mapping[str, str]


class Visible:
    """Subscriptions by what each tenant shows; used by one thread."""

    def __init__(self, reader: Reader, tenants: Tenants, tally: Tally) -> None:
        self._reader = reader
        self._tenants = tenants
        self._tally = tally
        self._found: dict[str, Subscription] = {}
        self._listed: dict[str, list[Json] | RefusalError] = {}
        """Tenants that a token may enter, by the tenant that was asked; or why that is not told."""
        self._names: dict[str, str] = {}
        self._refused: dict[str, RefusalError] = {}
        """Tenants that were entered and did not show their subscriptions."""
        self._unlisted: RefusalError | None = None

    def look(self, tenant: str) -> None:
        """Remember the subscriptions that the token of `tenant` shows."""
        try:
            shown = [_subscription(body) for body in self._ask("/subscriptions", tenant)]
            if not all(one.id for one in shown):
                raise RefusalError(
                    GapReason.MALFORMED, "an element has no id", operation="Microsoft.Resources:GET subscriptions"
                )
        except RefusalError as error:
            self._refused[tenant] = error
            return
        own = self.id_of(tenant)
        for one in shown:
            known = self._found.get(one.id)
            if known is None or one.tenant == own:
                self._found[one.id] = replace(one, through=own if own not in ("", one.tenant) else "")

    def look_elsewhere(self) -> None:
        """Enter every other tenant that the sign-in may enter, and look there."""
        try:
            others = {text(body, "tenantId").lower(): text(body, "displayName") for body in self._tenants_of("")}
        except RefusalError as error:
            self._unlisted = error
            return
        self._names.update(others)
        for one in sorted({*others} - {"", *map(self.id_of, self._tenants.identities)}):
            if self._tenants.enter(one):
                self.look(one)

    def subscriptions(self) -> list[Subscription]:
        """All that were seen, by id. CannotRunError when there is none because no list could be read."""
        if not self._found and self._refused:
            error = next(iter(self._refused.values()))
            raise CannotRunError(f"The list of subscriptions could not be read: {error.sentence}") from error
        return sorted(self._found.values())

    def has_all(self, asked: Iterable[str]) -> bool:
        """Whether something was asked for, and all of it by the id of a subscription that was seen."""
        words = [word.strip().lower() for word in asked]
        return bool(words) and all(word in self._found for word in words)

    def id_of(self, tenant: str) -> str:
        """Id of a tenant as it was asked for (id, domain or nothing); empty when it is not told."""
        told = self._tenants.identities.get(tenant, {}).get("tenant_id", "").lower()
        if told or tenant.count("-") == 4:
            return told or tenant.lower()
        try:
            bodies = self._tenants_of(tenant)
        except RefusalError:
            return ""  # Whoever needs the list itself tells why there is none.
        if tenant:
            bodies = [body for body in bodies if tenant.lower() in _domains(body)]
        elif len(bodies) > 1:
            bodies = [body for body in bodies if text(body, "tenantCategory").lower() == _HOME]
        return text(bodies[0], "tenantId").lower() if len(bodies) == 1 else ""

    def entered_as(self, tenant_id: str) -> str:
        """How the tenant of this id was asked for; nothing when it was not entered."""
        return next((one for one in self._tenants.identities if self.id_of(one) == tenant_id), "")

    def entered(self) -> tuple[Tenant, ...]:
        return tuple(
            sorted(
                Tenant(id=(id_ := self.id_of(one)), name=self._names.get(id_, ""), identity=identity)
                for one, identity in self._tenants.identities.items()
            )
        )

    def unreachable(self, asked: Iterable[str]) -> Iterator[tuple[str, CoverageState, str]]:
        """Tenant, state and reason of what was not seen: tenants without a token, without a list, without anything."""
        for tenant, refused in self._tenants.refused.items():
            reason = GapReason.DENIED if refused.denied else GapReason.UNREACHABLE
            state = CoverageState.DENIED if refused.denied else CoverageState.FAILED
            yield tenant, state, f"{reason.value}: {refused}"
        for tenant, error in self._refused.items():
            yield self.id_of(tenant) or tenant, error.state, f"{error.reason.value}: {error.sentence}"
        if self._unlisted is not None:
            why = f"which other tenants this identity may enter could not be read: {self._unlisted.sentence}"
            yield self.id_of(""), self._unlisted.state, f"{self._unlisted.reason.value}: {why}"
        seen = {one.tenant for one in self._found.values()}
        for tenant in asked:
            if tenant in self._tenants.identities and tenant not in self._refused and self.id_of(tenant) not in seen:
                yield tenant, CoverageState.DENIED, "denied: no subscription of this tenant is visible to this identity"

    def _tenants_of(self, tenant: str) -> list[Json]:
        if tenant not in self._listed:
            try:
                self._listed[tenant] = _named(self._ask("/tenants", tenant))
            except RefusalError as error:
                self._listed[tenant] = error
        found = self._listed[tenant]
        if isinstance(found, RefusalError):
            raise found
        return found

    def _ask(self, path: str, tenant: str) -> Iterator[Json]:
        return self._reader.items(path, self._tally, api_version=VERSION, account=tenant)


def _named(tenants: Iterable[Json]) -> list[Json]:
    """The tenants of a list; RefusalError when one has no id, since nobody could tell that it was left out."""
    found = list(tenants)
    if not all(text(body, "tenantId") for body in found):
        raise RefusalError(GapReason.MALFORMED, "a tenant in the list has no id", operation="GET /tenants")
    return found


def _subscription(body: Any) -> Subscription:
    return Subscription(
        id=text(body, "subscriptionId").lower(),
        name=text(body, "displayName"),
        state=text(body, "state"),
        tenant=text(body, "tenantId").lower(),
        managed_by=tuple(sorted(str(one).lower() for one in values(body, "managedByTenants[].tenantId"))),
    )


def _domains(body: Json) -> set[str]:
    return {str(one).lower() for path in ("defaultDomain", "domains[]") for one in values(body, path)}
