"""A database for what does not fit into memory, in a temporary file that vanishes with it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from scanner.errors import CannotRunError


@contextmanager
def scratch() -> Iterator[sqlite3.Connection]:
    """An empty database. CannotRunError when the temporary folder has no room for it."""
    try:
        with closing(sqlite3.connect("")) as database:  # an empty name is SQLite's word for such a file
            yield database
    except sqlite3.OperationalError as error:
        raise CannotRunError(f"The folder for temporary files (TMPDIR) cannot be used: {error}.") from None
