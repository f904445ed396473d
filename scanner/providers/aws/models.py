"""The SDK's service models: read fast, and forgotten when their turn is over."""

import os
import threading
import zlib
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

import msgspec
from botocore.loaders import JSONFileLoader, Loader

_GZIP = 31
"""What zlib calls the format of gzip: 16 for its header, 15 for any size of window."""


def _text(file_path: str) -> bytes | None:
    """The file at a path without its ending, None where there is none."""
    plain, packed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
    if plain.is_file():
        return plain.read_bytes()
    if not packed.is_file():
        return None
    content = packed.read_bytes()
    # Its last four bytes are how long the text is. Told so, zlib holds it once; read piece by piece it is held twice.
    return zlib.decompress(content, _GZIP, int.from_bytes(content[-4:], "little"))


class _Files(JSONFileLoader):  # type: ignore[misc] # the SDK is untyped
    """Reads the SDK's data in half the time and half the memory that its own reader takes."""

    def load_file(self, file_path: str) -> Any:
        text = _text(file_path)
        return None if text is None else msgspec.json.decode(text)


class _DeclaredFiles(_Files):
    """Reads of a service's model what its declared operations take and give, and nothing else.

    A model in whole is up to 5,000 shapes, of which a scan needs some tens; and the SDK makes a method of a client for
    every operation in it, at every client.
    """

    def __init__(self, declared: Collection[tuple[str, str]]) -> None:
        self._methods: dict[str, set[str]] = {}
        for service, method in declared:
            self._methods.setdefault(service, set()).add(method.replace("_", ""))

    def load_file(self, file_path: str) -> Any:
        *_, service, _version, kind = Path(file_path).parts
        text = _text(file_path) if kind == "service-2" else None
        # A service without a declared call has no operation.
        return super().load_file(file_path) if text is None else _part(text, self._methods.get(service, frozenset()))


def _part(text: bytes, methods: Collection[str]) -> dict[str, Any]:
    """A model with the operations of which a method is made (named without underscores), and the shapes they need."""
    model: dict[str, Any] = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    operations = msgspec.json.decode(model.pop("operations"), type=dict[str, msgspec.Raw])
    shapes = msgspec.json.decode(model.pop("shapes"), type=dict[str, msgspec.Raw])
    model.pop("documentation", None)
    part = {name: msgspec.json.decode(value) for name, value in model.items()}
    kept = {name: msgspec.json.decode(value) for name, value in operations.items() if name.lower() in methods}
    needed: dict[str, Any] = {}
    waiting = [name for operation in kept.values() for name in _shapes_of_operation(operation)]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = msgspec.json.decode(shapes[name])
            waiting += _shapes_of_shape(needed[name])
    return {**part, "operations": kept, "shapes": needed}


def _shapes_of_operation(operation: dict[str, Any]) -> Iterator[str]:
    operation.pop("documentation", None)
    for used in (operation.get("input"), operation.get("output"), *operation.get("errors", ())):
        if used:
            yield used["shape"]


def _shapes_of_shape(shape: dict[str, Any]) -> Iterator[str]:
    shape.pop("documentation", None)
    parts = (shape.get("member"), shape.get("key"), shape.get("value"))
    for used in (*shape.get("members", {}).values(), *filter(None, parts)):
        used.pop("documentation", None)
        yield used["shape"]


class ForgetfulLoader(Loader):  # type: ignore[misc] # the SDK is untyped
    """A loader of the declared part of service models, which keeps those used last.

    Units come service by service, so that a few models serve hundreds of clients. One loader, and its lock, serves the
    sessions of every account.
    """

    KEPT = 4

    def __init__(self, declared: Collection[tuple[str, str]], extra_search_paths: Sequence[str] = ()) -> None:
        """`declared` holds the `(service, method)` pairs that are read of the models."""
        super().__init__(extra_search_paths=list(extra_search_paths), file_loader=_DeclaredFiles(declared))
        self.lock = threading.Lock()
        """Held while a client is made: sessions and loaders are not safe to share between threads, clients are."""
        self.regions: dict[tuple[str, str], frozenset[str]] = {}
        """Where the SDK lists a service, by service and partition; filled as it is asked, with the lock."""
        self._used: dict[str, None] = {}

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """As the SDK's; its own additions to shapes that were left out are left out with them."""
        model = super().load_service_model(service_name, type_name, api_version)
        if type_name == "service-2":
            for name in [name for name, shape in model["shapes"].items() if "type" not in shape]:
                del model["shapes"][name]
        return model

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


class _Names(TypedDict, total=False):
    operations: dict[str, msgspec.Raw]


class _NameFiles(_Files):
    def load_file(self, file_path: str) -> Any:
        text = _text(file_path)
        if text is None:
            return None
        # The names alone: what is left undecoded would hold on to the text of the whole model.
        return {"operations": dict.fromkeys(msgspec.json.decode(text, type=_Names).get("operations", ()))}


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
