"""Every command line of lexloci that a page, a manifest or a workflow shows is one that lexloci takes."""

import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from scanner.cli.app import Context
from scanner.cli.main import app
from tests.docs.shown import blocks, consoles

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OTHERS = {*(DOCS / "decisions").glob("*.md"), DOCS / "commands.md"}
"""What was decided once, and the page that is made of the commands' own help."""
PAGES = [ROOT / "README.md", *sorted({*DOCS.rglob("*.md")} - OTHERS)]
COPIED = sorted((DOCS / "ci").glob("*.y*ml"))
SHELL = {"sh", "bash", "yaml"}

_CALL = re.compile(r"(?:^|[\s'`;(]|bin/)lexloci\"? ((?:[a-z-]+|--version)(?: [^|`>;#]*)?)")
_SPAN = re.compile(r"`lexloci ([^`\n]+)`")
_LEFT_OUT = re.compile(r"[…]|\[[A-Z -]+\]|\.\.\.$")
_COMMANDS: Any = typer.main.get_command(app)


def calls(text: str) -> Iterator[str]:
    """The words after `lexloci` in shell or YAML, lines that go on joined."""
    for line in re.sub(r"\s*\\\n\s*", " ", text).splitlines():
        if not line.strip().startswith("#") and (found := _CALL.search(line.strip())):
            yield found[1].strip().rstrip(")")


def of_page(page: Path) -> Iterator[tuple[str, bool]]:
    """Each command line with whether it stands in a block, to be copied, and not in a sentence."""
    for language, text in blocks(page):
        if language in SHELL:
            yield from ((call, True) for call in calls(text))
    yield from ((shown.command.removeprefix("lexloci "), True) for shown in consoles(page))
    text = page.read_text(encoding="utf-8")
    yield from ((span, False) for span in _SPAN.findall(re.sub(r"^( *)```.*?^\1```", "", text, flags=re.S | re.M)))


def refused(words: list[str], *, whole: bool) -> str:
    """Why lexloci would not take these words; empty when it does. A sentence may leave out what is required."""
    command, parent = _COMMANDS, Context(_COMMANDS, info_name="lexloci")
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        name, *words = words
        if name not in command.commands:
            return f"there is no command '{name}'"
        command = command.commands[name]
        parent = Context(command, info_name=name, parent=parent)
    if hasattr(command, "commands"):
        return "" if not whole or words else "a group is no command"
    try:
        command.make_context(parent.info_name, words, parent=parent.parent)
    except typer.Exit:
        return ""
    except Exception as error:  # noqa: BLE001 - whatever it is, the line does not work
        missing = type(error).__name__ == "MissingParameter" and not whole
        elsewhere = str(error).endswith("does not exist.")  # a file of the reader's
        return "" if missing or elsewhere else f"{type(error).__name__}: {error}"
    return ""


def alternatives(span: str) -> Iterator[list[str]]:
    """The words of a mention; `aws|azure` stands for two of them."""
    words = shlex.split(_LEFT_OUT.sub("", span), comments=True)
    number = max((word.count("|") for word in words), default=0)
    for index in range(number + 1):
        yield [parts[min(index, len(parts) - 1)] for parts in (word.split("|") for word in words)]


def wrong(found: Iterable[tuple[str, bool]]) -> dict[str, str]:
    return {
        span: why
        for span, whole in found
        for words in alternatives(span)
        if (why := refused(words, whole=whole and "…" not in span))
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_shows_is_taken(page: Path) -> None:
    assert wrong(of_page(page)) == {}


@pytest.mark.parametrize("file", COPIED, ids=lambda file: file.name)
def test_what_a_file_to_copy_calls_is_taken(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    spans = _SPAN.findall(text.replace("\n# ", " "))
    assert wrong([*((call, True) for call in calls(text)), *((span, True) for span in spans)]) == {}


def test_a_wrong_line_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Say `lexloci scan aws --regio eu-west-3`.\n\n```sh\nlexloci scan aws --no-such \\\n  -o json=x\n"
        "x || lexloci reports scan.json > out\nlexloci exposure --from scan.json\n```\n"
    )
    assert list(wrong(of_page(page))) == [
        "scan aws --no-such -o json=x",
        "reports scan.json",
        "exposure --from scan.json",
        "scan aws --regio eu-west-3",
    ]
