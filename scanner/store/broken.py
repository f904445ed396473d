"""What an error of SQLite says about its file: damage, or a place that is full, closed or taken."""

import sqlite3
from pathlib import Path

from scanner.errors import CannotRunError, LexlociError, UsageError

_TAKEN = {"SQLITE_BUSY", "SQLITE_LOCKED"}
_DAMAGE = {"SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR", "SQLITE_SCHEMA", "SQLITE_MISMATCH", "SQLITE_CONSTRAINT"}
"""`SQLITE_ERROR` is a table or column that is not there: our statements are always the same."""


class DamagedJournalError(CannotRunError):
    """What is in the journal cannot be what a scan wrote."""

    def __init__(self, path: Path, why: object) -> None:
        super().__init__(f"The journal {path} is damaged: {why}. Begin without it.")


def told(path: Path, error: sqlite3.Error) -> LexlociError:
    """The error for the user. Those that Python makes itself have no code: a text that is not UTF-8 is damage."""
    code = "_".join(getattr(error, "sqlite_errorname", "SQLITE_ERROR").split("_")[:2])  # SQLITE_IOERR of …_WRITE
    if code in _TAKEN:
        return UsageError(f"The journal {path} is in use by another program: {error}.")
    if code in _DAMAGE:
        return DamagedJournalError(path, error)
    return CannotRunError(f"The journal {path} cannot be used: {error}.")
