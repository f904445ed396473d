"""Checking a sealed scan: everything is computed again and held against the manifest."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from scanner.errors import UsageError
from scanner.model import Finding, Status
from scanner.store.manifest import (
    MANIFEST,
    SIGNATURE,
    Manifest,
    SealedFile,
    chained,
    is_sealed,
    read_manifest,
)
from scanner.store.sealed import DamagedError, SealedScan
from scanner.store.signature import ForgedError, check


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What came out."""

    faults: tuple[str, ...]
    """What is wrong, each naming its file; empty when everything holds."""
    signed: bool
    """A signature is there."""
    authentic: bool | None
    """The signature is that of the key; None when no key was given to check it with."""
    seal: str = ""
    files: int = 0
    bytes: int = 0

    @property
    def holds(self) -> bool:
        return not self.faults and self.authentic is not False


def verify(folder: Path, key: Ed25519PublicKey | None = None) -> Verified:
    """Compute everything again. UsageError when the folder is no sealed scan at all."""
    if not is_sealed(folder):
        raise UsageError(f"{folder} is no sealed scan: it has no {MANIFEST}.")
    signed = (folder / SIGNATURE).is_file()
    try:
        manifest = read_manifest(folder)
    except UsageError as error:
        return Verified(faults=(str(error),), signed=signed, authentic=None if key is None else False)
    faults = [*_of_files(folder, manifest), *_of_chain(manifest)]
    if not faults:
        faults += _of_records(folder, manifest)
    authentic = None
    if signed:
        try:
            check((folder / SIGNATURE).read_bytes(), manifest, (folder / MANIFEST).read_bytes(), key)
            authentic = None if key is None else True
        except ForgedError as error:
            faults.append(f"{folder / SIGNATURE} does not hold: {error}.")
            authentic = False
        except OSError as error:
            faults.append(f"{folder / SIGNATURE} cannot be read: {error.strerror}.")
    elif key is not None:
        faults.append(f"{folder / SIGNATURE} is missing: the scan is not signed, or the signature was taken away.")
        authentic = False
    return Verified(
        faults=tuple(faults),
        signed=signed,
        authentic=authentic,
        seal=manifest.seal,
        files=len(manifest.files),
        bytes=sum(file.bytes for file in manifest.files),
    )


def _of_files(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Files that are missing, extra, cut or changed."""
    listed = {file.path: file for file in manifest.files}
    allowed = {MANIFEST, SIGNATURE, *listed}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            yield f"{path} is a link; a sealed scan has none."
        elif not path.is_dir() and name not in allowed:
            yield f"{path} is not in the manifest: it was added."
    for name, file in listed.items():
        path = folder / name
        if not path.exists():
            yield f"{path} is missing."
            continue
        try:
            yield from _of_bytes(path, file)
        except OSError as error:
            yield f"{path} cannot be read: {error.strerror}."


def _of_bytes(path: Path, file: SealedFile) -> Iterator[str]:
    size = path.stat().st_size
    if size != file.bytes:
        yield f"{path} has {size} bytes, not {file.bytes}: it was {'cut' if size < file.bytes else 'added to'}."
        return
    with path.open("rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest() != file.sha256:
            yield f"{path} was changed: its SHA-256 is not that of the manifest."


def _of_chain(manifest: Manifest) -> Iterator[str]:
    """A link that does not follow from the one before: files were reordered, or the manifest was edited."""
    try:
        again = chained(manifest, manifest.files)
    except ValueError:
        yield f"{MANIFEST} was changed: it holds a digest that is none."
        return
    for found, right in zip(manifest.files, again.files, strict=True):
        if found.chain != right.chain:
            yield f"{MANIFEST} was changed: the chain breaks at {found.path}."
            return
    if manifest.seal != again.seal:
        yield f"{MANIFEST} was changed: its seal is not the end of its chain."


def _of_records(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Records that cannot be read, are out of order, or do not add up to what the manifest and the summary say."""
    statuses: Counter[str] = Counter()
    try:
        scan = SealedScan(folder)
        for _ in scan.coverage():
            pass
        resources = _ordered(folder / "shards/resources", (resource.id for resource in scan.resources()))
        _ordered(folder / "shards/keys", (key.id for key in scan.keys()))
        _ordered(folder / "shards/findings", _counted(scan.findings(), statuses))
    except DamagedError as error:
        yield str(error)
        return
    if scan.header.id != manifest.scan:
        yield f"{folder / MANIFEST} is of scan {manifest.scan}, its summary of {scan.header.id}."
    if resources != scan.summary.resources:
        yield f"{folder / 'shards/resources'} holds {resources} resources; the summary counts {scan.summary.resources}."
    if any(statuses[status] != scan.summary.statuses.get(status, 0) for status in Status):
        yield f"{folder / 'shards/findings'} does not add up to what the summary counts."


def _counted(findings: Iterable[Finding], statuses: Counter[str]) -> Iterator[tuple[str, str, str]]:
    for found in findings:
        statuses[found.status] += found.subjects
        yield found.control, found.resource, found.id


def _ordered(folder: Path, names: Iterable[Any]) -> int:
    """How many there are; DamagedError when one does not come after the one before."""
    number, before = 0, None
    for name in names:
        if before is not None and name <= before:
            raise DamagedError(f"{folder} is out of order at {name}.")
        number, before = number + 1, name
    return number
