"""Sealing a finished scan into a folder that can be kept, compared, handed over and checked without the scanner.

    manifest.json            every file with its digest, chained; tool, policies, units
    manifest.dsse.json       a signature, when a key was given
    summary.json             header and summary: what a dashboard polls
    shards/coverage/…        JSON lines, gzipped: stretches of the ordered streams of the scan
    shards/resources/…
    shards/keys/…
    shards/findings/…        a shard holds findings of one control

Memory does not grow with the scan. See `docs/decisions/0017-sealed-scans.md`.
"""

import gzip
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

import msgspec

from scanner.errors import CannotRunError, UsageError
from scanner.model import Finding
from scanner.model.document import SCHEMA_VERSION as DOCUMENT_VERSION
from scanner.model.document import ScanHeader, Summary, Tool
from scanner.model.finished import FinishedScan
from scanner.replace import replaced
from scanner.store.manifest import (
    MANIFEST,
    SCHEMA_VERSION,
    SIGNATURE,
    SUMMARY,
    Manifest,
    Policy,
    SealedFile,
    chained,
    encode,
    is_sealed,
)
from scanner.store.signature import SigningKey, sign

LONGEST = 10_000
"""Most records of a shard: some 10 MB before compression."""


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What `summary.json` holds: a document without its lists."""

    schema_version: str
    tool: Tool
    scan: ScanHeader
    summary: Summary


def refuse_other(folder: Path) -> None:
    """UsageError when something is in the way that is not an older sealed scan, or an empty folder."""
    if folder.is_dir() and not is_sealed(folder) and any(folder.iterdir()):
        raise UsageError(f"{folder} is a folder that holds something else than a sealed scan; it is left alone.")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; a sealed scan is a folder.")


def seal(scan: FinishedScan, folder: Path, key: SigningKey | None = None) -> Manifest:
    """Write the scan into `folder`, signed when a key is given. It appears whole or not at all.

    UsageError when something else is there; CannotRunError when it cannot be written, and an older one stays.
    """
    refuse_other(folder)
    try:
        with replaced(folder) as beside:
            manifest = chained(_head(scan), _written(scan, beside))
            _write(beside / MANIFEST, _indented(manifest))
            if key is not None:
                _write(beside / SIGNATURE, _indented(sign(manifest, _indented(manifest), key)))
    except OSError as error:
        raise CannotRunError(f"The sealed scan {folder} cannot be written: {error.strerror or error}.") from None
    return manifest


def _head(scan: FinishedScan) -> Manifest:
    header = scan.header
    return Manifest(
        schema_version=SCHEMA_VERSION,
        tool=scan.tool,
        scan=header.id,
        started_at=header.started_at,
        ended_at=header.ended_at,
        complete=header.complete,
        policies=tuple(Policy(id=pack.id, edition=pack.edition, digest=pack.digest) for pack in header.policies),
        units=dict(sorted(scan.summary.units.items())),
        files=(),
        seal="",
    )


def _written(scan: FinishedScan, folder: Path) -> Iterator[SealedFile]:
    """Write every file but the manifest, in the order of the chain."""
    summary = Sealed(schema_version=DOCUMENT_VERSION, tool=scan.tool, scan=scan.header, summary=scan.summary)
    with _Shard(folder, SUMMARY, packed=False) as shard:
        shard.write(_indented(summary))
    yield shard.sealed
    yield from _stretches(folder, "coverage", scan.coverage())
    yield from _stretches(folder, "resources", scan.resources())
    yield from _stretches(folder, "keys", scan.keys())
    yield from _findings(folder, scan.findings())


def _stretches(folder: Path, kind: str, records: Iterable[object]) -> Iterator[SealedFile]:
    records = iter(records)
    for number in count(1):
        first = next(records, None)
        if first is None:
            return
        with _Shard(folder, _path(kind, number)) as shard:
            shard.add(first)
            for _, record in zip(range(LONGEST - 1), records, strict=False):
                shard.add(record)
        yield shard.sealed


def _findings(folder: Path, findings: Iterable[Finding]) -> Iterator[SealedFile]:
    """A new shard for every control, so that the findings of one severity are read without the others."""
    findings = iter(findings)
    found = next(findings, None)
    for number in count(1):
        if found is None:
            return
        first, statuses = found, Counter[str]()
        with _Shard(folder, _path("findings", number)) as shard:
            while (
                found is not None
                and shard.records < LONGEST
                and (found.control, found.severity) == (first.control, first.severity)
            ):
                shard.add(found)
                statuses[found.status.value] += 1
                found = next(findings, None)
        yield msgspec.structs.replace(
            shard.sealed,
            control=first.control,
            severity=first.severity.value,
            statuses=dict(sorted(statuses.items())),
        )


def _path(kind: str, number: int) -> str:
    return f"shards/{kind}/{number:06}.jsonl.gz"


class _Shard:
    """A file under way; counts and digests what is written to the disk."""

    def __init__(self, folder: Path, path: str, *, packed: bool = True) -> None:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file: BinaryIO = target.open("wb")
        self._out = _Digesting(self._file)
        # No name and no time in the header, so that the same records are the same bytes.
        self._packer = gzip.GzipFile("", "wb", 6, self._out, mtime=0) if packed else None
        self.records = 0

    def __enter__(self) -> "_Shard":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._packer is not None:
                self._packer.close()
            self._file.flush()
            os.fsync(self._file.fileno())
        finally:
            self._file.close()

    def add(self, record: object) -> None:
        self.write(encode(record) + b"\n")
        self.records += 1

    def write(self, text: bytes) -> None:
        (self._packer or self._out).write(text)

    @property
    def sealed(self) -> SealedFile:
        return SealedFile(
            path=self._path, sha256=self._out.digest.hexdigest(), bytes=self._out.size, records=self.records, chain=""
        )


class _Digesting:
    """Hands through what is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def _indented(value: object) -> bytes:
    return msgspec.json.format(encode(value), indent=1) + b"\n"


def _write(path: Path, text: bytes) -> None:
    with path.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
