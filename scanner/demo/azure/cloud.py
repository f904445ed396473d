"""The whole simulated cloud without HTTP: a request in, an answer out."""

import re
import uuid

from scanner.demo.azure.arm_error import ArmError, no_such_path
from scanner.demo.azure.blob_storage import BlobStorage
from scanner.demo.azure.estate import Estate
from scanner.demo.azure.graph import ResourceGraph
from scanner.demo.azure.key_vault import KeyVault
from scanner.demo.azure.message import Answer, Clock, Request, one_of, only, refusal
from scanner.demo.azure.paging import PageSizes
from scanner.demo.azure.purview_map import PATH as SEARCH
from scanner.demo.azure.purview_map import PurviewMap
from scanner.demo.azure.request_log import RequestLog
from scanner.demo.azure.resource_reads import ResourceReads
from scanner.demo.azure.role_reads import NAMESPACE, RoleReads
from scanner.demo.azure.sign_in import SignIn
from scanner.demo.azure.subscription_reads import SubscriptionReads
from scanner.demo.azure.tenant_reads import TenantReads
from scanner.demo.azure.throttle import Limits, Throttle
from scanner.demo.azure.tokens import Principal, Tokens

_OPENID = re.compile(r"/(?P<tenant>[^/]+)/v2\.0/\.well-known/openid-configuration")
_TOKEN = re.compile(r"/(?P<tenant>[^/]+)/oauth2/v2\.0/token")
_GRAPH = "/providers/microsoft.resourcegraph/resources"
_MANAGEMENT_GROUPS = ("providers", "microsoft.management", "managementgroups")


