"""The file of the user's repository at which a code-scanning page shows the results, since a bucket has none."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from scanner.cli.outputs import Output
from scanner.cli.settings import NAME, file_in_use, repository
from scanner.cli.terminal import notice


def anchor(outputs: Iterable[Output], configuration: Path | None = None, packs: Iterable[str] = ()) -> str:
    """A file that exists, relative to the root of the repository; `lexloci.yaml`, with a notice, when there is none.

    What decided comes first: the file with the statements, a policy pack of one's own, the workflow that runs, the
    README. Empty when no report asks for one.
    """
    if not any(output.format == "sarif" for output in outputs):
        return ""
    root = repository()
    for path in _candidates(configuration, packs, root):
        if root is not None and path.is_file() and path.resolve().is_relative_to(root.resolve()):
            return path.resolve().relative_to(root.resolve()).as_posix()
    where = "this is no repository" if root is None else "this repository has none of the files that could carry them"
    notice(f"the results in SARIF point at {NAME}, which is not there: {where}")
    return NAME


def _candidates(configuration: Path | None, packs: Iterable[str], root: Path | None) -> Iterator[Path]:
    found = configuration or file_in_use(None, none=False)
    if found is not None:
        yield found
    yield from map(Path, packs)
    if root is not None:
        _, _, workflow = os.environ.get("GITHUB_WORKFLOW_REF", "").partition("@")[0].partition("/.github/")
        if workflow:
            yield root / ".github" / workflow
        yield root / "README.md"
