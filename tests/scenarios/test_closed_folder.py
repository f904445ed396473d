"""What this user may read and not write: one sentence that names it, exit code 4, and nothing changed."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import LEXLOCI
from tests.fixtures.aws import Aws
from tests.scenarios.night import Night, body, furnish
from tests.store.sealing import content

# In a user namespace of its own root is the owner of its files and may no more than an owner may.
UNPRIVILEGED = [] if os.geteuid() else ["unshare", "--user"]

Write = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def night(aws: Aws, tmp_path: Path) -> Night:
    """A scan that is finished, in the folder `closed`."""
    furnish(aws)
    night = Night(aws, tmp_path)
    (tmp_path / "closed").mkdir()
    night.document("--journal", "closed/j", "-o", "sealed=closed/sealed", "-o", "json=closed/scan.json")
    return night


@pytest.fixture
def refused(night: Night) -> Write:
    """Run a command as somebody who may not write into `closed`; it must be refused and change nothing."""

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        before = content(night.folder / "closed")
        done = night.run([*UNPRIVILEGED, *command])
        assert (done.returncode, done.stdout) == (4, ""), done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert content(night.folder / "closed") == before
        return done

    if UNPRIVILEGED:
        try:
            subprocess.run([*UNPRIVILEGED, "true"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"root may write everywhere, and cannot lay that down here: {error}")
    return run


@pytest.fixture
def closed(night: Night) -> Path:
    folder = night.folder / "closed"
    folder.chmod(0o555)
    return folder


def test_a_folder_that_may_not_be_written_takes_no_journal_and_no_report(
    night: Night, closed: Path, refused: Write
) -> None:
    for arguments, named in (
        (["--journal", "closed/new"], "The journal closed/new cannot be used: "),
        (["--journal", "closed/j", "--resume"], "The journal closed/j cannot be used: "),
        (["--journal", "j", "-o", "json=closed/new.json"], "The report closed/new.json cannot be written: "),
        (["--journal", "j", "-o", "json=closed/scan.json"], "The report closed/scan.json cannot be written: "),
        (["--journal", "j", "-o", "sealed=closed/new"], "closed/new"),
        (["--journal", "j", "-o", "sealed=closed/sealed"], "closed/sealed"),
    ):
        done = refused(*night.scan(*arguments))
        assert named in done.stderr and "ermission denied" in done.stderr, (arguments, done.stderr)


def test_a_state_folder_that_may_not_be_written_is_named(night: Night, closed: Path, refused: Write) -> None:
    command = night.scan("--format", "json")
    done = refused("env", f"XDG_STATE_HOME={closed}", *command)
    assert done.stderr.startswith(f"lexloci: The journal {closed}/lexloci/"), done.stderr


def test_a_journal_that_may_not_be_written_is_named_and_taken_up_later(night: Night, refused: Write) -> None:
    journal = night.folder / "closed" / "j"
    journal.chmod(0o444)
    for command in (night.scan("--journal", "closed/j", "--resume"), [str(LEXLOCI), "merge", "closed/j"]):
        done = refused(*command)
        assert done.stderr.startswith("lexloci: The journal closed/j cannot be "), done.stderr
        assert "damaged" not in done.stderr
    journal.chmod(0o644)
    assert body(night.document("--journal", "closed/j", "--resume"))
