"""The data plane of vaults and managed HSMs: keys on the store's own host, behind a challenge."""

from scanner.demo.azure.arm_error import ArmError, no_such_path
from scanner.demo.azure.estate import Estate, Record
from scanner.demo.azure.hsm_role_reads import local_role_answer
from scanner.demo.azure.key_shapes import attributes, key_uri, on_data_plane
from scanner.demo.azure.message import Answer, Request, one_of, only
from scanner.demo.azure.paging import page
from scanner.demo.azure.tokens import Tokens
from scanner.demo.azure.world import Cloud, Key, Resource

_VERSIONS = ("2026-01-01-preview", "2025-07-01", "7.6", "7.5", "7.4", "7.3")
_MOST = 25


class KeyVault:
    def __init__(self, estate: Estate, tokens: Tokens, cloud: Cloud) -> None:
        self._stores = dict(estate.vaults())
        self._tokens = tokens
        self._cloud = cloud

    @property
    def hosts(self) -> set[str]:
        """Host names, without port, that this data plane answers for."""
        return set(self._stores)

    def serves(self, host: str) -> bool:
        """Whether a Host header names a key store; one with the cloud's suffix that does not exist has no address."""
        return host in self._stores

    def answer(self, request: Request, base: str) -> Answer:
        """GET on a store's host. `base`: where sign-in is."""
        record = self._stores[request.host]
        resource = record.resource
        assert resource is not None, "a key store is a tracked resource"
        self._admit(request, record, resource, base)
        version = one_of(request, *_VERSIONS)
        roles = local_role_answer(request, resource) if self._is_hsm(record) else None
        if roles is not None:
            return roles
        match [part for part in request.path.split("/") if part]:
            case ["keys"]:
                entries = [(key, key_uri(key, resource)) for key in resource.keys]
            case ["keys", name, "versions"]:
                key = _key(resource, name)
                entries = [(key, key_uri(key, resource, one)) for one in key.versions]
            case ["keys", name]:
                only(request)
                key = _key(resource, name)
                return Answer(body=on_data_plane(key, resource, key.versions[-1], version))
            case ["keys", name, key_version]:
                only(request)
                key = _key(resource, name)
                if key_version not in key.versions:
                    raise _no_key(name)
                return Answer(body=on_data_plane(key, resource, key_version, version))
            case ["ekm"] if self._is_hsm(record) and version.endswith("-preview"):
                if resource.external_key_manager is None:
                    raise ArmError(404, "EkmConnectionNotFound", "No external key manager connection is configured.")
                return Answer(body=resource.external_key_manager)
            case _:
                raise no_such_path()
        asked = only(request, "maxresults", "$skiptoken").get("maxresults", str(_MOST))
        size = int(asked) if asked.isdecimal() else 0
        if not 1 <= size <= _MOST:
            raise ArmError(400, "BadParameter", "Property maxresults has invalid value")
        url = f"https://{request.headers['host']}{request.path}"
        body = page(
            entries,
            lambda entry: {"kid": entry[1], "attributes": attributes(entry[0], version)},
            request,
            url,
            size,
            blank_after=1,
        )
        return Answer(body={"nextLink": None, **body})

    def _admit(self, request: Request, record: Record, resource: Resource, base: str) -> None:
        audience = self._cloud.managed_hsm_suffix if self._is_hsm(record) else self._cloud.vault_suffix
        authority = f"{base}/{record.subscription.tenant}"
        challenge = {"WWW-Authenticate": f'Bearer authorization="{authority}", resource="https://{audience}"'}
        if not request.headers.get("authorization"):
            message = "AKV10000: Request is missing a Bearer or PoP token."
            raise ArmError(401, "Unauthorized", message, headers=challenge)
        try:
            principal = self._tokens.authenticate(request.headers["authorization"], [f"https://{audience}"], authority)
        except ArmError as error:
            message = f"AKV10022: Invalid token. {error.message}"
            raise ArmError(401, "Unauthorized", message, headers=challenge) from None
        if principal.tenant != record.subscription.tenant:
            raise ArmError(401, "Unauthorized", "AKV10032: Invalid issuer.", headers=challenge)
        if resource.data_plane == "denied":
            raise ArmError(
                403,
                "Forbidden",
                "Caller is not authorized to perform action on resource. If role assignments, deny assignments or role"
                f" definitions were changed recently, please observe propagation time. Caller:"
                f" appid={principal.client};oid={principal.object_id} Action: 'Microsoft.KeyVault/vaults/keys/read'"
                f" Resource: '{record.id.lower()}'",
            )

    @staticmethod
    def _is_hsm(record: Record) -> bool:
        return record.type.lower() == "microsoft.keyvault/managedhsms"


def _key(resource: Resource, name: str) -> Key:
    """Key names are compared without regard to case."""
    for key in resource.keys:
        if key.name.lower() == name.lower():
            return key
    raise _no_key(name)


def _no_key(name: str) -> ArmError:
    return ArmError(404, "KeyNotFound", f"A key with (name/id) {name} was not found in this key vault.")
