"""What a scan leaves behind when it is killed, stopped, starved or crowded out."""

import json
import os
import random
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest

from scanner.store.journal import Journal
from tests.fixtures.aws import Aws
from tests.scenarios.night import Night, body, furnish

SEED = 20261124
KILLS = 20


@pytest.fixture
def night(aws: Aws, tmp_path: Path) -> Night:
    furnish(aws)
    return Night(aws, tmp_path)


@pytest.mark.timeout(400)
def test_killed_twenty_times_at_random_points_and_resumed_the_result_is_that_of_one_run(night: Night) -> None:
    """Kills go on over as many scans as it takes; each scan that comes to its end gives the same document."""
    whole = night.document("--journal", "whole.journal")
    chance = random.Random(SEED)
    killed = finished = 0
    command = night.scan("--format", "json", "--journal", "j", "--workers", "2")
    resume: list[str] = []
    while killed < KILLS or not finished:
        after = chance.randint(1, 40) if killed < KILLS else 10_000
        code, out, err = night.cut([*command, *resume], after)
        if code == 2:
            assert "nothing to resume" in err
            resume = []
        elif code == -signal.SIGKILL:
            killed += 1
            resume = ["--resume"]
        else:
            assert body(json.loads(out)) == body(whole), err
            finished += 1
            resume = []
            (night.folder / "j").unlink()
    assert (killed, finished >= 1) == (KILLS, True)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_keeps_what_is_complete_and_says_so(night: Night, number: int, code: int) -> None:
    whole = night.document("--journal", "whole.journal")
    night.aws.faults({"fault": "slow", "seconds": 0.3})
    command = [word for word in night.scan("--format", "json", "--journal", "j", "--workers", "1") if word != "-q"]
    ended, out, err = night.cut(command, 10, number)
    assert ended == code
    assert "the scan was interrupted; what is complete is kept, go on with --resume (journal j)" in err
    cut = json.loads(out)
    assert cut["scan"]["interrupted"] and not cut["scan"]["complete"]
    assert {row["state"] for row in cut["coverage"]} >= {"complete", "skipped"}
    assert cut["summary"]["verdict"] != "nothing_found"
    night.aws.faults()
    assert body(night.document("--journal", "j", "--resume")) == body(whole)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_decides_the_exit_code_also_of_a_scan_whose_report_finds_no_room(
    night: Night, number: int, code: int
) -> None:
    night.aws.faults({"fault": "slow", "seconds": 0.3})
    command = night.scan("-o", "jsonl=/dev/full", "-o", "json=-", "--journal", "j", "--workers", "1")
    ended, out, err = night.cut([word for word in command if word != "-q"], 10, number)
    assert ended == code
    assert "lexloci: The report /dev/full cannot be written: No space left on device." in err.splitlines()
    assert "the scan was interrupted; what is complete is kept, go on with --resume (journal j)" in err
    assert json.loads(out)["scan"]["interrupted"]


def test_a_report_that_found_no_room_is_written_by_resume_without_scanning_again(night: Night) -> None:
    command = [word for word in night.scan("-o", "json=/dev/full") if word != "-q"]
    done = night.run(command)
    assert done.returncode == 4
    assert "what was scanned is kept; --resume writes the report again (journal " in done.stderr
    night.aws.process.control("forget")
    again = night.document("--resume")
    assert again["scan"]["complete"]
    assert {line["operation"] for line in night.aws.log()} <= {"GetCallerIdentity", "DescribeRegions"}


def test_a_signal_does_not_wait_for_an_endpoint_that_hangs(night: Night) -> None:
    night.aws.faults({"fault": "hang", "service": "sqs", "seconds": 60})
    command = night.scan("--format", "json", "--journal", "j")
    begun = time.monotonic()
    ended, out, _ = night.cut(command, 12, signal.SIGTERM)
    assert ended == 143
    assert time.monotonic() - begun < 50, "the endpoint hangs for 60 seconds"
    reasons = {row["reason"] for row in json.loads(out)["coverage"] if row["service"] == "sqs"}
    assert reasons == {"the scan was interrupted while this unit was read"}


def test_at_its_deadline_a_scan_ends_with_what_it_has(night: Night) -> None:
    night.document("--journal", "warm")
    night.aws.faults({"fault": "hang", "service": "sqs", "seconds": 60})
    begun = time.monotonic()
    done = night.run([w for w in night.scan("--format", "json", "--journal", "j", "--deadline", "6s") if w != "-q"])
    assert time.monotonic() - begun < 45, "the endpoint hangs for 60 seconds"
    assert done.returncode in (1, 3)
    assert "the deadline passed; what is complete is kept, go on with --resume" in done.stderr
    cut = json.loads(done.stdout)
    assert {row["reason"] for row in cut["coverage"] if row["service"] == "sqs"} == {
        "the deadline passed while this unit was read"
    }
    assert any(row["service"] == "s3" and row["state"] == "complete" for row in cut["coverage"])
    night.aws.faults()
    resumed = night.document("--journal", "j", "--resume")
    assert resumed["scan"]["complete"]


