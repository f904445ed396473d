"""The last scan that an earlier run kept as an artifact, fetched with `gh`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LEXLOCI = Path(sys.executable).with_name("lexloci")

MOST_TRIED = 3
"""Artifacts that are fetched before giving up, when the newer ones are damaged."""


class NoneEarlierError(Exception):
    """No run before this one kept such an artifact."""


class UnreadableError(Exception):
    """There may be an earlier scan, and it cannot be read; the text says why."""


def earlier(name: str, folder: Path) -> tuple[Path, str]:
    """The newest sealed scan that earlier runs kept under `name` and that is whole, and the id of its run."""
    runs = list(_runs(name))
    if not runs:
        raise NoneEarlierError
    why = []
    for run in runs[:MOST_TRIED]:
        place = folder / run
        try:
            _gh("run", "download", run, "--repo", os.environ["GITHUB_REPOSITORY"], "--name", name, "--dir", str(place))
        except UnreadableError as error:
            why.append(f"run {run}: {error}")
            continue
        sealed = place / "sealed"
        checked = subprocess.run([LEXLOCI, "verify", sealed], capture_output=True, text=True, check=False)
        if checked.returncode == 0:
            return sealed, run
        why.append(f"run {run}: {_last_line(checked.stderr or checked.stdout)}")
    raise UnreadableError("; ".join(why))


def _runs(name: str) -> Iterator[str]:
    """Runs of this branch of this repository that hold the artifact, the newest first.

    An artifact of a fork's pull request may have the name too, and whoever opened that wrote what is in it.
    """
    answer = _gh(
        *("api", "--method", "GET", f"repos/{os.environ['GITHUB_REPOSITORY']}/actions/artifacts"),
        *("-f", f"name={name}", "-f", "per_page=100"),
    )
    try:
        found: list[dict[str, Any]] = json.loads(answer)["artifacts"]
        found.sort(key=lambda artifact: (artifact["created_at"], artifact["id"]), reverse=True)
        for artifact in found:
            run = artifact["workflow_run"]
            own = (
                run["head_repository_id"] == run["repository_id"]
                and run["head_branch"] == os.environ["GITHUB_REF_NAME"]
            )
            if own and not artifact["expired"] and str(run["id"]) != os.environ["GITHUB_RUN_ID"]:
                yield str(run["id"])
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError(f"GitHub's list of artifacts is not as expected ({error!r})") from None


def _gh(*arguments: str) -> str:
    try:
        done = subprocess.run(["gh", *arguments], capture_output=True, text=True, check=False, timeout=600)
    except FileNotFoundError:
        raise UnreadableError("the runner has no gh") from None
    except subprocess.TimeoutExpired:
        raise UnreadableError(f"gh {arguments[0]} did not end") from None
    if done.returncode:
        raise UnreadableError(f"gh {arguments[0]} {arguments[1]}: {_last_line(done.stderr)}")
    return done.stdout


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["nothing was said"])[-1][:300]
