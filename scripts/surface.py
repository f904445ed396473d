#!/usr/bin/env python3
"""Write the frozen surface: what users and their scripts rely on, as files that a test compares with the code.

Run it after a deliberate change, look at the difference, and name the change in CHANGELOG.md. Within a major version
names are added; a removal or a new meaning waits for the next one.
"""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
import typer.main

from scanner.cli.main import app
from scanner.cli.options import Judging
from scanner.cli.outputs import FORMATS, SEALED
from scanner.errors import CannotRunError, UsageError
from scanner.model import Assurance, CoverageState, Custody, GapReason, HealthLevel, Severity, Status
from scanner.model.document import WaiverState
from scanner.report import document
from scanner.scan.outcome import outcome, threshold

ROOT = Path(__file__).parent.parent
FROZEN = ROOT / "tests" / "surface"
PUBLISHED = ROOT / "docs" / "reference" / "document.schema.json"

WORDS: dict[str, type[StrEnum]] = {
    "status": Status,
    "severity": Severity,
    "assurance": Assurance,
    "coverage state": CoverageState,
    "gap reason": GapReason,
    "custody": Custody,
    "health level": HealthLevel,
    "waiver state": WaiverState,
}


def commands() -> str:
    """Every command with its arguments and options; defaults are part of the surface, help texts are not."""
    return "\n".join(_command("lexloci", typer.main.get_command(app))) + "\n"


def _command(path: str, command: Any) -> Iterator[str]:
    yield path
    for parameter in command.params:
        yield f"  {_parameter(parameter)}"
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        yield from _command(f"{path} {name}", inner)


def _parameter(parameter: Any) -> str:
    names = ", ".join((*parameter.opts, *parameter.secondary_opts))
    words = [names, "flag" if getattr(parameter, "is_flag", False) else _kind(parameter.type_descriptor.annotation)]
    if parameter.required:
        words.append("required")
    if parameter.default not in (None, False, ""):
        words.append(f"default {parameter.default}")
    if parameter.envvar:
        words.append(f"environment {' '.join(parameter.envvar)}")
    return "  ".join(words)


def _kind(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return "|".join(get_args(annotation))
    return str(annotation) if get_args(annotation) else annotation.__name__


def words() -> str:
    """The closed vocabularies that appear in documents."""
    lines = [f"{title}: {' '.join(word.value for word in enum)}" for title, enum in WORDS.items()]
    return "\n".join([f"format: {' '.join((*FORMATS, SEALED))}", *lines]) + "\n"


def exit_codes() -> str:
    """What each way a scan can end gives to the shell, computed by the code that decides it."""
    none: dict[Severity, int] = {}
    low = {Severity.LOW: 1}
    rows: list[tuple[str, dict[str, Any]]] = [
        ("everything measured, nothing found", {}),
        ("a fail at the threshold", {"fails": low}),
        ("a fail at the threshold, and something unknown", {"fails": low, "unknowns": 1, "complete": False}),
        ("a fail of severity info", {"fails": {Severity.INFO: 1}}),
        ("a fail of severity info, --fail-on info", {"fails": {Severity.INFO: 1}, "fail_on": threshold("info")}),
        ("a fail below --fail-on high", {"fails": low, "fail_on": threshold("high")}),
        ("a fail, --fail-on none", {"fails": low, "fail_on": threshold("none")}),
        ("every fail waived or in the baseline", {"settled": 1}),
        ("no fail, something unknown", {"unknowns": 1}),
        ("no fail, everything unknown acknowledged", {"unknowns": 1, "acknowledged": 1}),
        (
            "no fail, everything unknown acknowledged, a unit not read",
            {"unknowns": 1, "acknowledged": 1, "complete": False},
        ),
        ("no fail, a unit not read", {"complete": False}),
        ("no fail, something unknown, --allow-incomplete", {"unknowns": 1, "allow_incomplete": True}),
        ("nothing measured", {"measured": False}),
        ("nothing measured, --allow-incomplete", {"measured": False, "allow_incomplete": True}),
    ]
    usual: dict[str, Any] = {
        "fails": none,
        "unknowns": 0,
        "measured": True,
        "complete": True,
        "fail_on": threshold(Judging().fail_on),
        "allow_incomplete": False,
    }
    lines = []
    for case, given in rows:
        verdict, code = outcome(**{**usual, **given})
        lines.append(f"{code}  {verdict:16}  {case}")
    lines.append(f"{UsageError.exit_code}  {'-':16}  the command, the configuration or a policy is wrong")
    lines.append(f"{CannotRunError.exit_code}  {'-':16}  the scan could not run")
    return "\n".join(lines) + "\n"


def schema() -> str:
    """JSON Schema of the document, for people to read and for git to compare."""
    return msgspec.json.format(msgspec.json.encode(document.schema(), order="sorted"), indent=2).decode() + "\n"


def files() -> dict[Path, str]:
    """Every frozen file with what it must hold."""
    return {
        FROZEN / "commands.txt": commands(),
        FROZEN / "words.txt": words(),
        FROZEN / "exit_codes.txt": exit_codes(),
        FROZEN / "document.schema.json": schema(),
        PUBLISHED: schema(),
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
