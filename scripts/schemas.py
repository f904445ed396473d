#!/usr/bin/env python3
"""Write the JSON Schemas of the files that people write themselves into docs/reference/. A test compares them.

An editor completes and checks a file that begins with `# yaml-language-server: $schema=PATH`.
"""

from pathlib import Path
from typing import Any

import msgspec
import typer.main

from scanner.cli.main import app
from scanner.cli.settings import commands, options_of, shared
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
    "lexloci": ("lexloci.yaml: options, statements and waivers", Statements),
}


def schema(kind: str) -> str:
    """The schema (2020-12) of one kind of file."""
    title, type_ = KINDS[kind]
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(type_),
        "title": title,
    }
    if type_ is Statements:
        made["$defs"]["Statements"]["properties"] |= sections(typer.main.get_command(app))
    return msgspec.json.format(msgspec.json.encode(made, order="sorted"), indent=2).decode() + "\n"


def sections(root: Any) -> dict[str, Any]:
    """The sections about options, from the options themselves."""
    known = dict(commands(root))
    scanning = {name: one for command in known.values() if shared(command) for name, one in options_of(command).items()}
    each = {name: _options(options_of(command)) for name, command in known.items() if options_of(command)}
    return {
        "options": {"description": "Options of commands that scan or merge.", **_options(scanning)},
        "commands": {
            "description": "Options of one command; they go before those under `options`.",
            "type": "object",
            "properties": each,
            "additionalProperties": False,
        },
    }


def _options(declared: dict[str, Any]) -> dict[str, Any]:
    properties = {name: _option(one) for name, one in declared.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _option(option: Any) -> dict[str, Any]:
    kind = option.type_descriptor
    if kind.choices:
        one: dict[str, Any] = {"enum": list(kind.choices)}
    else:
        words = {bool: "boolean", int: "integer", float: "number"}
        one = {"type": words.get(kind.annotation, "string")}
    one |= {word: bound for word, bound in (("minimum", option.min), ("maximum", option.max)) if bound is not None}
    described: dict[str, Any] = {"description": option.help}
    if option.default not in (None, ""):
        described["default"] = str(option.default) if isinstance(option.default, Path) else option.default
    return described | ({"anyOf": [one, {"type": "array", "items": one}]} if option.multiple else one)


def files() -> dict[Path, str]:
    """Every schema file with what it must hold."""
    return {REFERENCE / f"{kind}.schema.json": schema(kind) for kind in KINDS}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
