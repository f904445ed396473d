"""tell.py EXIT_CODE FOLDER: what came out of the scan whose reports are in FOLDER, for the runner and its reader."""

import html
import os
import sys
from pathlib import Path

from scanner.report.document import read

MOST = 150_000
"""Characters of the table in the summary; the runner refuses more than 1 MiB, and escaping makes six of one."""


def outputs(code: str, folder: Path) -> str:
    """Lines for GITHUB_OUTPUT."""
    lines = [f"exit-code={code}"]
    if (report := folder / "scan.json").exists():
        scan = read(report)
        complete = str(scan.header.complete).lower()
        lines += [f"verdict={scan.summary.verdict}", f"complete={complete}", f"report={report}"]
    return "\n".join(lines) + "\n"


def summary(code: str, folder: Path) -> str:
    """The table as Markdown. Names in an account are written by strangers, so nothing in it may become markup."""
    table = folder / "scan.txt"
    if not table.exists():
        return f"lexloci could not scan (exit code {code}); the log of the step says why.\n"
    text = table.read_text(encoding="utf-8")
    cut = "\nCut here; the report has the rest.\n" if len(text) > MOST else ""
    return f"<pre>\n{html.escape(text[:MOST])}\n</pre>\n{cut}"


def tell(code: str, folder: Path) -> None:
    for variable, text in (("GITHUB_OUTPUT", outputs(code, folder)), ("GITHUB_STEP_SUMMARY", summary(code, folder))):
        with Path(os.environ[variable]).open("a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    tell(sys.argv[1], Path(sys.argv[2]))
