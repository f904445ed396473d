"""An organisation of simulated internet scale: `python -m benchmarks.fleet [--cloud azure] [--accounts 30,300,3000]`.

The installed command scans it through the real engine: it finds the accounts or subscriptions, signs in to each, pages,
is throttled, looks up keys, concludes and writes the JSON report. Nothing of the organisation is kept anywhere, see
`benchmarks.fleet_server` and `benchmarks.estate_server`. Waiting for throttles is compressed, calculating is not.
"""

import argparse
import json
import math
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tabulate import tabulate

from benchmarks.fleet_server import MANAGEMENT, REGION

_TYPES = "ec2.volume,ec2.snapshot,lambda.function,ssm.parameter,sqs.queue"

SCAN = ("scan", "aws", "--organization", "--regions", REGION, "--types", _TYPES, "-q")
AZURE = ("scan", "azure", "-q")

# The clock of the waiting only: what botocore waits after a throttle passes at a hundredth.
_COMPRESSED = (
    "import sys, time\n"
    "wait = time.sleep\n"
    "time.sleep = lambda seconds: wait(seconds / 100)\n"
    "from scanner.cli.main import main\n"
    "sys.argv[0] = 'lexloci'\n"
    "main()\n"
)


Asked = Callable[[], dict[str, Any]]
"""What the server was asked so far: `asked`, requests by kind, and its `cpu`."""


@contextmanager
def organisation(accounts: int, each: int, throttled: int) -> Iterator[tuple[dict[str, str], Asked]]:
    """The environment that leads a scan to a fleet of `accounts` with `each` resources, and what was asked of it."""
    command = [sys.executable, "-m", "benchmarks.fleet_server", str(accounts), str(each), str(throttled)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None and child.stdout is not None
    try:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEXLOCI_"))}
        url = f"http://127.0.0.1:{int(child.stdout.readline())}"

        def asked() -> dict[str, Any]:
            with urllib.request.urlopen(f"{url}/_asked") as answer:
                found: dict[str, Any] = json.load(answer)
                return found

        environment = {
            **kept,
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": MANAGEMENT,
            "AWS_SECRET_ACCESS_KEY": "simulated",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        yield environment, asked
    finally:
        child.stdin.close()
        child.wait()


@contextmanager
def estate(subscriptions: int, each: int, throttled: int) -> Iterator[tuple[dict[str, str], Asked]]:
    """The same for an Azure of `subscriptions`."""
    command = [sys.executable, "-m", "benchmarks.estate_server", str(subscriptions), str(each), str(throttled)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None and child.stdout is not None
    out = child.stdout

    def asked() -> dict[str, Any]:
        child.send_signal(signal.SIGUSR1)
        found: dict[str, Any] = json.loads(out.readline())
        return found

    try:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "LEXLOCI_"))}
        yield {**kept, **json.loads(out.readline())}, asked
    finally:
        child.stdin.close()
        child.wait()


Cost = tuple[subprocess.Popen[bytes], float, float, float]
"""The ended process, CPU seconds, wall seconds, peak MB."""


def scan(environment: dict[str, str], folder: Path, words: tuple[str, ...] = SCAN) -> Cost:
    """A whole scan. The report is `folder`/scan.json."""
    report = ["--policy", "core", "-o", f"json={folder / 'scan.json'}"]
    return run(environment, folder, *words, "--journal", str(folder / "journal"), *report)


def run(environment: dict[str, str], folder: Path, *words: str) -> Cost:
    """`lexloci` with these words, in a process of its own."""
    started = time.perf_counter()
    state = {**environment, "XDG_STATE_HOME": str(folder)}
    child = subprocess.Popen([sys.executable, "-c", _COMPRESSED, *words], env=state)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child, usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss / 1024


def shards(accounts: int, each: int) -> None:
    """What two parts at the same time and then their merge cost, beside one scan of everything."""
    with organisation(accounts, each, 0) as (environment, _), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _, whole, whole_wall, _ = scan(environment, folder)

        def part(index: int) -> Cost:
            return run(environment, folder, *SCAN, "--shard", f"{index}/2", "--journal", str(folder / f"{index}"))

        started = time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            parts = [cpu for _, cpu, *_ in pool.map(part, (1, 2))]
        journals = [str(folder / str(index)) for index in (1, 2)]
        _, merged, *_ = run(environment, folder, "merge", "-q", "-o", f"json={folder / 'merged.json'}", *journals)
        wall = time.perf_counter() - started
    print(f"{accounts * each:,} resources of {accounts} accounts, CPU s: whole {whole:.1f}, parts {parts}, ", end="")
    print(f"merge and report {merged:.1f}; wall s: whole {whole_wall:.1f}, parts and merge {wall:.1f}")
    fewer = whole / (max(parts) + merged)
    print(
        f"two parts at once and then the merge: {fewer:.2f} times as fast by CPU, {whole_wall / wall:.2f} by the wall"
    )


def main() -> None:
    """One table, and the exponent of cost against size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cloud", choices=("aws", "azure"), default="aws")
    parser.add_argument("--accounts", default="30,300", help="or subscriptions")
    parser.add_argument("--each", type=int, default=334)
    parser.add_argument("--throttled", type=int, default=200, help="one request of so many is throttled")
    parser.add_argument("--shards", action="store_true", help="compare two parts with the whole instead")
    given = parser.parse_args()
    if given.shards:
        shards(int(given.accounts.split(",")[0]), given.each)
        return
    served, words = (organisation, SCAN) if given.cloud == "aws" else (estate, AZURE)
    rows: list[list[Any]] = []
    for accounts in map(int, given.accounts.split(",")):
        with (
            served(accounts, given.each, given.throttled) as (environment, asked),
            tempfile.TemporaryDirectory() as folder,
        ):
            child, cpu, wall, peak = scan(environment, Path(folder), words)
            if child.returncode not in (0, 1, 3):
                raise SystemExit(f"the scan ended with {child.returncode}")
            found = asked()
            sizes = [(Path(folder) / name).stat().st_size / 2**20 for name in ("journal", "scan.json")]
            resources = accounts * given.each
            calls = sum(found["asked"].values())
            rows.append([resources, accounts, calls, cpu, wall, peak, *sizes, 1e3 * cpu / resources, found["cpu"]])
            print(rows[-1], flush=True)
    headers = ["resources", "accounts", "calls", "CPU s", "wall s", "peak MB", "journal MB", "JSON MB"]
    print(tabulate(rows, headers=[*headers, "CPU ms/resource", "server's CPU s"], floatfmt=".2f"))
    for (small, *_), (large, *_), before, after in zip(rows, rows[1:], rows, rows[1:], strict=False):
        print(f"exponent {small:,} to {large:,}: {math.log(after[3] / before[3]) / math.log(large / small):.3f}")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
