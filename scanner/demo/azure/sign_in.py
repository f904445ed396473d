"""How a client gets a token: Entra's OpenID document and token endpoint, and the two managed-identity endpoints."""

from typing import Any
from urllib.parse import parse_qsl

from scanner.demo.azure.blob_storage import AUDIENCE
from scanner.demo.azure.message import Answer, Clock, Request
from scanner.demo.azure.purview_map import AUDIENCE as PURVIEW
from scanner.demo.azure.tokens import Principal, Tokens
from scanner.demo.azure.world import Client, Tenant, World

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class SignIn:
    """`secret_header`: what App Service's endpoint wants to see in X-IDENTITY-HEADER."""

    def __init__(self, world: World, tokens: Tokens, clock: Clock, secret_header: str) -> None:
        self._world = world
        self._tokens = tokens
        self._clock = clock
        self._secret_header = secret_header
        self._resources: set[str] = set()

    def open_to(self, audiences: list[str]) -> None:
        """Which resources there are to ask tokens for, beside key stores, storage and Purview."""
        stores = (self._world.cloud.vault_suffix, self._world.cloud.managed_hsm_suffix)
        every = (*audiences, AUDIENCE, PURVIEW, *(f"https://{suffix}" for suffix in stores))
        self._resources = {audience.rstrip("/").lower() for audience in every}

    def openid_configuration(self, base: str, tenant: str) -> Answer:
        """The document by which a client finds the token endpoint; both on this host."""
        found = self._tenant(tenant)
        if found is None:
            return _refused(400, "invalid_tenant", 90002, f"Tenant '{tenant}' not found.")
        root = f"{base}/{found.id}"
        return Answer(
            body={
                "issuer": f"{root}/v2.0",
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{root}/discovery/v2.0/keys",
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "private_key_jwt",
                    "client_secret_basic",
                ],
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
            }
        )

    def token(self, request: Request, tenant: str) -> Answer:
        """The client-credentials grant, with a secret or a federated assertion."""
        found = self._tenant(tenant)
        if found is None:
            return _refused(400, "invalid_tenant", 90002, f"Tenant '{tenant}' not found.")
        form = dict(parse_qsl(request.body.decode()))
        if form.get("grant_type") != "client_credentials":
            return _refused(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        client = next((one for one in found.clients if one.id == form.get("client_id")), None)
        if client is None:
            message = f"Application with identifier '{form.get('client_id')}' was not found in the directory."
            return _refused(400, "unauthorized_client", 700016, message)
        if "client_assertion" in form:
            assertion, type_ = form["client_assertion"], form.get("client_assertion_type")
            if client.assertion is None or assertion != client.assertion or type_ != _ASSERTION_TYPE:
                return _refused(401, "invalid_client", 700213, "No matching federated identity record found.")
        elif form.get("client_secret") != client.secret:
            return _refused(401, "invalid_client", 7000215, "Invalid client secret provided.")
        resource = form.get("scope", "").removesuffix("/.default")
        if resource.rstrip("/").lower() not in self._resources:
            message = f"The resource principal named {resource} was not found in the tenant named {found.id}."
            return _refused(400, "invalid_resource", 500011, message)
        value, lifetime = self._tokens.issue(_principal(found, client), resource)
        return Answer(
            body={
                "token_type": "Bearer",
                "expires_in": lifetime,
                "ext_expires_in": lifetime,
                "access_token": value,
            },
            headers={"Cache-Control": "no-store, no-cache"},
        )

    def virtual_machine(self, request: Request) -> Answer:
        """Instance metadata, `/metadata/identity/oauth2/token`."""
        if request.headers.get("metadata", "").lower() != "true":
            return _identity_refused(400, "bad_request_102", "Required metadata header not specified")
        return self._managed(request, "2018-02-01", {"client_id", "object_id", "msi_res_id"})

    def app_service(self, request: Request) -> Answer:
        """The endpoint that App Service names in IDENTITY_ENDPOINT."""
        if request.headers.get("x-identity-header") != self._secret_header:
            return _identity_refused(401, "unauthorized", "The X-IDENTITY-HEADER is missing or wrong")
        return self._managed(request, "2019-08-01", {"client_id", "object_id", "mi_res_id"})

    def _managed(self, request: Request, version: str, selectors: set[str]) -> Answer:
        query = request.query
        if query.get("api-version") != version or query.keys() - {"api-version", "resource"} - selectors:
            return _identity_refused(400, "invalid_request", f"Only api-version {version} is served here")
        resource = query.get("resource", "")
        if resource.rstrip("/").lower() not in self._resources:
            return _identity_refused(400, "invalid_resource", f"The resource '{resource}' was not found in the tenant")
        for tenant in self._world.tenants:
            client = tenant.managed_identity
            if client is not None and query.get("client_id", client.id) == client.id:
                value, lifetime = self._tokens.issue(_principal(tenant, client), resource)
                return Answer(
                    body={
                        "access_token": value,
                        "client_id": client.id,
                        "expires_in": str(lifetime),
                        "expires_on": str(int(self._clock()) + lifetime),
                        "ext_expires_in": str(lifetime),
                        "not_before": str(int(self._clock())),
                        "resource": resource,
                        "token_type": "Bearer",
                    }
                )
        return _identity_refused(400, "invalid_request", "Identity not found")

    def _tenant(self, name: str) -> Tenant | None:
        wanted = name.lower()
        return next((one for one in self._world.tenants if wanted in (one.id.lower(), one.domain.lower())), None)


def _principal(tenant: Tenant, client: Client) -> Principal:
    return Principal(tenant=tenant.id, client=client.id, object_id=client.object_id, user=client.kind == "user")


def _refused(status: int, error: str, number: int, message: str) -> Answer:
    body: dict[str, Any] = {
        "error": error,
        "error_description": f"AADSTS{number}: {message}",
        "error_codes": [number],
    }
    return Answer(status=status, body=body)


def _identity_refused(status: int, error: str, message: str) -> Answer:
    return Answer(status=status, body={"error": error, "error_description": message})
