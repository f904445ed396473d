"""Reading a finished scan back from its JSON document, and the published schema of that document."""

import sys
from contextlib import nullcontext
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

import msgspec

from scanner.endless import WHY, is_endless
from scanner.errors import UsageError
from scanner.model.document import SCHEMA_VERSION, Document
from scanner.report.source import DocumentScan

_HEAD = 1 << 16
"""Bytes that show whether a file can be a document."""
_PIECE = 1 << 20
_JOURNAL = b"SQLite format 3\0"


def read(path: Path) -> DocumentScan:
    """The scan in `path` (`-` is standard input); UsageError when it is no document of this major version."""
    piped = str(path) == "-"
    if not piped and is_endless(path):
        raise UsageError(f"{path} cannot be read: {WHY}. A document on standard input is called -.")
    try:
        with nullcontext(_standard_input()) if piped else path.open("rb") as file:
            path = Path("standard input") if piped else path
            text = _whole(file, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        document = msgspec.json.decode(text, type=Document)
    except msgspec.DecodeError as error:
        raise UsageError(f"{path} is no lexloci document, or a damaged one: {error}.") from None
    if document.schema_version.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
        raise UsageError(f"{path} has schema version {document.schema_version}; this lexloci reads {SCHEMA_VERSION}.")
    return DocumentScan(document)


def _standard_input() -> BufferedReader:
    if sys.stdin is None:
        raise UsageError("There is no document on standard input: it is closed.")
    return cast(BufferedReader, sys.stdin.buffer)


def _whole(file: BufferedReader, path: Path) -> bytearray:
    """The bytes of the file; of one that does not begin as a document only the first are read."""
    head = file.read(_HEAD)
    if head.startswith(_JOURNAL):
        raise UsageError(
            f"{path} is the journal of a scan, not its result. Go on with --resume, or make a document of what it "
            f"holds: lexloci merge {path} -o json=scan.json"
        )
    if not head.lstrip().startswith(b"{") or b"\0" in head:
        raise UsageError(f"{path} is no lexloci document, or a damaged one: it does not begin as one.")
    text = bytearray(head)
    while piece := file.read1(_PIECE):  # piece by piece, so that an interruption is heard between them
        text += piece
    return text


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the document, generated from the model."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Document)}