def test_a_hung_endpoint_costs_its_time_limit_once(night: Night) -> None:
    night.document("--journal", "warm")
    night.aws.faults({"fault": "hang", "service": "sqs", "seconds": 60})
    found = night.document("--journal", "j", "--timeout", "2")
    # By the scan's own count of attempts: the simulation notes a request when it has answered it.
    assert found["scan"]["calls"]["by_operation"]["sqs:ListQueues"] == 2, "one a region"
    rows = [row for row in found["coverage"] if row["service"] == "sqs" and not row["type"]]
    assert {(row["region"], row["state"]) for row in rows} == {("eu-west-3", "failed"), ("us-east-1", "failed")}
    assert all(row["reason"].startswith("unreachable") for row in rows)


@pytest.mark.parametrize("word", ["0", "-5s", "soon", "inf", "nan", "5d", ""])
def test_a_deadline_is_a_time(night: Night, word: str) -> None:
    done = night.run(night.scan("--deadline", word))
    assert done.returncode == 2
    assert "--deadline takes a time" in done.stderr


def test_two_scans_on_one_journal_are_refused(night: Night) -> None:
    journal = Journal(night.folder / "j")
    try:
        done = night.run(night.scan("--journal", "j"))
    finally:
        journal.close()
    assert (done.returncode, done.stdout) == (2, "")
    assert "in use by another scan" in done.stderr


def test_scans_of_one_scope_started_at_once_end_well_or_are_refused(night: Night) -> None:
    """Without --journal they share one, and the first deletes it when it is done."""
    whole = body(night.document("--journal", "whole.journal"))
    started = [
        subprocess.Popen(
            night.scan("--format", "json"),
            env=night.environment,
            cwd=night.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    told = [(child.communicate(timeout=100), child.returncode) for child in started]
    good = [json.loads(out) for (out, _), code in told if code in (0, 1, 3)]
    assert good and all(body(document) == whole for document in good)
    for (_, err), code in told:
        assert code in (0, 1, 3) or (code == 2 and "in use by another scan" in err), err
    assert list((night.folder / "state" / "lexloci").iterdir()) == []


@pytest.mark.parametrize(("limit", "told"), [(30_000, "opened"), (300_000, "used")])
def test_a_full_disk_ends_the_scan_and_what_was_written_is_resumed(night: Night, limit: int, told: str) -> None:
    """Full at once, and full when some of the units are done."""
    whole = night.document("--journal", "whole.journal")

    def starve() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    command = night.scan("--format", "json", "--journal", "j")
    done = subprocess.run(
        command,
        env=night.environment,
        cwd=night.folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        preexec_fn=starve,
    )
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr and "this is a bug" not in done.stderr
    assert f"The journal j cannot be {told}" in done.stderr
    assert done.stdout == ""
    night.aws.process.control("forget")
    resumed = night.run([*command, "--resume"])
    if told == "opened":
        assert resumed.returncode == 2
        assert "nothing to resume" in resumed.stderr
        resumed = night.run(command)
    else:
        calls = sum(json.loads(resumed.stdout)["scan"]["calls"]["by_operation"].values())
        assert night.asked() < calls, "what was done before is not asked again"
    assert body(json.loads(resumed.stdout)) == body(whole)


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(night: Night) -> None:
    closed = night.folder / "closed"
    closed.mkdir()
    (closed / "file").write_text("not a folder")
    for target in ("closed/file/j", "/proc/j"):
        done = night.run(night.scan("--journal", target))
        assert done.returncode == 4, target
        assert "cannot be" in done.stderr
        assert done.stdout == ""


def test_a_report_to_a_pipe_leaves_the_pipe_and_one_to_a_link_the_link(night: Night) -> None:
    pipe, link, target = night.folder / "pipe", night.folder / "latest.json", night.folder / "monday.json"
    os.mkfifo(pipe)
    target.write_text("{}")
    link.symlink_to(target)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    done = night.run(night.scan("-o", f"jsonl={pipe}", "-o", f"json={link}"))
    assert done.returncode in (0, 1, 3), done.stderr
    received, _ = reader.communicate(timeout=20)
    assert received.count(b"\n") > 10
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert json.loads(target.read_text())["scan"]["complete"]
