"""A `gh` of a runner, for tests: answers as GitHub does, records every call, and refuses what it does not know.

Its file holds `artifacts` (as the API lists them, with `path`, the folder that was uploaded), `issues`, `labels`,
`calls`, and `broken` (the beginning of a call that fails, and what it says).
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

MOST = 65_536
"""Characters in the body of an issue or a comment."""


def _options(
    words: list[str], known: set[str], switches: set[str] = frozenset()
) -> tuple[list[str], dict[str, list[str]]]:
    """Positional words and options, of which every one must be known, as gh has it."""
    plain: list[str] = []
    found: dict[str, list[str]] = {}
    rest = iter(words)
    for word in rest:
        if word in switches:
            found[word] = []
        elif word.startswith("-"):
            if word not in known:
                sys.exit(f"unknown flag: {word}")
            found.setdefault(word, []).append(next(rest))
        else:
            plain.append(word)
    return plain, found


def _text(options: dict[str, list[str]]) -> str:
    body = Path(options["--body-file"][0]).read_text(encoding="utf-8")
    if len(body) > MOST:
        sys.exit(f"GraphQL: Body is too long (maximum is {MOST} characters)")
    return body


def answer(state: dict[str, Any], words: list[str]) -> str:
    command = " ".join(words[:2])
    for call, says in state["broken"].items():
        if " ".join(words).startswith(call):
            sys.exit(says)
    if words[0] == "api":
        (path,), options = _options(words[1:], {"--method", "-f"})
        assert options["--method"] == ["GET"], "without a method, gh api posts its fields"
        fields = dict(field.split("=", 1) for field in options["-f"])
        return json.dumps(_api(state, path, fields))
    plain, options = _options(
        words[2:],
        {"--repo", "--name", "--dir", "--title", "--label", "--body-file", "--description"},
        {"--force"},
    )
    if options["--repo"] != [state["repository"]]:
        sys.exit("GraphQL: Could not resolve to a Repository")
    if command == "run download":
        kept = [
            a
            for a in state["artifacts"]
            if str(a["workflow_run"]["id"]) == plain[0] and [a["name"]] == options["--name"]
        ]
        if not kept or kept[0]["expired"]:
            sys.exit("no valid artifacts found to download")
        shutil.copytree(kept[0]["path"], options["--dir"][0])
        return ""
    if command == "label create":
        if plain[0] in state["labels"] and "--force" not in options:
            sys.exit(f'label with name "{plain[0]}" already exists; use `--force` to update its color and description')
        state["labels"] = sorted({*state["labels"], plain[0]})
        return ""
    if command == "issue create":
        for label in options["--label"]:
            if label not in state["labels"]:
                sys.exit(f"could not add label: '{label}' not found")
        number = 1 + max((issue["number"] for issue in state["issues"]), default=0)
        issue = {"number": number, "state": "open", "labels": options["--label"], "title": options["--title"][0]}
        state["issues"].append({**issue, "body": _text(options), "comments": []})
        return f"https://github.com/{state['repository']}/issues/{number}\n"
    if command == "issue comment":
        (issue,) = (issue for issue in state["issues"] if str(issue["number"]) == plain[0])
        issue["comments"].append(_text(options))
        return f"https://github.com/{state['repository']}/issues/{plain[0]}#issuecomment-1\n"
    sys.exit(f'unknown command "{command}" for "gh"')


def _api(state: dict[str, Any], path: str, fields: dict[str, str]) -> Any:
    if path == f"repos/{state['repository']}/actions/artifacts":
        named = [{**a, "path": None} for a in state["artifacts"] if a["name"] == fields["name"]]
        return {"total_count": len(named), "artifacts": named[: int(fields["per_page"])]}
    if path == f"repos/{state['repository']}/issues":
        found = [
            issue
            for issue in state["issues"]
            if issue["state"] == fields["state"] and set(fields["labels"].split(",")) <= set(issue["labels"])
        ]
        return found[: int(fields["per_page"])]
    sys.exit("gh: Not Found (HTTP 404)")


def main() -> None:
    if not os.environ.get("GH_TOKEN"):
        sys.exit("To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable.")
    file = Path(os.environ["GH_STATE"])
    state = json.loads(file.read_text(encoding="utf-8"))
    state["calls"].append(sys.argv[1:])
    try:
        sys.stdout.write(answer(state, sys.argv[1:]))
    finally:
        file.write_text(json.dumps(state), encoding="utf-8")


if __name__ == "__main__":
    main()
