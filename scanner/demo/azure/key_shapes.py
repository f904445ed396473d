"""One key as Resource Manager and as the vault's own host show it. Neither tells where its material came from."""

from scanner.demo.azure.world import Json, Key, Resource

_CREATED = 1704067200
"""2024-01-01T00:00:00Z: the fiction's keys have one age."""


def key_uri(key: Key, resource: Resource, version: str | None = None) -> str:
    """The key's address on its store's host; without `version`, the address that follows rotation."""
    properties = resource.properties
    host = str(properties.get("vaultUri") or properties.get("hsmUri")).rstrip("/")
    return f"{host}/keys/{key.name}" + (f"/{version}" if version else "")


def in_resource_manager(key: Key, resource: Resource) -> Json:
    """`properties` of Microsoft.KeyVault/vaults/keys."""
    properties: Json = {
        "attributes": {
            "enabled": key.enabled,
            "created": _CREATED,
            "updated": _CREATED,
            "recoveryLevel": "Recoverable+Purgeable",
            "exportable": key.exportable,
        },
        "kty": key.kty,
        "keyOps": ["wrapKey", "unwrapKey"],
        "keyUri": key_uri(key, resource),
        "keyUriWithVersion": key_uri(key, resource, key.versions[-1]),
    }
    if key.size is not None:
        properties["keySize"] = key.size
    if key.release_policy is not None:
        properties["release_policy"] = key.release_policy
    return properties


def attributes(key: Key, version: str) -> Json:
    """`attributes` on the data plane; `version`: the api-version, as newer ones show more."""
    found: Json = {
        "enabled": key.enabled,
        "created": _CREATED,
        "updated": _CREATED,
        "recoveryLevel": "Recoverable+Purgeable",
        "recoverableDays": 90,
        "exportable": key.exportable,
    }
    if version not in ("7.3", "7.4"):
        found["hsmPlatform"] = key.platform
    if key.external_key is not None and version.endswith("-preview"):
        found["external_key"] = {"id": key.external_key}
    return found


def on_data_plane(key: Key, resource: Resource, key_version: str, version: str) -> Json:
    """The key bundle. The modulus is a placeholder: nothing is ever encrypted with it."""
    material: Json = {
        "kid": key_uri(key, resource, key_version),
        "kty": key.kty,
        "key_ops": ["wrapKey", "unwrapKey"],
    }
    if key.kty.startswith("RSA"):
        material |= {"n": "AQAB", "e": "AQAB"}
    bundle: Json = {"key": material, "attributes": attributes(key, version)}
    if key.release_policy is not None:
        bundle["release_policy"] = key.release_policy
    return bundle
