#!/usr/bin/env python3
"""Write the JSON Schemas of the files that people write themselves into docs/reference/. A test compares them.

An editor completes and checks a file that begins with `# yaml-language-server: $schema=PATH`.
"""

from pathlib import Path
from typing import Any

import msgspec

from scanner.facts.own import OwnFacts
from scanner.facts.statements import Statements
from scanner.facts.waivers import WaiverFile
from scanner.policy.pack import Pack
from scanner.policy.scenarios import ScenarioFile

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"

KINDS: dict[str, tuple[str, Any]] = {
    "pack": ("A policy pack of lexloci", Pack),
    "scenarios": ("Scenarios of a policy pack of lexloci", ScenarioFile),
    "waivers": ("Waivers for lexloci, in a file of their own", WaiverFile),
    "facts": ("A fact file of the user's for lexloci, --facts", OwnFacts),
    "lexloci": ("lexloci.yaml: statements and waivers", Statements),
}


def schema(kind: str) -> str:
    """The schema (2020-12) of one kind of file."""
    title, type_ = KINDS[kind]
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(type_),
        "title": title,
    }
    return msgspec.json.format(msgspec.json.encode(made, order="sorted"), indent=2).decode() + "\n"


def files() -> dict[Path, str]:
    """Every schema file with what it must hold."""
    return {REFERENCE / f"{kind}.schema.json": schema(kind) for kind in KINDS}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
