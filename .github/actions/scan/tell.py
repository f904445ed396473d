"""tell.py EXIT_CODE FOLDER SUMMARY: what came out of the scan, for the runner and its reader.

SUMMARY is `true` when the Markdown report belongs into the summary of the job.
"""

import os
import sys
from pathlib import Path

from scanner.report.document import read

MOST_BYTES = 512 * 1024
"""Half of what the runner takes for one step. The report keeps to less by itself; another version may not."""

REPORTS = {
    "report": "scan.json",
    "sealed": "sealed",
    "sarif": "scan.sarif",
    "html": "scan.html",
    "markdown": "scan.md",
    "table": "scan.txt",
}
"""Output of the action, and the file or folder that it names."""


def outputs(code: str, folder: Path) -> str:
    """Lines for GITHUB_OUTPUT. A report that was not written has no line, so that no later step takes it for one."""
    lines = [f"exit-code={code}"]
    if (report := folder / REPORTS["report"]).exists():
        scan = read(report)
        lines += [f"verdict={scan.summary.verdict}", f"complete={str(scan.header.complete).lower()}"]
    lines += [f"{name}={folder / file}" for name, file in REPORTS.items() if (folder / file).exists()]
    return "\n".join(lines) + "\n"


def summary(code: str, folder: Path) -> str:
    """The Markdown report, in which nothing that a stranger wrote is markup, cut at a line's end if it is too long."""
    report = folder / REPORTS["markdown"]
    if not report.exists():
        return f"lexloci could not scan (exit code {code}); the log of the step says why.\n"
    text = report.read_bytes()
    if len(text) <= MOST_BYTES:
        return text.decode()
    return text[: text.rindex(b"\n", 0, MOST_BYTES)].decode() + "\n\nCut here; the reports have the rest.\n"


def tell(code: str, folder: Path, with_report: bool) -> None:
    texts = {"GITHUB_OUTPUT": outputs(code, folder)}
    if with_report:
        texts["GITHUB_STEP_SUMMARY"] = summary(code, folder)
    for variable, text in texts.items():
        with Path(os.environ[variable]).open("a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    tell(sys.argv[1], Path(sys.argv[2]), sys.argv[3] == "true")
