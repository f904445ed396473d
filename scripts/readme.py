#!/usr/bin/env python3
"""Put what `lexloci demo doctolib` prints into README.md, between the two marks. A test compares the two."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BEGIN = "<!-- begin: the demo's own output, written by scripts/readme.py -->\n"
END = "<!-- end -->\n"

SHOWN = ("WHAT WAS SAID", "WHOSE ORDER", "WHERE AND WHO")
"""Blocks of the report that are shown: the answer, without what differs from run to run."""

MOST_STATEMENTS = 3
"""Statements that are shown of the first block."""


def picture(report: str) -> str:
    """The shown blocks of a table report, as Markdown."""
    blocks = re.split(r"\n(?=[A-Z]{4,} )", "\n" + report)
    chosen = [block.strip("\n") for block in blocks if block.startswith(SHOWN)]
    if len(chosen) != len(SHOWN):
        raise ValueError(f"the report lacks one of the blocks {', '.join(SHOWN)}")
    *others, last = chosen
    # The title stands between the first block and the second; it names the scan and its time.
    first = others[0].partition("\nlexloci ")[0].rstrip()
    heading, *statements = first.split("\n\n")
    more = [f"  … and {len(statements) - MOST_STATEMENTS} more statements"] if len(statements) > MOST_STATEMENTS else []
    first = "\n\n".join([heading, *statements[:MOST_STATEMENTS], *more])
    return "\n".join(["```text", "\n\n".join([first, *others[1:], last.split("\n\n")[0]]), "```"]) + "\n"


def between(text: str) -> str:
    """What README.md has between its marks."""
    return text.partition(BEGIN)[2].partition(END)[0]


if __name__ == "__main__":
    lexloci = Path(sys.executable).with_name("lexloci")
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    printed = subprocess.run(
        [lexloci, "demo", "doctolib", "--quiet"], stdout=subprocess.PIPE, text=True, check=True, env=environment
    )
    text = README.read_text(encoding="utf-8")
    README.write_text(
        text.replace(BEGIN + between(text) + END, BEGIN + picture(printed.stdout) + END), encoding="utf-8"
    )
