"""Somebody sets the clock while a scan is under way, or it was wrong all along."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.aws import Aws
from tests.fixtures.clock import WallClock
from tests.scenarios.night import Night, body, furnish

HOUR, DAY = 3600, 86_400


@pytest.fixture
def night(aws: Aws, tmp_path: Path) -> Night:
    furnish(aws)
    return Night(aws, tmp_path)


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[WallClock]:
    found = WallClock(tmp_path)
    yield found
    found.close()


def under_way(
    night: Night, command: list[str], operation: str, do: Callable[[], object], **changes: str
) -> tuple[int, str, str]:
    """Run the command and `do` something while it waits for its first answer to `operation`, and for nothing else."""
    night.aws.faults({"fault": "slow", "operation": operation, "seconds": 2.5, "times": 1})
    night.aws.process.control("forget")
    child = subprocess.Popen(
        [*command, "--workers", "1"],
        env={**night.environment, **changes},
        cwd=night.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _await_silence(night)
        assert night.asked(operation) == 0 and child.poll() is None
        do()
        out, err = child.communicate(timeout=100)
    finally:
        child.kill()
    assert "Traceback" not in err
    return child.returncode, out, err


def _await_silence(night: Night) -> None:
    """Return when something was asked, and then nothing any more for a second: the log has what was answered."""
    ends = time.monotonic() + 60
    asked, since = 0, time.monotonic()
    while not asked or time.monotonic() < since + 1:
        assert time.monotonic() < ends
        time.sleep(0.05)
        if night.asked() != asked:
            asked, since = night.asked(), time.monotonic()


def day(document: dict[str, Any], moment: str) -> datetime:
    return datetime.fromisoformat(document["scan"][moment])


def test_the_clock_of_a_process_can_be_set(clock: WallClock) -> None:
    """Wall time moves and the monotonic clock does not: what the tests below rest on."""
    program = "import time, datetime; print(time.time(), datetime.datetime.now().timestamp(), time.monotonic())"
    clock.set(DAY)
    done = subprocess.run([sys.executable, "-c", program], env=clock.environment, capture_output=True, timeout=30)
    first, second, steady = map(float, done.stdout.split())
    assert abs(first - time.time() - DAY) < 5 > abs(second - time.time() - DAY)
    assert abs(steady - time.monotonic()) < 5


@pytest.mark.parametrize("ahead", [3 * DAY, -3 * DAY])
def test_a_clock_that_is_set_in_the_middle_changes_no_result(night: Night, clock: WallClock, ahead: int) -> None:
    """AWS's clock goes along here, so that its answers are the same: what is left is what lexloci does with its own."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    waiver = {"control": "CORE-01", "resource": "*", "reason": "a test", "owner": "night@example.org"}
    (night.folder / "waivers.yaml").write_text(json.dumps({"waivers": [{**waiver, "expires": str(tomorrow)}]}))
    more = ("--format", "json", "--waivers", "waivers.yaml", "--deadline", "90s")
    whole = night.document("--journal", "whole.journal", *more[2:])

    def jump() -> None:
        clock.set(ahead)
        night.aws.process.clock(ahead)

    begun = datetime.now(UTC)
    command = night.scan("--journal", "j", *more)
    code, out, err = under_way(night, command, "ListSecrets", jump, **clock.environment)
    assert code == whole["summary"]["exit_code"], err
    found = json.loads(out)
    assert [row["reason"] for row in found["coverage"] if row["state"] != "complete"] == []
    assert body(found) == body(whole)
    assert found["scan"]["complete"] and not found["scan"]["interrupted"]
    assert abs((day(found, "started_at") - begun).total_seconds()) < 10
    assert day(found, "ended_at") > day(found, "started_at")
    assert ahead < 0 or day(found, "ended_at") - begun > timedelta(days=2)


@pytest.mark.parametrize("ahead", [3 * DAY, -3 * DAY])
def test_a_scan_is_resumed_at_another_time(night: Night, clock: WallClock, ahead: int) -> None:
    whole = night.document("--journal", "whole.journal")
    command = night.scan("--format", "json", "--journal", "j", "--workers", "1")
    night.cut(command, 15)
    clock.set(ahead)
    night.aws.process.clock(ahead)
    done = night.run([*command, "--resume"], **clock.environment)
    assert body(json.loads(done.stdout)) == body(whole)


@pytest.mark.parametrize(("ahead", "word"), [(-2 * HOUR, "behind"), (2 * HOUR, "ahead of")])
def test_a_clock_that_is_set_wrong_in_the_middle_is_named_in_every_row_that_it_costs(
    night: Night, clock: WallClock, ahead: int, word: str
) -> None:
    command = night.scan("--journal", "j", "--format", "json")
    code, out, err = under_way(night, command, "ListTopics", lambda: clock.set(ahead), **clock.environment)
    assert code in (1, 3), err
    found = json.loads(out)
    lost = [row for row in found["coverage"] if row["state"] != "complete"]
    told = f"the clock of this machine is 120 minutes {word} AWS's"
    assert {row["service"] for row in lost if told in row["reason"]} >= {"secretsmanager", "resolve:kms"}
    assert [row for row in lost if told not in row["reason"]] == []
    assert {row["permission"] for row in lost} == {""}
    assert not found["scan"]["complete"]
    assert found["summary"]["verdict"] in ("violations", "not_established")
    assert any(row["state"] == "complete" for row in found["coverage"])


@pytest.mark.parametrize("services", ["s3", "sqs", "sns", "ec2", "lambda"])
def test_each_protocol_says_so_in_its_own_way(night: Night, services: str) -> None:
    """The clock is right for the sign-in and wrong from then on."""
    words = [services if word == night.scan()[6] else word for word in night.scan("--journal", "j", "--format", "json")]
    _, out, _ = under_way(night, words, "DescribeRegions", lambda: night.aws.process.clock(HOUR))
    rows = [row for row in json.loads(out)["coverage"] if row["type"] and row["service"] == services]
    assert rows
    assert all("the clock of this machine is 60 minutes behind AWS's" in row["reason"] for row in rows)
    assert {row["state"] for row in rows} == {"failed"}


def test_a_clock_that_was_wrong_from_the_start_is_told_at_the_sign_in(night: Night) -> None:
    night.aws.process.clock(-40 * 60)
    done = night.run(night.scan("--journal", "j"))
    assert (done.returncode, done.stdout) == (4, "")
    assert "the clock of this machine is 40 minutes ahead of AWS's" in done.stderr
    assert "Signature not yet current" in done.stderr


def test_a_clock_within_what_aws_bears_is_not_worth_a_word(night: Night) -> None:
    night.aws.process.clock(4 * 60)
    assert night.document("--journal", "j")["scan"]["complete"]
