"""A runner of GitHub, as far as a step in bash sees it: inputs as variables, files for outputs and summary."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

GITHUB = Path(__file__).parents[2] / ".github"

WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text("utf-8")) for path in sorted((GITHUB / "workflows").glob("*.yml"))
}
ACTIONS = {
    path.parent.name: yaml.safe_load(path.read_text("utf-8"))
    for path in sorted((GITHUB / "actions").glob("*/action.yml"))
}


def step(action: str, id_: str) -> dict[str, Any]:
    """The step of an action that has this id."""
    (found,) = (each for each in ACTIONS[action]["runs"]["steps"] if each.get("id") == id_)
    return found


class Ran:
    """What a step left: its process, its outputs, its part of the summary."""

    def __init__(self, script: str, workspace: Path, environment: Mapping[str, str]) -> None:
        self.files = {name: workspace / f".{name}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        self.done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=workspace,
            env={
                "PATH": os.environ["PATH"],
                **{name: str(path) for name, path in self.files.items()},
                **environment,
                # A journal of its own: tests that run at once scan one scope.
                "XDG_STATE_HOME": str(workspace / ".state"),
            },
            capture_output=True,
            text=True,
            timeout=100,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    @property
    def outputs(self) -> dict[str, str]:
        lines = self.files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def summary(self) -> str:
        return self.files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")


def run_step(action: str, id_: str, workspace: Path, inputs: Mapping[str, str], environment: Mapping[str, str]) -> Ran:
    """Run a step of an action with these inputs. The installation of the action is the tests' own."""
    temporary = workspace / ".temp"
    temporary.mkdir(exist_ok=True)
    installed = temporary / "lexloci"
    if not installed.exists():
        installed.symlink_to(sys.prefix)
    values = {"runner.temp": str(temporary), "github.token": "token-of-the-job"}
    declared = ACTIONS[action]["inputs"]

    def value(match: re.Match[str]) -> str:
        word = match[1]
        if not word.startswith("inputs."):
            return values[word]
        name = word.removeprefix("inputs.")
        default = declared[name].get("default", "")
        return inputs.get(name) or _EXPRESSION.sub(value, default)

    found = step(action, id_)
    variables = {name: _EXPRESSION.sub(value, text) for name, text in found["env"].items()}
    given = {"GITHUB_ACTION_PATH": str(GITHUB / "actions" / action), **variables, **environment}
    return Ran(found["run"], workspace, given)


_EXPRESSION = re.compile(r"\$\{\{ ([a-z.-]+) \}\}")
