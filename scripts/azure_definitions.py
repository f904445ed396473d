#!/usr/bin/env python3
"""Write the extract of Azure's type definitions that tests hold the catalog to.

    scripts/azure_definitions.py PATH_OF_A_CLONE_OF_Azure/bicep-types-az

Prints, for every type whose key block can be absent, the `since` that follows from the definitions when it is not the
catalog's.
"""

import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from scanner.providers.azure.declaration import ResourceType, catalog

TARGET = Path(__file__).parent.parent / "tests" / "providers" / "azure" / "data" / "type_definitions.json"
READS = (
    "member names of each type; [] stands for the elements of an array, * for any name; a text is the allowed words, or"
    " empty. shows_key: stable versions and whether they have the members that name the key"
)
Tree = dict[str, Any] | str


class Clone:
    def __init__(self, path: str) -> None:
        self._path = path
        self._files: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name in self._git("ls-tree", "-r", "--name-only", "HEAD", "generated").splitlines():
            if match := re.fullmatch(r"generated/[^/]+/([^/]+)/([^/]+)/types\.json", name):
                self._files[(match[1].lower(), match[2])].append(name)

    def head(self) -> tuple[str, str]:
        """Commit and its date."""
        commit, date = self._git("log", "-1", "--format=%H %cs").split()
        return commit, date

    def stable_versions(self, type_: str) -> list[str]:
        namespace = type_.partition("/")[0].lower()
        return sorted(version for name, version in self._files if name == namespace and "preview" not in version)

    def tree(self, type_: str, version: str) -> Tree | None:
        """Members of a type in one version; None when the version does not have it."""
        for name in self._files[(type_.partition("/")[0].lower(), version)]:
            nodes = self._nodes(name)
            for node in nodes:
                if node["$type"] == "ResourceType" and node["name"].lower() == f"{type_}@{version}".lower():
                    return _tree(nodes, _target(node["body"]), frozenset())
        return None

    @lru_cache(maxsize=40)  # noqa: B019 - one clone a run
    def _nodes(self, name: str) -> list[dict[str, Any]]:
        nodes: list[dict[str, Any]] = json.loads(self._git("show", f"HEAD:{name}"))
        return nodes

    def _git(self, *words: str) -> str:
        return subprocess.run(["git", "-C", self._path, *words], check=True, capture_output=True, text=True).stdout


def _target(reference: dict[str, str]) -> int:
    return int(reference["$ref"][2:])


def _tree(nodes: list[dict[str, Any]], index: int, above: frozenset[int]) -> Tree:
    if index in above:
        return ""
    node, above = nodes[index], above | {index}

    def members(found: dict[str, Any]) -> dict[str, Any]:
        return {name: _tree(nodes, _target(member["type"]), above) for name, member in found.items()}

    match node["$type"]:
        case "ObjectType":
            tree = members(node.get("properties", {}))
            if node.get("additionalProperties"):
                tree["*"] = _tree(nodes, _target(node["additionalProperties"]), above)
            return tree
        case "DiscriminatedObjectType":
            tree = members(node.get("baseProperties", {}))
            for element in node["elements"].values():
                for name, member in dict(_tree(nodes, _target(element), above)).items():
                    tree[name] = _both(tree.get(name), member)
            return tree
        case "ArrayType":
            return {"[]": _tree(nodes, _target(node["itemType"]), above)}
        case "UnionType":
            parts = [_tree(nodes, _target(element), above) for element in node["elements"]]
            objects = [part for part in parts if isinstance(part, dict)]
            if objects:
                return {name: member for part in objects for name, member in part.items()}
            return "|".join(dict.fromkeys(word for part in parts for word in str(part).split("|") if word))
        case "StringLiteralType":
            return str(node["value"])
    return ""


def _both(first: Tree | None, second: Tree) -> Tree:
    if isinstance(first, dict) and isinstance(second, dict):
        return {**first, **second}
    if isinstance(first, str) and isinstance(second, str):
        return "|".join(dict.fromkeys(word for word in f"{first}|{second}".split("|") if word))
    return second


def _has(tree: Tree | None, path: str) -> bool:
    here: list[Any] = [tree]
    for step in path.replace("[]", ".[]").split("."):
        here = [
            member
            for node in here
            if isinstance(node, dict)
            for name, member in node.items()
            if name.lower() == step.lower() or name == "*"
        ]
    return bool(here)


def _deciding(type_: ResourceType) -> Iterator[str]:
    """The members by which a body shows whose key it is."""
    if type_.encryption.source is not None:
        yield type_.encryption.source.path
    for key in type_.encryption.keys:
        yield (f"{key.each}." if key.each else "") + (key.set or key.vault or key.uri or key.vault_id)


def main(path: str) -> None:
    clone = Clone(path)
    types: dict[str, Any] = {}
    for type_ in catalog().values():
        tree = clone.tree(type_.type, type_.api_version)
        if not isinstance(tree, dict):
            raise SystemExit(f"{type_.type} has no version {type_.api_version}")
        entry: dict[str, Any] = {
            "api_version": type_.api_version,
            "properties": {k: v for k, v in tree.items() if k not in ("apiVersion", "id", "name", "type")},
        }
        if type_.encryption.since:
            trees = {v: clone.tree(type_.type, v) for v in clone.stable_versions(type_.type) if v <= type_.api_version}
            shows = {v: all(_has(tree, p) for p in _deciding(type_)) for v, tree in trees.items() if tree}
            entry["shows_key"] = shows
            missing = [version for version, shown in shows.items() if not shown]
            since = min(version for version in shows if not missing or version > max(missing))
            if since != type_.encryption.since:
                print(f"{type_.type}: since {since}")
        types[type_.type] = entry
    commit, date = clone.head()
    head = {"source": f"Azure/bicep-types-az commit {commit} (MIT)", "as_of": date, "reads": READS}
    lines = [f"{json.dumps(name)}: {_line(body)}" for name, body in sorted(types.items())]
    text = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items())
    TARGET.write_text(f'{{{text},\n"types": {{\n' + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


def _line(body: dict[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"), sort_keys=True)


if __name__ == "__main__":
    main(sys.argv[1])
