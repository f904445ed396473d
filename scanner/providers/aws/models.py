"""The SDK's service models: read fast, and forgotten when their turn is over."""

import gzip
import os
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

import msgspec
from botocore.loaders import JSONFileLoader, Loader


class _Files(JSONFileLoader):  # type: ignore[misc] # the SDK is untyped
    """Reads a model in half the time and half the memory that the SDK's own reader takes."""

    KEPT: Any = Any
    """What is kept of the document."""

    def load_file(self, file_path: str) -> Any:
        """The model at a path without its ending, None where there is none."""
        for ending, opened in ((".json", Path.open), (".json.gz", gzip.open)):
            path = Path(file_path + ending)
            if path.is_file():
                with opened(path, "rb") as file:
                    return msgspec.json.decode(file.read(), type=self.KEPT)
        return None


class ForgetfulLoader(Loader):  # type: ignore[misc] # the SDK is untyped
    """A loader of service models that keeps those used last. All 190 models at once are some 300 MB.

    Units come service by service, so that a few models serve hundreds of clients. One loader, and its lock, serves the
    sessions of every account.
    """

    KEPT = 4
    FILE_LOADER_CLASS = _Files

    def __init__(self, extra_search_paths: Sequence[str] = ()) -> None:
        super().__init__(extra_search_paths=list(extra_search_paths))
        self.lock = threading.Lock()
        """Held while a client is made: sessions and loaders are not safe to share between threads, clients are."""
        self._used: dict[str, None] = {}

    def used(self, service: str) -> None:
        """Note that `service` was asked for, and drop the models of those not asked for lately. Call with the lock."""
        self._used.pop(service, None)
        self._used[service] = None
        while len(self._used) > self.KEPT:
            oldest = next(iter(self._used))
            del self._used[oldest]
            self._forget(oldest)

    def _forget(self, service: str) -> None:
        # Keys are a method's name and its arguments: the service's name, or a path that starts with it.
        path = f"{service}{os.sep}"
        for key in [key for key in self._cache if any(part == service or str(part).startswith(path) for part in key)]:
            self._cache.pop(key, None)


class _Nothing(msgspec.Struct):
    """What an operation takes and gives, left where it was."""


class _Names(TypedDict, total=False):
    operations: dict[str, _Nothing]


class _NameFiles(_Files):
    KEPT = _Names


class _NameLoader(Loader):  # type: ignore[misc] # the SDK is untyped
    FILE_LOADER_CLASS = _NameFiles


@cache
def operation_names(service: str) -> tuple[str, ...]:
    """The operations of a service as AWS spells them, without the rest of its model."""
    return tuple(_name_loader().load_service_model(service, "service-2")["operations"])


@cache
def _name_loader() -> _NameLoader:
    """One for all services: each looks through the SDK's folders once."""
    return _NameLoader()
