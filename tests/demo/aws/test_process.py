"""The child process never outlives its parent, and the parent stays free of moto."""

import os
import subprocess
import sys
import time

import pytest

from scanner.demo.aws import process
from scanner.demo.aws.process import SimulatedAws
from scanner.errors import UsageError


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone_within(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def test_closing_ends_the_child_and_may_be_done_twice() -> None:
    simulation = SimulatedAws()
    pid = simulation.pid
    simulation.close()
    simulation.close()
    assert not alive(pid)


def test_the_child_ends_when_its_parent_is_killed() -> None:
    program = (
        "import os, signal\n"
        "from scanner.demo.aws.process import SimulatedAws\n"
        "print(SimulatedAws().pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, timeout=30, check=False)
    assert gone_within(int(killed.stdout), 5)


def test_the_parent_loads_neither_moto_nor_boto3() -> None:
    program = (
        "import sys\n"
        "from scanner.demo.aws.process import SimulatedAws\n"
        "with SimulatedAws(): pass\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'moto', 'flask', 'boto3', 'botocore'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, timeout=30, check=True)
    assert done.stdout == b"[]\n"


def test_without_the_extra_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match=r"pip install 'lexloci\[demo\]'"):
        SimulatedAws()


def test_variables_that_lead_elsewhere_are_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL_S3", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "elsewhere")
    assert {"AWS_PROFILE", "AWS_ENDPOINT_URL_S3", "HTTPS_PROXY"} <= set(process.withdrawn())
