"""Smallest valid records, to be changed in the one field a test is about."""

from typing import Any

import msgspec

from scanner.model import (
    Coverage,
    CoverageState,
    EncryptionState,
    Holds,
    KeyManager,
    KeyOrigin,
    KeyOwner,
    ObservedEncryption,
    ObservedKey,
    ObservedResource,
    Unit,
)

ACCOUNT = "111122223333"
REGION = "eu-west-3"

_BUCKET = ObservedResource(
    id="arn:aws:s3:::rdv",
    type="s3.bucket",
    provider="aws",
    partition="aws",
    account=ACCOUNT,
    region=REGION,
    name="rdv",
    category="object",
    holds=Holds.CONTENT,
    encryption=ObservedEncryption(state=EncryptionState.ENCRYPTED, owner=KeyOwner.PROVIDER_SHARED),
)

_KEY = ObservedKey(
    id=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1",
    provider="aws",
    partition="aws",
    account=ACCOUNT,
    region=REGION,
    manager=KeyManager.CUSTOMER,
    origin=KeyOrigin.PROVIDER_KMS,
)


def bucket(**changes: Any) -> ObservedResource:
    return msgspec.structs.replace(_BUCKET, **changes)


def key(**changes: Any) -> ObservedKey:
    return msgspec.structs.replace(_KEY, **changes)


def unit(service: str = "s3", region: str = REGION) -> Unit:
    return Unit(provider="aws", partition="aws", account=ACCOUNT, region=region, service=service)


def coverage(unit_: Unit, state: CoverageState = CoverageState.COMPLETE, **changes: Any) -> Coverage:
    row = Coverage(
        provider=unit_.provider,
        partition=unit_.partition,
        account=unit_.account,
        region=unit_.region,
        service=unit_.service,
        type="",
        state=state,
        reason="",
        permission="",
    )
    return msgspec.structs.replace(row, **changes)
