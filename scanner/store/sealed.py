"""Reading a sealed scan, shard by shard. What is read to its end has been checked against the manifest."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from scanner.endless import WHY, is_endless
from scanner.errors import UsageError
from scanner.model import Coverage, Finding, Key, Resource, Severity, Status
from scanner.model.document import SCHEMA_VERSION, ScanHeader, Summary, Tool
from scanner.store.manifest import SUMMARY, Manifest, SealedFile, read_manifest
from scanner.store.seal import Sealed

T = TypeVar("T")

_RANK = {severity.value: rank for rank, severity in enumerate(Severity)}


class DamagedError(UsageError):
    """A file of a sealed scan that is not what the manifest says. The message names it."""


class SealedScan:
    """See `scanner.model.finished.FinishedScan`."""

    def __init__(self, folder: Path) -> None:
        """UsageError when the folder holds no sealed scan, or one that is damaged."""
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        listed = next((file for file in self.manifest.files if file.path == SUMMARY), None)
        if listed is None:
            raise DamagedError(f"{folder} is damaged: its manifest lists no {SUMMARY}.")
        with _Reader(folder, listed) as reader:
            text = reader.read()
        try:
            self._sealed = msgspec.json.decode(text, type=Sealed)
        except msgspec.DecodeError as error:
            raise DamagedError(f"{folder / SUMMARY} is damaged: {error}.") from None
        found = self._sealed.schema_version
        if found.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
            raise UsageError(f"{folder} has schema version {found}; this lexloci reads {SCHEMA_VERSION}.")

    @property
    def tool(self) -> Tool:
        return self._sealed.tool

    @property
    def header(self) -> ScanHeader:
        return self._sealed.scan

    @property
    def summary(self) -> Summary:
        return self._sealed.summary

    def coverage(self) -> Iterator[Coverage]:
        return self._records(self._files("coverage"), Coverage)

    def resources(self) -> Iterator[Resource]:
        return self._records(self._files("resources"), Resource)

    def keys(self) -> Iterator[Key]:
        return self._records(self._files("keys"), Key)

    def findings(self, status: Status | None = None) -> Iterator[Finding]:
        files = self._files("findings")
        if status is None:
            yield from self._records(files, Finding)
            return
        holding = (file for file in files if file.statuses.get(status.value))
        worst_first = sorted(holding, key=lambda file: _RANK.get(file.severity, len(_RANK)))
        for finding in self._records(worst_first, Finding):
            if finding.status is status:
                yield finding

    def _files(self, kind: str) -> list[SealedFile]:
        return [file for file in self.manifest.files if file.path.startswith(f"shards/{kind}/")]

    def _records(self, files: Iterable[SealedFile], type_: type[T]) -> Iterator[T]:
        decode = msgspec.json.Decoder(type_).decode
        for file in files:
            number = 0
            with _Reader(self.folder, file) as reader:
                for number, line in enumerate(reader.lines(), 1):
                    try:
                        record = decode(line)
                    except msgspec.DecodeError as error:
                        raise DamagedError(f"{reader.path} is damaged at line {number}: {error}.") from None
                    yield record
            if number != file.records:
                raise DamagedError(f"{self.folder / file.path} holds {number} records, not {file.records}.")


class _Reader:
    """One file under way; at its end, its bytes must be those of the manifest."""

    def __init__(self, folder: Path, listed: SealedFile) -> None:
        self.path = folder / listed.path
        self._listed = listed
        if is_endless(self.path):
            raise DamagedError(f"{self.path} cannot be read: {WHY}.")
        try:
            self._file: BinaryIO = self.path.open("rb")
        except OSError as error:
            raise DamagedError(f"{self.path} cannot be read: {error.strerror}.") from None
        self._raw = _Digesting(self._file)

    def __enter__(self) -> "_Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self) -> bytes:
        text = io.BufferedReader(self._raw).read()
        self._check()
        return text

    def lines(self) -> Iterator[bytes]:
        try:
            with gzip.GzipFile(fileobj=io.BufferedReader(self._raw, 1 << 16)) as unpacked:
                yield from unpacked
        except (OSError, EOFError, zlib.error) as error:
            self._drain()
            self._check()
            raise DamagedError(f"{self.path} is damaged: {error}.") from None
        self._drain()
        self._check()

    def _drain(self) -> None:
        buffer = bytearray(1 << 16)
        while self._raw.readinto(buffer):
            pass

    def _check(self) -> None:
        if self._raw.size != self._listed.bytes:
            raise DamagedError(f"{self.path} has {self._raw.size} bytes, not {self._listed.bytes}: cut or added to.")
        if self._raw.digest.hexdigest() != self._listed.sha256:
            raise DamagedError(f"{self.path} was changed: its SHA-256 is not that of the manifest.")


class _Digesting(io.RawIOBase):
    """Hands through what is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self.digest.update(data)
        self.size += len(data)
        return len(data)
