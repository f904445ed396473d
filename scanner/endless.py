"""Files that may never end: nobody who names one as a document, a pack or a list means to wait for it."""

import stat
from pathlib import Path

from scanner.errors import UsageError

WHY = "it is no regular file"
_LARGEST_KEY = 1 << 16


def is_endless(path: Path) -> bool:
    """True for a pipe, a socket or a device. A file that is not there is none of them.

    Asked once: between two questions another process may delete the file.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return False  # whoever opens it says why
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def read_key_file(path: Path) -> bytes:
    """What a file of a key holds. It may be a pipe, so that no key need lie on a disk.

    UsageError when it cannot be read, or holds more than any key.
    """
    try:
        with path.open("rb") as file:
            found = file.read(_LARGEST_KEY + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    if len(found) > _LARGEST_KEY:
        raise UsageError(f"{path} holds more than {_LARGEST_KEY} bytes, which no key does.")
    return found
