"""A real Dask cluster on this machine."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.scenarios.night import Night, body


class Cluster:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, night: Night, tls: Path | None = None) -> None:
        """With `tls`, a folder of Dask's configuration, all connections are TLS and configured by that alone."""
        self.night = night
        self._scheme = "tls" if tls else "tcp"
        self.configured = {"DASK_CONFIG": str(tls)} if tls else {}
        self.processes: list[subprocess.Popen[bytes]] = []
        # The scheduler takes a free port, and its log says which: one looked up before may be another's by then.
        self._start(
            "dask_scheduler", "--protocol", self._scheme, "--host", "127.0.0.1", "--port", "0", "--no-dashboard"
        )
        self._await(lambda: self._told() is not None)
        told = self._told()
        assert told is not None
        self.port = int(told[1])

    @property
    def address(self) -> str:
        return f"{'dask+tls' if self.configured else 'dask'}://127.0.0.1:{self.port}"

    def worker(self, **changes: str) -> subprocess.Popen[bytes]:
        options = ("--nthreads", "2", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
        process = self._start("dask_worker", f"{self._scheme}://127.0.0.1:{self.port}", *options, **changes)
        log = self._log(len(self.processes) - 1)
        self._await(lambda: b"Registered to" in log.read_bytes())
        return process

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()

    def _start(self, part: str, *arguments: str, **changes: str) -> subprocess.Popen[bytes]:
        log = self._log(len(self.processes)).open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{part}", *arguments],
            env={**self.night.environment, **self.configured, **changes},
            cwd=self.night.folder,
            stdout=log,
            stderr=log,
        )
        log.close()
        self.processes.append(process)
        return process

    def _told(self) -> re.Match[str] | None:
        return re.search(r"Scheduler at:\s+\w+://127\.0\.0\.1:(\d+)", self._log(0).read_text("utf-8"))

    def _log(self, index: int) -> Path:
        return self.night.folder / f"{index}.log"

    def _await(self, ready: Callable[[], bool]) -> None:
        ends = time.monotonic() + 60
        while not ready():
            assert time.monotonic() < ends, [path.read_text() for path in self.night.folder.glob("*.log")]
            time.sleep(0.05)


def worker_killed_in_the_middle(night: Night, cluster: Cluster) -> None:
    """Every result is there exactly once: what the worker had under way is done by the other."""
    whole = night.document("--journal", "whole")
    victim, _ = cluster.worker(), cluster.worker()
    night.aws.faults({"fault": "slow", "seconds": 0.2})
    night.aws.process.control("forget")
    child = subprocess.Popen(
        night.scan("--format", "json", "--journal", "j", "--executor", cluster.address),
        env={**night.environment, **cluster.configured},
        cwd=night.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    ends = time.monotonic() + 60
    while sum(line["operation"] != "GetCallerIdentity" for line in night.aws.log()) < 12 and time.monotonic() < ends:
        time.sleep(0.02)
    os.kill(victim.pid, signal.SIGKILL)
    out, err = child.communicate(timeout=100)
    assert child.returncode == whole["summary"]["exit_code"], err
    assert victim.wait() == -signal.SIGKILL
    assert body(json.loads(out)) == body(whole)
