"""One issue for what became worse in this run, or a comment on the one that is open. Nothing else opens an issue.

Reads FOLDER/*/state.json and changes.md as the action `compare` writes them. Only the standard library and `gh`.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

TITLE = "lexloci: something fails that did not fail before"
MOST_BYTES = 60_000
"""GitHub refuses a body of more than 65,536 characters; bytes are never fewer."""

MOST_LISTED = 200

NAME = re.compile(r"[\w+=,.@-]{1,200}", re.ASCII)

WORDS = {
    "worse": "worse",
    "less_known": "less is known than before; not mended",
    "nothing_worse": "nothing worse",
    "first": "no earlier report to compare with",
    "unreadable": "not compared: the earlier report cannot be read",
    "not_scanned": "not compared: no report of this run",
}


class Comparison(NamedTuple):
    name: str
    outcome: str
    changes: str


def read(folder: Path) -> list[Comparison]:
    """The comparisons of this run, in order of their names. A single artifact lies in the folder itself."""
    found = []
    for path in sorted(folder.rglob("state.json")):
        state = json.loads(path.read_text(encoding="utf-8"))
        if not NAME.fullmatch(state["name"]) or state["outcome"] not in WORDS:
            sys.exit(f"{path} was not written by the action compare.")
        changes = path.with_name("changes.md")
        found.append(
            Comparison(state["name"], state["outcome"], changes.read_text(encoding="utf-8") if changes.exists() else "")
        )
    return found


def overview(comparisons: list[Comparison]) -> str:
    """A line for every comparison, the worse ones first."""
    order = list(WORDS)
    ranked = sorted(comparisons, key=lambda each: (order.index(each.outcome), each.name))
    lines = [f"- `{each.name}`: {WORDS[each.outcome]}" for each in ranked[:MOST_LISTED]]
    if len(ranked) > MOST_LISTED:
        lines.append(f"- … and {len(ranked) - MOST_LISTED} more")
    return "\n".join(lines) + "\n"


def body(comparisons: list[Comparison], run: str) -> str:
    """What became worse where, cut at the ends of lines to what GitHub takes."""
    worse = [each for each in comparisons if each.outcome == "worse"]
    text = (
        f"In [this run]({run}) something fails that did not fail like this in the run before. A finding states "
        "exposure, not illegality.\n\n"
        + overview(comparisons)
        + "\nWho is not in this list left no comparison; look at the run.\n"
        "The scan does not close this issue: a night in which nothing became worse mends nothing. Close it when it is "
        "dealt with; while it is open, what becomes worse is a comment here.\n\n"
    )
    room = MOST_BYTES - len(text.encode())
    for number, each in enumerate(worse):
        share = room // (len(worse) - number)
        part = _cut(f"---\n\n`{each.name}`\n\n{each.changes}\n", share, each.name)
        room -= len(part.encode())
        text += part
    return text


def _cut(text: str, most: int, name: str) -> str:
    if len(text.encode()) <= most:
        return text
    end = f"\n\nCut here; the artifact `lexloci-comparison-{name}` has the rest.\n"
    kept = text.encode()[: max(0, most - len(end.encode()))]
    return kept[: kept.rfind(b"\n") + 1].decode() + end if b"\n" in kept else ""


def gh(*arguments: str) -> str:
    done = subprocess.run(["gh", *arguments], capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"gh {' '.join(arguments[:2])} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def open_issue(repository: str, label: str) -> int | None:
    """The oldest open issue with the label. Listed, not searched: the search may not know yet of last night's."""
    answer = gh(
        *("api", "--method", "GET", f"repos/{repository}/issues", "-f", "state=open", "-f", f"labels={label}"),
        *("-f", "sort=created", "-f", "direction=asc", "-f", "per_page=100"),
    )
    numbers = [int(issue["number"]) for issue in json.loads(answer) if "pull_request" not in issue]
    return min(numbers, default=None)


def publish(repository: str, label: str, text: str, folder: Path) -> int:
    """Open the issue, or comment on the open one; its number."""
    file = folder / "body.md"
    file.write_text(text, encoding="utf-8")
    number = open_issue(repository, label)
    if number is not None:
        gh("issue", "comment", str(number), "--repo", repository, "--body-file", str(file))
        return number
    gh(
        "label",
        "create",
        label,
        "--repo",
        repository,
        "--force",
        "--description",
        "Something fails that did not before",
    )
    url = gh(
        *("issue", "create", "--repo", repository, "--title", TITLE, "--label", label, "--body-file", str(file)),
    )
    return int(url.strip().rpartition("/")[2])


def main() -> None:
    folder, repository = Path(os.environ["FOLDER"]), os.environ["GITHUB_REPOSITORY"]
    run = f"{os.environ['GITHUB_SERVER_URL']}/{repository}/actions/runs/{os.environ['GITHUB_RUN_ID']}"
    comparisons = read(folder)
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
        summary.write(
            "## Since the last run\n\n" + (overview(comparisons) if comparisons else "Nothing was compared.\n")
        )
    if any(each.outcome == "worse" for each in comparisons):
        number = publish(repository, os.environ["INPUT_LABEL"], body(comparisons, run), folder)
        with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
            output.write(f"issue={number}\n")


if __name__ == "__main__":
    main()
