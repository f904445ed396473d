"""Whether a body has the shape that its type's declaration reads: what cannot be read is a gap and not an absence."""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.model import Gap, GapReason
from scanner.providers.azure.declaration import CopyOf, KeyPaths, ResourceType, When
from scanner.providers.azure.members import misshapen, values

Body = Mapping[str, Any]
KEY, COPIES, EGRESS = "encryption.key", "copies", "egress"


def is_hollow(body: Body) -> bool:
    """Whether the body is without its properties, so that nothing missing in it says anything."""
    return not any(isinstance(found, Mapping) for found in values(body, "properties"))


def gaps(type_: ResourceType, body: Body) -> tuple[Gap, ...]:
    """A gap for each kind of fact that the body's shape hides."""
    found: dict[str, str] = {}
    if is_hollow(body) and not _about_nothing(type_):
        found = dict.fromkeys((KEY, COPIES, EGRESS), "the answer has no properties")
    for fact, path in _paths(type_):
        if misshapen(body, path):
            found.setdefault(fact, f"'{path}' has not the shape that the type's definition gives it")
    return tuple(
        Gap(fact=fact, reason=GapReason.MALFORMED, detail=detail, operation=type_.operation)
        for fact, detail in found.items()
    )


def _about_nothing(type_: ResourceType) -> bool:
    """Whether no property of the type is read at all."""
    return not any(path.lower().startswith("properties") for _, path in _paths(type_))


def _paths(type_: ResourceType) -> Iterator[tuple[str, str]]:
    encryption = type_.encryption
    for keys in (*encryption.keys, *encryption.other.values()):
        yield from ((KEY, path) for path in _of_keys(keys))
    yield KEY, encryption.link
    yield KEY, encryption.source.path if encryption.source is not None else ""
    yield from ((KEY, path) for path in _of_condition(encryption.plain))
    for copy in type_.copies:
        yield from ((COPIES, path) for path in _of_copy(copy))
    for egress in type_.egress:
        yield EGRESS, egress.path


def _of_keys(keys: KeyPaths) -> Iterator[str]:
    plain = (keys.uri, keys.packed, keys.vault, keys.vault_id, keys.name, keys.version, keys.set)
    yield keys.each
    yield from (_below(keys.each, path) for path in plain if path)


def _of_copy(copy: CopyOf) -> Iterator[str]:
    yield copy.each
    yield from (_below(copy.each, path) for path in (copy.regions, copy.link) if path)
    for condition in (copy.when, copy.unless, copy.inbound_when):
        yield from _of_condition(condition)


def _of_condition(condition: When | None) -> Iterator[str]:
    if condition is not None:
        yield condition.path


def _below(each: str, path: str) -> str:
    return f"{each}.{path}" if each else path
