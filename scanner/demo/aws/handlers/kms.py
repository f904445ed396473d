"""Custom key stores (external and CloudHSM), which moto lacks, and the key metadata it gets wrong.

moto drops the store of a key created in one, says `CUSTOMER` for keys behind `alias/aws/*`, knows no imported
material's expiry, and says nothing of other regions where it was told nothing.
Shapes and rules: AWS KMS API reference, CreateCustomKeyStore, ConnectCustomKeyStore, CreateKey.
"""

import datetime
from typing import Any

from scanner.demo.aws.handlers.registry import Handler, Moto, State, found, page, stable_id
from scanner.demo.aws.wire import AwsError, Call

SERVICE = "kms"
_EXTERNAL = ("EXTERNAL_KEY_STORE", "AWS_CLOUDHSM")


def create_custom_key_store(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    given = call.params
    stores = state.table(call, "kms-stores")
    if any(store["CustomKeyStoreName"] == given["CustomKeyStoreName"] for store in stores.values()):
        raise AwsError("CustomKeyStoreNameInUseException", given["CustomKeyStoreName"])
    store_id = f"cks-{stable_id(call.account, call.region, given['CustomKeyStoreName'], length=17)}"
    kind = given.get("CustomKeyStoreType", "AWS_CLOUDHSM")
    store = {
        "CustomKeyStoreId": store_id,
        "CustomKeyStoreName": given["CustomKeyStoreName"],
        "CustomKeyStoreType": kind,
        "ConnectionState": "DISCONNECTED",
        "CreationDate": _now(),
    }
    if kind == "EXTERNAL_KEY_STORE":
        store["XksProxyConfiguration"] = _proxy(call)
    else:
        store["CloudHsmClusterId"] = given["CloudHsmClusterId"]
        store["TrustAnchorCertificate"] = given["TrustAnchorCertificate"]
    stores[store_id] = store
    return {"CustomKeyStoreId": store_id}


def connect_custom_key_store(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    _store(call, state)["ConnectionState"] = "CONNECTED"
    return {}


def disconnect_custom_key_store(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    _store(call, state)["ConnectionState"] = "DISCONNECTED"
    return {}


def describe_custom_key_stores(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    stores = list(state.table(call, "kms-stores").values())
    for member in ("CustomKeyStoreId", "CustomKeyStoreName"):
        if member in call.params:
            stores = [store for store in stores if store[member] == call.params[member]]
            if not stores:
                raise AwsError("CustomKeyStoreNotFoundException", call.params[member])
    shown, marker = page(stores, call, "Limit", "Marker")
    return {"CustomKeyStores": shown, "Truncated": bool(marker), **({"NextMarker": marker} if marker else {})}


def create_key(call: Call, state: State, moto: Moto) -> dict[str, Any]:
    origin = call.params.get("Origin", "AWS_KMS")
    extra: dict[str, Any] = {}
    if origin in _EXTERNAL:
        store = _store(call, state)
        if store["ConnectionState"] != "CONNECTED":
            raise AwsError("CustomKeyStoreInvalidStateException", f"{store['CustomKeyStoreId']} is not connected")
        extra["CustomKeyStoreId"] = store["CustomKeyStoreId"]
        if origin == "EXTERNAL_KEY_STORE":
            if "XksKeyId" not in call.params:
                raise AwsError("ValidationException", "XksKeyId is required for a key in an external key store")
            extra["XksKeyConfiguration"] = {"Id": call.params["XksKeyId"]}
        else:
            extra["CloudHsmClusterId"] = store["CloudHsmClusterId"]
    elif "CustomKeyStoreId" in call.params:
        raise AwsError("ValidationException", f"Origin {origin} does not go with a custom key store")
    answer = moto.ask()
    if extra:
        state.table(call, "kms-keys")[answer["KeyMetadata"]["KeyId"]] = extra
    return _corrected(answer, call, state, moto)


def describe_key(call: Call, state: State, moto: Moto) -> dict[str, Any]:
    return _corrected(moto.ask(), call, state, moto)


def import_key_material(call: Call, state: State, moto: Moto) -> dict[str, Any]:
    """moto has neither the wrapping key nor the import; the key is usable in moto from the start."""
    backend = moto.backend("kms", call.account, call.region)
    key_id = backend.get_key_id(call.params["KeyId"])
    if key_id not in backend.keys:
        raise AwsError("NotFoundException", f"Key '{key_id}' does not exist")
    if backend.keys[key_id].origin != "EXTERNAL":
        raise AwsError("UnsupportedOperationException", f"Key '{key_id}' does not take imported material")
    model = call.params.get("ExpirationModel", "KEY_MATERIAL_EXPIRES")
    record = state.table(call, "kms-keys").setdefault(key_id, {})
    record["ExpirationModel"] = model
    if model == "KEY_MATERIAL_EXPIRES":
        record["ValidTo"] = call.params["ValidTo"]
    return {"KeyId": backend.keys[key_id].arn}


def get_parameters_for_import(call: Call, _state: State, moto: Moto) -> dict[str, Any]:
    backend = moto.backend("kms", call.account, call.region)
    key = backend.keys[backend.get_key_id(call.params["KeyId"])]
    valid = _now() + datetime.timedelta(days=1)
    return {"KeyId": key.arn, "ImportToken": b"token", "PublicKey": b"public key", "ParametersValidTo": valid}


def _corrected(answer: dict[str, Any], call: Call, state: State, moto: Moto) -> dict[str, Any]:
    metadata = answer["KeyMetadata"]
    key_id = metadata["KeyId"]
    metadata.update(state.table(call, "kms-keys").get(key_id, {}))
    metadata["MultiRegion"] = bool(metadata.get("MultiRegion"))
    key = moto.backend("kms", call.account, call.region).keys.get(key_id)
    if key is not None and any(alias.startswith("alias/aws/") for alias in key.aliases):
        metadata["KeyManager"] = "AWS"
    if metadata["Origin"] != "AWS_KMS":
        metadata.setdefault("KeyManager", "CUSTOMER")
    return answer


def _store(call: Call, state: State) -> dict[str, Any]:
    if "CustomKeyStoreId" not in call.params:
        raise AwsError("ValidationException", "CustomKeyStoreId is required for this origin")
    return found(
        state.table(call, "kms-stores"), call.params["CustomKeyStoreId"], code="CustomKeyStoreNotFoundException"
    )


def _proxy(call: Call) -> dict[str, Any]:
    given = call.params
    proxy = {
        "Connectivity": given["XksProxyConnectivity"],
        "AccessKeyId": given["XksProxyAuthenticationCredential"]["AccessKeyId"],
        "UriEndpoint": given["XksProxyUriEndpoint"],
        "UriPath": given["XksProxyUriPath"],
    }
    if given["XksProxyConnectivity"] == "VPC_ENDPOINT_SERVICE":
        proxy["VpcEndpointServiceName"] = given["XksProxyVpcEndpointServiceName"]
        proxy["VpcEndpointServiceOwner"] = given.get("XksProxyVpcEndpointServiceOwner", call.account)
    return proxy


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


OPERATIONS: dict[str, Handler] = {
    "CreateCustomKeyStore": create_custom_key_store,
    "ConnectCustomKeyStore": connect_custom_key_store,
    "DisconnectCustomKeyStore": disconnect_custom_key_store,
    "DescribeCustomKeyStores": describe_custom_key_stores,
    "CreateKey": create_key,
    "DescribeKey": describe_key,
    "GetParametersForImport": get_parameters_for_import,
    "ImportKeyMaterial": import_key_material,
}