class SimulatedCloud:
    """`estate` behind Azure's protocol. `base`: scheme, host and port of Resource Manager; `login`: of sign-in."""

    def __init__(
        self, estate: Estate, *, clock: Clock, limits: Limits, sizes: PageSizes, token_lifetime: int, secret_header: str
    ) -> None:
        self.world = world = estate.world
        self.log = RequestLog()
        self.tokens = Tokens(clock, token_lifetime)
        self.sign_in = SignIn(world, self.tokens, clock, secret_header)
        self.base = self.login = ""
        self.audiences: list[str] = []
        self._throttle = Throttle(limits, clock)
        self.key_vault = KeyVault(estate, self.tokens, world.cloud)
        self.blobs = BlobStorage(estate, self.tokens, self.log.violate)
        self.purview = PurviewMap(estate, self.tokens)
        self._graph = ResourceGraph(estate, self._throttle)
        self._tenant = TenantReads(estate)
        self._subscription = SubscriptionReads(estate, sizes)
        self._resource = ResourceReads(estate, self._throttle, sizes)
        self._roles = RoleReads(estate, sizes)
        self._estate = estate

    def settle(self, address: str) -> None:
        """Told once where it is served: under `address`, unless the world names hosts of its own."""
        cloud = self.world.cloud
        self.base = f"https://{cloud.arm}" if cloud.arm else address
        self.login = f"https://{cloud.login}" if cloud.login else self.base
        self.audiences = list(dict.fromkeys([f"{self.base}/", *cloud.audiences]))
        self.sign_in.open_to(self.audiences)

    @property
    def names(self) -> frozenset[str]:
        """Host names, without port, by which Resource Manager and sign-in are reached through the proxy."""
        return frozenset(name for name in (self.world.cloud.arm, self.world.cloud.login) if name)

    def serves(self, host: str) -> bool:
        """Whether a Host header names a part of this cloud that has a name."""
        parts = (self.key_vault, self.blobs, self.purview)
        return host in self.names or any(part.serves(host) for part in parts)

    def answer(self, request: Request) -> Answer:
        """What Azure would answer, with the headers that every answer has. Refusals are answers too."""
        try:
            answer = self._route(request)
        except ArmError as error:
            answer = refusal(error)
        answer.headers.setdefault("x-ms-request-id", str(uuid.uuid4()))
        correlation = request.headers.get("x-ms-correlation-request-id")
        answer.headers.setdefault("x-ms-correlation-request-id", correlation or str(uuid.uuid4()))
        if "x-ms-client-request-id" in request.headers:
            answer.headers.setdefault("x-ms-client-request-id", request.headers["x-ms-client-request-id"])
        return answer

    def _route(self, request: Request) -> Answer:
        signs_in = request.host == (self.world.cloud.login or request.host)
        sign_in = _TOKEN.fullmatch(request.path)
        if signs_in and sign_in and request.method == "POST":
            return self.sign_in.token(request, sign_in["tenant"])
        query = SEARCH if self.purview.serves(request.host) else _GRAPH
        if request.method != "GET" and not (request.method == "POST" and request.path.lower() == query):
            raise self._refuse_write(request)
        if self.purview.serves(request.host):
            return self.purview.answer(request, self.login)
        if self.key_vault.serves(request.host):
            return self.key_vault.answer(request, self.login)
        if self.blobs.serves(request.host):
            return self.blobs.answer(request, self.login)
        openid = _OPENID.fullmatch(request.path)
        if signs_in and openid:
            return self.sign_in.openid_configuration(self.login, openid["tenant"])
        if self.world.cloud.arm and request.host != self.world.cloud.arm:
            raise no_such_path()
        if request.path.lower() == "/metadata/endpoints":
            return self._metadata(request)
        return self._resource_manager(request)

    def _resource_manager(self, request: Request) -> Answer:
        challenge = f"{self.login}/{self.world.tenants[0].id}"
        principal = self.tokens.authenticate(request.headers.get("authorization"), self.audiences, challenge)
        parts = [part for part in request.path.split("/") if part]
        lower = [part.lower() for part in parts]
        if request.path.lower() == _GRAPH:
            if request.method != "POST":
                raise no_such_path()
            return self._graph.resources(request, principal)
        inside = lower[:1] == ["subscriptions"] and len(lower) > 1
        scope = lower[1] if inside else ""
        left = self._throttle.read(scope, principal.object_id)
        kind = "subscription" if inside else "tenant"
        quota = {
            f"x-ms-ratelimit-remaining-{kind}-reads": str(left.principal),
            f"x-ms-ratelimit-remaining-{kind}-global-reads": str(left.everyone),
        }
        try:
            answer = self._inside(request, principal, parts) if inside else self._above(request, principal, parts)
        except ArmError as error:
            error.headers = {**quota, **error.headers}
            raise
        answer.headers = {**quota, **answer.headers}
        return answer

    def _inside(self, request: Request, principal: Principal, parts: list[str]) -> Answer:
        rest = parts[2:]
        lower = [part.lower() for part in rest]
        if f"/providers/{NAMESPACE}/" in request.path.lower():
            return self._roles.answer(request, self.base, principal, parts[1])
        if "providers" in lower and len(lower) - lower.index("providers") > 2:
            return self._resource.answer(request, self.base, principal, parts[1], rest)
        return self._subscription.answer(request, self.base, principal, parts[1], lower)

    def _above(self, request: Request, principal: Principal, parts: list[str]) -> Answer:
        lower = tuple(part.lower() for part in parts)
        match lower:
            case ("subscriptions",):
                return self._tenant.subscriptions(request, principal)
            case ("tenants",):
                return self._tenant.tenants(request, principal)
            case ("providers", "microsoft.resources", "databoundaries", "default"):
                return self._tenant.data_boundary(request, principal)
            case ("providers", "microsoft.customerlockbox", "tenantoptedin", tenant):
                return self._tenant.customer_lockbox(request, principal, tenant)
        if lower[:3] == _MANAGEMENT_GROUPS:
            return self._tenant.management_groups(request, principal, list(lower[3:]))
        raise no_such_path()

    def _metadata(self, request: Request) -> Answer:
        """The cloud's names for its own endpoints. The members Azure has beside these are left out.

        It needs no token; a client that shows one has signed in before it knew where, and that is a violation. The
        older version answers a list.
        """
        version = one_of(request, "2022-09-01", "2019-05-01")
        only(request)
        if "authorization" in request.headers:
            self.log.violate(f"a token was shown to {request.host}{request.path}")
        cloud = self.world.cloud
        body = {
            "name": cloud.name,
            "resourceManager": f"{self.base}/",
            "authentication": {
                "loginEndpoint": f"{self.login}/",
                "audiences": self.audiences,
                "tenant": "common",
                "identityProvider": "AAD",
            },
            "suffixes": {"keyVaultDns": cloud.vault_suffix, "mhsmDns": cloud.managed_hsm_suffix},
        }
        return Answer(body=body if version == "2022-09-01" else [body])

    def _refuse_write(self, request: Request) -> ArmError:
        """A write: remembered, and refused as a disabled subscription or as a path without that operation."""
        self.log.violate(f"{request.method} {request.host}{request.path}")
        parts = [part for part in request.path.split("/") if part]
        subscription = self._estate.subscriptions.get(parts[1].lower()) if len(parts) > 1 else None
        if subscription is not None and subscription.state == "Disabled":
            return ArmError(
                409,
                "ReadOnlyDisabledSubscription",
                f"The subscription '{subscription.id}' is disabled and therefore marked as read only. You cannot"
                " perform any write actions on this subscription until it is re-enabled.",
            )
        message = f"The requested resource does not support http method '{request.method}'."
        return ArmError(405, "HttpMethodNotAllowed", message, headers={"Allow": "GET"})
