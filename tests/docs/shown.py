"""Fenced blocks of a page, and the commands in them with the output that the page shows."""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


class Shown(Struct, frozen=True):
    """A command line, and lines of its output in their order; one that ends in `…` is only a beginning."""

    command: str
    lines: tuple[str, ...]

    def first_missing(self, output: str) -> str | None:
        """The first shown line that the rest of the output lacks; None when all are there."""
        printed = iter(output.splitlines())
        for line in self.lines:
            beginning = line.removesuffix("…").rstrip()
            whole = beginning == line
            if not any(text.rstrip() == line if whole else text.startswith(beginning) for text in printed):
                return line
        return None


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Language and text of every fenced block."""
    for _, language, text in _FENCE.findall(page.read_text(encoding="utf-8")):
        yield language, text


def consoles(page: Path) -> Iterator[Shown]:
    """What the page's `console` blocks show, in their order."""
    for language, text in blocks(page):
        if language != "console":
            continue
        command, lines = "", []
        for line in text.splitlines():
            if line.startswith("$ "):
                if command:
                    yield Shown(command, tuple(lines))
                command, lines = line.removeprefix("$ "), []
            elif line.strip():
                lines.append(line.rstrip())
        yield Shown(command, tuple(lines))
