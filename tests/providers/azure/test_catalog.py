"""The catalog against the published type definitions, of which `data/type_definitions.json` is an extract."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scanner.providers.azure.declaration import (
    KeyPaths,
    ResourceType,
    When,
    catalog,
    deployment_skus,
    types_without_data,
)

TYPES = sorted(catalog())


@cache
def definitions() -> dict[str, Any]:
    text = (Path(__file__).parent / "data" / "type_definitions.json").read_text()
    return {name.lower(): body for name, body in json.loads(text)["types"].items()}


def leaves(tree: Any, path: str) -> list[Any]:
    """What the definition has at `path`, letter case ignored; `*` stands for members of any name."""
    here = [tree]
    for step in path.replace("[]", ".[]").split("."):
        here = [
            child
            for node in here
            if isinstance(node, dict)
            for name, child in node.items()
            if name.lower() == step.lower() or (name == "*" and step != "[]")
        ]
    return here


def key_paths(paths: KeyPaths) -> Iterator[str]:
    prefix = f"{paths.each}." if paths.each else ""
    for path in (paths.uri, paths.packed, paths.vault, paths.vault_id, paths.name, paths.version, paths.set):
        if path:
            yield prefix + path


def conditions(type_: ResourceType) -> Iterator[When]:
    if type_.encryption.plain is not None:
        yield type_.encryption.plain
    for copy in type_.copies:
        yield from (one for one in (copy.when, copy.unless, copy.inbound_when) if one is not None)
    for child in type_.children:
        if child.when is not None:
            yield child.when


def paths(type_: ResourceType) -> Iterator[str]:
    yield from type_.location
    for keys in (*type_.encryption.keys, *type_.encryption.other.values()):
        yield from key_paths(keys)
    if type_.encryption.source is not None:
        yield type_.encryption.source.path
    if type_.encryption.link:
        yield type_.encryption.link
    for copy in type_.copies:
        prefix = f"{copy.each}." if copy.each else ""
        yield from (prefix + path for path in (copy.regions, copy.link) if path)
    yield from (one.path for one in conditions(type_))
    yield from (one.path for one in type_.egress)
    if type_.retention:
        yield type_.retention
    yield from (path for path in (type_.ties.images, type_.ties.ports) if path)
    if type_.size is not None:
        assert bool(type_.size.bytes) is not bool(type_.size.gib)
        yield type_.size.bytes or type_.size.gib


def test_every_type_is_defined_and_their_number_only_rises() -> None:
    assert len(TYPES) >= 147
    assert set(TYPES) == set(definitions())


@pytest.mark.parametrize("name", TYPES)
def test_every_path_is_in_the_type_definition(name: str) -> None:
    type_, defined = catalog()[name], definitions()[name]
    assert type_.api_version == defined["api_version"]
    missing = [path for path in paths(type_) if not leaves(defined["properties"], path)]
    assert missing == []


@pytest.mark.parametrize("name", TYPES)
def test_every_word_is_one_that_the_type_definition_allows(name: str) -> None:
    type_, tree = catalog()[name], definitions()[name]["properties"]
    claims = [(one.path, one.values) for one in conditions(type_)]
    if (source := type_.encryption.source) is not None:
        claims.append((source.path, [*source.customer, *source.platform]))
    for path, words in claims:
        allowed = {
            word.lower() for leaf in leaves(tree, path) if isinstance(leaf, str) and leaf for word in leaf.split("|")
        }
        if allowed:
            assert {word.lower() for word in words} <= allowed, path


@pytest.mark.parametrize("name", [name for name in TYPES if catalog()[name].encryption.since])
def test_since_is_the_first_version_from_which_on_every_one_shows_the_key(name: str) -> None:
    shows = definitions()[name]["shows_key"]
    since = catalog()[name].encryption.since
    later = [version for version in shows if version >= since]
    earlier = [version for version in shows if version < since]
    assert all(shows[version] for version in later)
    assert not earlier or not shows[max(earlier)]


@pytest.mark.parametrize("name", TYPES)
def test_children_and_parents_are_catalog_types(name: str) -> None:
    type_ = catalog()[name]
    for child in type_.children:
        assert child.type.lower() in catalog()
        tree = definitions()[child.type.lower()]["properties"]
        assert all(leaves(tree, path) for path in (child.owner, child.partner) if path)
    if type_.encryption.default == "parent":
        assert type_.encryption.parent.lower() in catalog()
        assert name.startswith(type_.encryption.parent.lower() + "/")
    if type_.read == "parent":
        readers = {child.type.lower() for one in catalog().values() for child in one.children}
        assert name in readers | {"microsoft.keyvault/vaults/keys"}


def test_a_type_whose_key_block_can_be_absent_says_since_when_absence_means_something() -> None:
    silent = [
        name
        for name, type_ in catalog().items()
        if type_.encryption.keys and type_.encryption.default != "nothing" and not type_.encryption.since
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("sku", "place"), [("GlobalStandard", "global"), ("DataZoneBatch", "data-zone"), ("standard", "region")]
)
def test_deployment_skus_tell_where_prompts_are_computed(sku: str, place: str) -> None:
    assert deployment_skus()[sku.lower()] == place


def test_no_type_is_both_in_the_catalog_and_said_to_keep_nothing() -> None:
    assert types_without_data()
    assert types_without_data().isdisjoint(catalog())


UNDECIDED = {
    # "Invalid" is what Azure says when it does not know either.
    "Microsoft.RecoveryServices/vaults": {"invalid"},
    "Microsoft.RecoveryServices/vaults/backupstorageconfig": {"invalid"},
    # Where a site of these modes is besides, no document says.
    "Microsoft.Web/sites": {"manual", "failover", "activeactive"},
}
"""Words of the definitions of which nobody knows whether there is a copy."""
NAMES_ITS_PLACE = {"Microsoft.NotificationHubs/namespaces"}
"""Any other word than those of the condition is a region, and another entry has it for the place of the copy."""


@pytest.mark.parametrize("name", TYPES)
def test_every_word_that_decides_on_a_copy_has_a_side(name: str) -> None:
    """A word that came later than the catalog is on none, which is a gap and no proof that there is no copy."""
    type_ = catalog()[name]
    for copy in type_.copies if type_.type not in NAMES_ITS_PLACE else ():
        if copy.when is not None:
            (found,) = leaves(definitions()[name]["properties"], copy.when.path)
            words = {word.lower() for word in found.split("|")} if found else {"true", "false"}
            said = [word.lower() for word in (*copy.when.values, *copy.when.otherwise)]
            assert sorted(said) == sorted(words - UNDECIDED.get(type_.type, set()))
