"""Memory that threads share."""

import ctypes
import sys

_ARENA_MAX = -8
"""`M_ARENA_MAX` of glibc's malloc.h."""

_HEAPS = 2


def share() -> None:
    """Let threads share two heaps of the C library.

    glibc gives every thread one of its own and keeps there what the thread freed, which is 30 MB for a pool of sixteen.
    Other C libraries have no such setting; nothing depends on it.
    """
    if sys.platform == "linux":
        set_option = getattr(ctypes.CDLL(None), "mallopt", None)
        if set_option is not None:
            set_option(_ARENA_MAX, _HEAPS)
