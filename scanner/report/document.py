"""Reading a finished scan back from its JSON document, and the published schema of that document."""

import sys
from pathlib import Path
from typing import Any

import msgspec

from scanner.errors import UsageError
from scanner.model.document import SCHEMA_VERSION, Document
from scanner.report.source import DocumentScan


def read(path: Path) -> DocumentScan:
    """The scan in `path` (`-` is standard input); UsageError when it is no document of this major version."""
    try:
        text = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    path = Path("standard input") if str(path) == "-" else path
    try:
        document = msgspec.json.decode(text, type=Document)
    except msgspec.DecodeError as error:
        raise UsageError(f"{path} is no lexloci document, or a damaged one: {error}.") from None
    if document.schema_version.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
        raise UsageError(f"{path} has schema version {document.schema_version}; this lexloci reads {SCHEMA_VERSION}.")
    return DocumentScan(document)


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the document, generated from the model."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Document)}
