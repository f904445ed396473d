"""The parent's side: start the simulated AWS, talk to its door, end it.

Nothing here loads moto, so that the process that scans stays as it is against the real AWS.
"""

import http.client
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from scanner.errors import CannotRunError, UsageError

START_LIMIT = 30.0
END_LIMIT = 3.0
ACCOUNT = "123456789012"

# What could lead a client elsewhere than to the simulation, or away from the credentials it is given.
_ELSEWHERE = ("AWS_", "BOTO_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


class SimulatedAws:
    """One running child. A context manager; `close` may be called twice."""

    def __init__(self) -> None:
        if importlib.util.find_spec("moto") is None or importlib.util.find_spec("flask") is None:
            raise UsageError("The simulated AWS needs the 'demo' extra: pip install 'lexloci[demo]'.")
        self._errors = tempfile.TemporaryFile(prefix="lexloci-simulated-aws-")  # noqa: SIM115 - lives with the child
        self._child = subprocess.Popen(
            [sys.executable, "-m", "scanner.demo.aws.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_child_environment(),
        )
        try:
            self.port = self._announced_port()
            self.control("ready")
        except BaseException:
            self.close()
            raise

    @property
    def endpoint(self) -> str:
        """What `AWS_ENDPOINT_URL` must be."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._child.pid

    def environment(self, account: str = ACCOUNT, region: str = "eu-west-3") -> dict[str, str]:
        """Variables that lead a client here, as `account` (a key of twelve digits is its own account)."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "simulated",
            "AWS_DEFAULT_REGION": region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }

    def control(self, verb: str, body: Any = None) -> Any:
        """One request to the simulation's own door (`control.py`)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_LIMIT)
        try:
            connection.request("POST", f"/_simulated/{verb}", json.dumps(body) if body is not None else b"")
            response = connection.getresponse()
            text = response.read()
        except OSError as error:
            raise CannotRunError(f"The simulated AWS does not answer ({error}). {self._last_words()}") from None
        finally:
            connection.close()
        if response.status != 200:
            raise UsageError(f"The simulated AWS refused '{verb}': {text.decode()}")
        return json.loads(text)

    def faults(self, *rules: dict[str, Any]) -> None:
        """Put these rules in force instead of the former (`faults.Rule` as mappings)."""
        self.control("faults", list(rules))

    def given(self, service: str, operation: str, result: dict[str, Any], **more: Any) -> None:
        """Answer this operation so from now on; `region` and `when` (parameters) narrow it."""
        self.control("given", [{"service": service, "operation": operation, "result": result, **more}])

    def log(self) -> list[dict[str, Any]]:
        """Every request so far: service, operation, region, account, status, by."""
        return list(self.control("log"))

    def violations(self) -> list[str]:
        """What should not have happened: writes after `freeze`, answers out of shape, crashes."""
        return list(self.control("violations"))

    def only(self, agent: str, operations: Iterable[str]) -> None:
        """Refuse every other operation to clients with `agent` in their User-Agent, and count it as a violation."""
        self.control("only", {"agent": agent, "operations": sorted(operations)})

    def session(self, seconds: float) -> None:
        """Let every role that is assumed from now on end after so many seconds, and refuse it then."""
        self.control("session", seconds)

    def clock(self, ahead: float) -> None:
        """Set the simulation's clock so many seconds ahead of this machine's (behind, if negative)."""
        self.control("clock", ahead)

    def freeze(self) -> None:
        """Refuse everything that changes something from now on, and count it as a violation."""
        self.control("freeze")

    def reset(self) -> None:
        """Back to an empty account without rules, log or violations."""
        self.control("reset")

    def close(self) -> None:
        """End the child: its standard input ends first, then, if need be, it is killed."""
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                stream.close()
        try:
            self._child.wait(END_LIMIT)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._errors.close()

    def __enter__(self) -> "SimulatedAws":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _announced_port(self) -> int:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            raise CannotRunError(f"The simulated AWS did not start. {self._last_words()}")
        return int(json.loads(line)["port"])

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def withdrawn() -> list[str]:
    """Variables of this process that must be unset beside `environment`, so that no request leaves the machine."""
    return sorted(name for name in os.environ if name.startswith(_ELSEWHERE))


def _child_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith((*_ELSEWHERE, "MOTO_"))}
    return {
        **kept,
        "MOTO_ALLOW_NONEXISTENT_REGION": "true",
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
        # Every thread of glibc's allocator keeps an arena of its own, and a connection is a thread.
        "MALLOC_ARENA_MAX": "2",
        "PYTHONWARNINGS": "ignore",
    }
