"""Which code a scan loads besides lexloci's own: none with --no-plugins, none that claims a name in secret."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.aws import REGION, Aws
from tests.scenarios.night import Night


@pytest.fixture
def night(aws: Aws, tmp_path: Path) -> Night:
    aws.client("sqs").create_queue(QueueName="rappels")
    aws.freeze()
    return Night(aws, tmp_path)


def plugin(folder: Path, name: str) -> Path:
    """An installed package that registers a provider `name`, and leaves a mark when it is imported."""
    site = folder / "site"
    about = site / "lexloci_stranger-2.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lexloci-stranger\nVersion: 2.0\n")
    (about / "entry_points.txt").write_text(f"[lexloci.providers]\n{name} = stranger:provider\n")
    mark = folder / "imported"
    (site / "stranger.py").write_text(f"open({str(mark)!r}, 'w').close()\nprovider = None\n")
    return mark


def run(night: Night, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [night.scan()[0], "scan", "aws", "--regions", REGION, "--services", "sqs", "-q", "--format", "json"]
    return subprocess.run(
        [*command, *arguments],
        env={**night.environment, "PYTHONPATH": str(night.folder / "site")},
        cwd=night.folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_name_that_a_stranger_claims_too_is_refused_and_nothing_of_the_strangers_runs(night: Night) -> None:
    mark = plugin(night.folder, "aws")
    done = run(night)
    assert (done.returncode, done.stdout) == (2, "")
    assert "registered twice" in done.stderr
    assert "lexloci-stranger 2.0" in done.stderr
    assert not mark.exists()


def test_without_plugins_only_our_own_is_loaded_and_the_scan_says_so(night: Night) -> None:
    mark = plugin(night.folder, "aws")
    done = run(night, "--no-plugins")
    assert done.returncode in (0, 1, 3), done.stderr
    loaded = json.loads(done.stdout)["scan"]["plugins"]
    assert len(loaded) == 1
    assert loaded[0].startswith("aws: scanner.providers.aws:provider (lexloci ")
    assert not mark.exists()


def test_a_provider_that_was_not_asked_for_is_not_imported(night: Night) -> None:
    mark = plugin(night.folder, "elsewhere")
    assert run(night).returncode in (0, 1, 3)
    assert not mark.exists()
