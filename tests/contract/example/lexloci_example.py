"""A provider of somebody else's, as small as one can be: a cloud of boxes, read over HTTP.

    GET /whoami               {"account": …, "regions": […]}
    GET /boxes?region=…       [{"id", "name", "labels", "key", "mirror"}, …]
    GET /keys/ID              {"id", "region", "made_by"}
    GET /boxes/ID             {"id", "region"}

Only `scanner.model`, `scanner.errors` and `scanner.providers.contract` are imported: what a package of its own may use.
"""

import json
import os
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scanner.errors import CannotRunError
from scanner.model import (
    Coverage,
    CoverageState,
    EncryptionState,
    Gap,
    GapReason,
    Holds,
    KeyManager,
    KeyOrigin,
    KeyOwner,
    ObservedCopy,
    ObservedEncryption,
    ObservedKey,
    ObservedResource,
    Unit,
)
from scanner.providers.contract import Calls, Collector, Limits, Place, Record, Reference

_PERMISSIONS = {"Whoami": "identity:read", "ListBoxes": "boxes:list", "GetKey": "keys:read", "GetBox": "boxes:read"}
_STATES = {GapReason.DENIED: CoverageState.DENIED}


class _Refused(Exception):
    def __init__(self, reason: GapReason, detail: str, operation: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.operation = f"boxes:{operation}"
        self.permission = _PERMISSIONS[operation] if reason is GapReason.DENIED else ""

    def gap(self, fact: str) -> Gap:
        return Gap(
            fact=fact,
            reason=self.reason,
            detail=str(self),
            operation=self.operation,
            permission=self.permission,
        )


class _Asking:
    """The requests of one unit, counted."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.calls: Counter[str] = Counter()

    def ask(self, operation: str, path: str) -> Any:
        self.calls[f"boxes:{operation}"] += 1
        try:
            with urllib.request.urlopen(
                os.environ["EXAMPLE_CLOUD"] + path, timeout=self._limits.read_timeout
            ) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            reason = {403: GapReason.DENIED, 404: GapReason.GONE}.get(error.code, GapReason.PROVIDER_ERROR)
            raise _Refused(reason, f"HTTP {error.code}", operation) from error
        except OSError as error:
            raise _Refused(GapReason.UNREACHABLE, str(error), operation) from error
        except ValueError as error:
            raise _Refused(GapReason.MALFORMED, str(error), operation) from error


class _Collector:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        try:
            self._who = _Asking(limits).ask("Whoami", "/whoami")
        except _Refused as refused:
            raise CannotRunError(f"The cloud of boxes did not say who is signed in: {refused}.") from None

    @property
    def scope(self) -> Mapping[str, Any]:
        return {"provider": "example", "accounts": [self._who["account"]], "regions": self._who["regions"]}

    def units(self) -> Iterator[Unit]:
        return (self._unit(region, "boxes") for region in self._who["regions"])

    def preliminary(self) -> Iterable[Coverage]:
        return ()

    def collect(self, unit: Unit) -> Iterator[Record]:
        asking, refused, count = _Asking(self._limits), None, 0
        try:
            for box in asking.ask("ListBoxes", f"/boxes?region={unit.region}"):
                count += 1
                yield _box(unit, box)
        except _Refused as error:
            refused = error
        yield Calls(by_operation=dict(asking.calls))
        yield _row(unit, refused, count)

    def resolution_units(self, references: Iterable[Reference]) -> Iterator[tuple[Unit, tuple[Reference, ...]]]:
        mine = tuple(sorted(references))
        if mine:
            yield self._unit("global", "resolve:boxes"), mine

    def resolve(self, unit: Unit, references: tuple[Reference, ...]) -> Iterator[Record]:
        asking, refused = _Asking(self._limits), None
        targets = sorted({(reference.kind, reference.target) for reference in references})
        for kind, target in targets:
            try:
                if kind == "key":
                    yield _key(unit, target, asking.ask("GetKey", f"/keys/{target}"))
                else:
                    box = asking.ask("GetBox", f"/boxes/{target}")
                    yield Place(target=target, region=box["region"], account=unit.account)
            except _Refused as error:
                refused = error
                yield _unread(unit, target, error) if kind == "key" else Place(target=target, region=None, account=None)
        yield Calls(by_operation=dict(asking.calls))
        yield _row(unit, refused, len(targets))

    def halt(self) -> None:
        pass

    def close(self) -> None:
        pass

    def _unit(self, region: str, service: str) -> Unit:
        return Unit(
            provider="example", partition="example", account=self._who["account"], region=region, service=service
        )


def _box(unit: Unit, box: Mapping[str, Any]) -> ObservedResource:
    owner = KeyOwner.REFERENCED if box["key"] else KeyOwner.PROVIDER_SHARED
    mirrors = (ObservedCopy(kind="mirror", target=box["mirror"]),) if box["mirror"] else ()
    return ObservedResource(
        id=box["id"],
        type="boxes.box",
        provider="example",
        partition="example",
        account=unit.account,
        region=unit.region,
        name=box["name"],
        category="object",
        holds=Holds.CONTENT,
        tags=dict(box["labels"]),
        encryption=ObservedEncryption(
            state=EncryptionState.ENCRYPTED, owner=owner, keys=(box["key"],) if box["key"] else ()
        ),
        copies=mirrors,
    )


def _key(unit: Unit, id_: str, key: Mapping[str, Any]) -> ObservedKey:
    return ObservedKey(
        id=id_,
        provider="example",
        partition="example",
        account=unit.account,
        region=key["region"],
        manager=KeyManager.CUSTOMER if key["made_by"] == "customer" else KeyManager.PROVIDER,
        origin=KeyOrigin.PROVIDER_KMS,
        replicas=(),
        principals=(),
    )


def _unread(unit: Unit, id_: str, refused: _Refused) -> ObservedKey:
    return ObservedKey(
        id=id_,
        provider="example",
        partition="example",
        account=unit.account,
        region="",
        replicas=None,
        principals=None,
        gaps=tuple(refused.gap(fact) for fact in ("manager", "origin", "replicas", "principals")),
    )


def _row(unit: Unit, refused: _Refused | None, count: int) -> Coverage:
    state, reason, permission = CoverageState.COMPLETE, "", ""
    if refused is not None:
        state = CoverageState.PARTIAL if count else _STATES.get(refused.reason, CoverageState.FAILED)
        reason, permission = f"{refused.reason.value}: {refused}", refused.permission
    return Coverage(
        provider="example",
        partition="example",
        account=unit.account,
        region=unit.region,
        service=unit.service,
        type="",
        state=state,
        reason=reason,
        permission=permission,
        count=count,
    )


class _Example:
    name = "example"

    def open(self, options: Mapping[str, Any], limits: Limits) -> Collector:
        return _Collector(limits)

    def source(self, type_: str, fact: str) -> str:
        return "boxes:ListBoxes" if type_ == "boxes.box" else ""


provider = _Example()
