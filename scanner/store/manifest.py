"""The manifest of a sealed scan: every file with its digest, chained, so that none can be changed, lost or moved."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from scanner.endless import WHY, is_endless
from scanner.errors import UsageError
from scanner.model.document import Tool

MANIFEST = "manifest.json"
SUMMARY = "summary.json"
SIGNATURE = "manifest.dsse.json"
SCHEMA_VERSION = "1.0"

FOLDERS = ("coverage", "resources", "keys", "findings")
"""Folders below `shards/`, in the order of the chain."""

PATH = re.compile(rf"summary\.json|shards/({'|'.join(FOLDERS)})/\d{{6}}\.jsonl\.gz")
"""What a file of a sealed scan can be called; nothing else is opened."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    edition: str
    digest: str


class SealedFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file of the scan."""

    path: str
    sha256: str
    """Of the bytes of the file as they lie there."""
    bytes: int
    records: int = 0
    """Lines of a shard."""
    chain: str
    """SHA-256 of the link before, the digest (32 bytes each) and the path."""
    control: str = ""
    """The one control whose findings a shard holds."""
    severity: str = ""
    statuses: dict[str, int] = {}
    """Findings of the shard by status."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a sealed scan consists of, and what it was made with."""

    schema_version: str
    tool: Tool
    scan: str
    started_at: str
    ended_at: str
    complete: bool
    policies: tuple[Policy, ...]
    units: dict[str, int]
    """Units by coverage state: what was done, and what was denied."""
    files: tuple[SealedFile, ...]
    seal: str
    """The last link of the chain: one value that stands for the whole scan."""

    def first_link(self) -> bytes:
        """What the chain starts from: everything the manifest says beside its files."""
        told = msgspec.structs.replace(self, files=(), seal="")
        return hashlib.sha256(encode(told)).digest()


encode = msgspec.json.Encoder(order="deterministic").encode
"""JSON of anything in a sealed scan; the same bytes for the same value."""


def link(before: bytes, digest: bytes, path: str) -> bytes:
    """The next link of the chain."""
    return hashlib.sha256(before + digest + path.encode()).digest()


def chained(manifest: Manifest, files: Iterable[SealedFile]) -> Manifest:
    """The manifest with these files, each with its link, and the seal."""
    before = manifest.first_link()
    linked = []
    for file in files:
        before = link(before, bytes.fromhex(file.sha256), file.path)
        linked.append(msgspec.structs.replace(file, chain=before.hex()))
    return msgspec.structs.replace(manifest, files=tuple(linked), seal=before.hex())


def is_sealed(folder: Path) -> bool:
    """True when the folder says of itself that it is a sealed scan."""
    return (folder / MANIFEST).is_file()


def read_manifest(folder: Path) -> Manifest:
    """UsageError when the folder holds no sealed scan of this major version, or its manifest is damaged."""
    path = folder / MANIFEST
    if is_endless(path):
        raise UsageError(f"{path} cannot be read: {WHY}.")
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise UsageError(f"{folder} is no sealed scan: it has no {MANIFEST}.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is damaged: {error}.") from None
    if manifest.schema_version.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
        raise UsageError(f"{path} has schema version {manifest.schema_version}; this lexloci reads {SCHEMA_VERSION}.")
    for file in manifest.files:
        if PATH.fullmatch(file.path) is None:
            raise UsageError(f"{path} is damaged: {file.path!r} is no file of a sealed scan.")
    return manifest
