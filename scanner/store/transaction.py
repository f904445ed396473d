"""One transaction of the journal."""

import sqlite3
from pathlib import Path

from scanner.store.broken import told


class Transaction:
    """`begin immediate` … `commit`, with a full disk or a damaged page told as a sentence."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    def __enter__(self) -> None:
        self._db.execute("begin immediate")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        try:
            if kind is None:
                self._db.execute("commit")
        except sqlite3.Error as failure:
            error = failure
        if error is not None and self._db.in_transaction:  # SQLite ends it by itself when the disk is full
            self._db.execute("rollback")
        if isinstance(error, sqlite3.Error):
            raise told(self._path, error) from error
