"""Putting a finished file or folder in the place of an older one: at every moment one of the two is there whole."""

import contextlib
import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scanner.endless import is_endless

_AT_FDCWD = -100
_EXCHANGE = 2


def put(chunks: Iterable[bytes], path: Path) -> None:
    """A new file in the place of the old one, behind a link too. A device or a pipe is written to and stays one.

    OSError when there is no room, or the place cannot be written; the old file is still there then.
    """
    target = path.resolve()
    if is_endless(target):
        with target.open("wb") as device:
            device.writelines(chunks)
        return
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        try:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(target)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder`, to be filled; takes its place at the end, and is removed if anything fails.

    What stood there before is removed afterwards. OSError when there is no room, or the place cannot be written.
    """
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        yield beside
        if folder.exists():
            _exchange(beside, folder)
        else:
            beside.rename(folder)
        _sync(folder.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _exchange(beside: Path, folder: Path) -> None:
    """Swap two folders in one step where the system can; else in two, going back when the second fails."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            if not ctypes.CDLL(None, use_errno=True).renameat2(
                _AT_FDCWD, os.fsencode(beside), _AT_FDCWD, os.fsencode(folder), _EXCHANGE
            ):
                return
    old = folder.with_name(f"{beside.name}.old")
    folder.rename(old)
    try:
        beside.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    old.rename(beside)


def _sync(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
