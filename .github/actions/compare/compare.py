"""Compare this run's sealed scan with the last one that was kept, and say it to people and to the action `issue`.

Writes `comparison/state.json` (name, outcome, why, earlier run) and, where there was something to compare,
`comparison/changes.md` into FOLDER; a section into the summary of the job; the outcome into its outputs.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from earlier import LEXLOCI, NoneEarlierError, UnreadableError, earlier

from scanner.report.markdown import code

OUTCOMES = {0: "nothing_worse", 1: "worse", 3: "less_known"}
"""By the exit code of `lexloci diff`. What became unreadable is `less_known`: neither worse nor mended."""

SENTENCES = {
    "worse": "**Something fails that did not fail like this before.**",
    "less_known": "Nothing fails that did not before. **Less is known**: what cannot be read any more is not mended.",
    "nothing_worse": "Nothing fails that did not before.",
    "first": "There is no earlier report to compare with.",
    "unreadable": "**Not compared**: the earlier report cannot be read.",
    "not_scanned": "**Not compared**: there is no report of this run.",
}

MOST_BYTES = 256 * 1024
"""A quarter of what the runner takes for one step."""


def compare(name: str, sealed: str, folder: Path) -> tuple[str, str, str, str]:
    """Outcome, why it is not compared, the earlier run, and the changes in Markdown."""
    if not sealed:
        return "not_scanned", "", "", ""
    try:
        before, run = earlier(name, folder)
    except NoneEarlierError:
        return "first", "", "", ""
    except UnreadableError as error:
        return "unreadable", str(error), "", ""
    done = subprocess.run(
        [LEXLOCI, "diff", before, sealed, "--format", "markdown"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode not in OUTCOMES:
        return "unreadable", f"lexloci diff: {done.stderr.strip()[-300:]}", run, ""
    return OUTCOMES[done.returncode], "", run, done.stdout


def main() -> None:
    name, folder = os.environ["INPUT_NAME"], Path(os.environ["FOLDER"])
    shutil.rmtree(folder, ignore_errors=True)
    outcome, why, run, changes = compare(name, os.environ["INPUT_SEALED"], folder)

    comparison = folder / "comparison"
    comparison.mkdir(parents=True)
    state = {"name": name, "outcome": outcome, "why": why, "earlier_run": run}
    (comparison / "state.json").write_text(json.dumps(state), encoding="utf-8")
    if changes:
        (comparison / "changes.md").write_text(changes, encoding="utf-8")

    told = f"## Since the last run: {code(name)}\n\n{SENTENCES[outcome]}"
    told += f" {code(why, 1000)}\n\n" if why else "\n\n"
    _add("GITHUB_STEP_SUMMARY", told + _cut(changes))
    _add("GITHUB_OUTPUT", f"outcome={outcome}\n")
    if outcome == "unreadable":
        sys.stdout.write("::warning::The earlier report cannot be read: nothing was compared. The summary says why.\n")


def _cut(text: str) -> str:
    kept = text.encode()
    if len(kept) <= MOST_BYTES:
        return text
    return kept[: kept.rindex(b"\n", 0, MOST_BYTES)].decode() + "\n\nCut here; the artifact has the rest.\n"


def _add(variable: str, text: str) -> None:
    with Path(os.environ[variable]).open("a", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
