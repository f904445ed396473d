"""A signature over a sealed scan: an in-toto Statement v1 in a DSSE envelope, Ed25519, checked offline.

Formats: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md and
https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
"""

import base64
import binascii
import hashlib
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from scanner.endless import read_key_file
from scanner.errors import UsageError
from scanner.store.manifest import MANIFEST, Manifest, encode

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:lexloci:sealed-scan:1"
PAYLOAD = "application/vnd.in-toto+json"

SigningKey = Ed25519PrivateKey


class Signature(msgspec.Struct, frozen=True):
    sig: str
    keyid: str = ""
    """SHA-256 of the public key's DER form; a hint, not trusted."""


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    payload: str
    payload_type: str
    signatures: tuple[Signature, ...]


class ForgedError(Exception):
    """A signature that does not hold; the message says why."""


def read_signing_key(path: Path) -> SigningKey:
    """The Ed25519 private key in a PEM file; UsageError for anything else."""
    try:
        key = serialization.load_pem_private_key(read_key_file(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path} holds no private key in PEM without a passphrase: {error}.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path} holds another kind of key; an Ed25519 key is needed.")
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """The Ed25519 public key in a PEM file; UsageError for anything else."""
    try:
        key = serialization.load_pem_public_key(read_key_file(path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path} holds no public key in PEM: {error}.") from None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{path} holds another kind of key; an Ed25519 key is needed.")
    return key


def sign(manifest: Manifest, text: bytes, key: SigningKey) -> Envelope:
    """The envelope that signs the manifest whose bytes are `text`."""
    payload = encode(statement(manifest, text))
    return Envelope(
        payload=base64.b64encode(payload).decode(),
        payload_type=PAYLOAD,
        signatures=(
            Signature(
                keyid=keyid(key.public_key()), sig=base64.b64encode(key.sign(authenticated(PAYLOAD, payload))).decode()
            ),
        ),
    )


def statement(manifest: Manifest, text: bytes) -> dict[str, Any]:
    """What is signed: the digest of every file, and what the scan was made with."""
    files = [(MANIFEST, hashlib.sha256(text).hexdigest()), *((file.path, file.sha256) for file in manifest.files)]
    return {
        "_type": STATEMENT,
        "subject": [{"name": path, "digest": {"sha256": digest}} for path, digest in files],
        "predicateType": PREDICATE,
        "predicate": {
            "scan": manifest.scan,
            "seal": manifest.seal,
            "tool": manifest.tool,
            "policies": manifest.policies,
            "units": manifest.units,
            "complete": manifest.complete,
            "startedAt": manifest.started_at,
            "endedAt": manifest.ended_at,
        },
    }


def check(envelope: bytes, manifest: Manifest, text: bytes, key: Ed25519PublicKey | None) -> None:
    """ForgedError unless the envelope speaks of this manifest and, when a key is given, was signed with it."""
    try:
        found = msgspec.json.decode(envelope, type=Envelope)
        payload = base64.b64decode(found.payload, validate=True)
        signatures = [base64.b64decode(each.sig, validate=True) for each in found.signatures]
    except (msgspec.DecodeError, binascii.Error, UnicodeDecodeError) as error:
        raise ForgedError(f"it is no DSSE envelope: {error}") from None
    if key is not None and not any(_holds(key, each, found.payload_type, payload) for each in signatures):
        raise ForgedError("it was not signed with this key, or was changed since")
    if found.payload_type != PAYLOAD or payload != encode(statement(manifest, text)):
        raise ForgedError("it speaks of another scan than this one")


def authenticated(kind: str, payload: bytes) -> bytes:
    """The bytes that DSSE signs (its pre-authentication encoding)."""
    return b"DSSEv1 %d %s %d %s" % (len(kind.encode()), kind.encode(), len(payload), payload)


def keyid(key: Ed25519PublicKey) -> str:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _holds(key: Ed25519PublicKey, signature: bytes, kind: str, payload: bytes) -> bool:
    try:
        key.verify(signature, authenticated(kind, payload))
    except InvalidSignature:
        return False
    return True
