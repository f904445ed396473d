"""What each report of a finished scan costs, start of the command included: `python -m benchmarks.reports [ACCOUNTS]`.

The scan is that of `benchmarks.fleet` with 334 resources an account, 30 accounts unless another number is given. Each
format is made by `lexloci report` from the JSON document, and the sealed folder is checked by `lexloci verify`.
"""

import os
import platform
import sys
import tempfile
from pathlib import Path

from tabulate import tabulate

from benchmarks.fleet import Cost, organisation, run, scan

_EACH = 334
_FORMATS = (
    "html",
    "csv",
    "ocsf",
    "sarif",
    "jsonl",
    "markdown",
    "junit",
    "oscal",
    "openmetrics",
    "table",
    "json",
    "sealed",
)


def main() -> None:
    """One table."""
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with organisation(accounts, _EACH, 0) as (environment, _):
            scan(environment, folder)
        document = str(folder / "scan.json")
        for form in _FORMATS:
            made = folder / f"report.{form}"
            rows.append(_row(form, made, run(dict(os.environ), folder, "report", document, "-o", f"{form}={made}")))
        sealed = folder / "report.sealed"
        rows.append(_row("verify sealed", sealed, run(dict(os.environ), folder, "verify", str(sealed))))
    print(tabulate(rows, headers=["report", "CPU s", "wall s", "peak MB", "MB"], floatfmt=".2f"))
    print(f"{accounts * _EACH:,} resources; {platform.machine()}, {os.cpu_count()} cores, {platform.python_version()}")


def _row(name: str, made: Path, cost: Cost) -> list[str | float]:
    child, *figures = cost
    if child.returncode:
        raise SystemExit(f"{name} ended with {child.returncode}")
    files = made.rglob("*") if made.is_dir() else [made]
    return [name, *figures, sum(file.stat().st_size for file in files if file.is_file()) / 2**20]


if __name__ == "__main__":
    main()
