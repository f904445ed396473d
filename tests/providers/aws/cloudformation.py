"""The CloudFormation resource schemas that cfn-lint ships, as a second witness of what AWS can encrypt."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint  # type: ignore[import-untyped]

_SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas"

KEY_OR_ENCRYPTION = re.compile(r"kms|encrypt|customer_?managed_?key", re.IGNORECASE)
"""A property, at any depth, with such a name makes a type one to account for. It is deliberately wide: it also
catches TLS switches and templates, which then have to be excused one by one."""


@cache
def regions_by_type() -> dict[str, dict[str, str]]:
    """For every type, the schema file of each region that has it."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted((_SCHEMAS / "providers").glob("*.json")):
        for name, digest in json.loads(file.read_text(encoding="utf-8")).items():
            if name.startswith("AWS::") and file.stem != "sam":
                found.setdefault(name, {})[file.stem] = digest
    return found


@cache
def types_with_a_key_or_encryption_property() -> frozenset[str]:
    """Of each type the schema of us-east-1 is read, or of its first region where Virginia lacks it."""
    schemas = {name: files.get("us-east-1") or next(iter(files.values())) for name, files in regions_by_type().items()}
    return frozenset(
        name for name, digest in schemas.items() if any(KEY_OR_ENCRYPTION.search(word) for word in _properties(digest))
    )


def _properties(digest: str) -> Iterator[str]:
    schema = json.loads((_SCHEMAS / "resources" / f"{digest}.json").read_text(encoding="utf-8"))
    yield from _names({part: schema.get(part, {}) for part in ("properties", "definitions")})


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "properties" and isinstance(value, dict):
                yield from value
            yield from _names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _names(value)
