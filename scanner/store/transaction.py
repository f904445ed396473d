"""One transaction of the journal."""

import sqlite3
from pathlib import Path

from scanner.errors import CannotRunError


class Transaction:
    """`begin immediate` … `commit`, with a full disk or a read-only folder told as a sentence."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    def __enter__(self) -> None:
        self._db.execute("begin immediate")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        try:
            self._db.execute("rollback" if kind else "commit")
        except sqlite3.OperationalError as failure:
            raise CannotRunError(f"The journal {self._path} cannot be written: {failure}.") from error
        if isinstance(error, sqlite3.OperationalError):
            raise CannotRunError(f"The journal {self._path} cannot be written: {error}.") from error
