"""Which code a scan loads besides lexloci's own: none with --no-plugins, none that claims a name in secret."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import LEXLOCI
from tests.contract.boxes import Boxes, boxes
from tests.contract.clouds import EXAMPLE
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


@pytest.fixture
def cloud() -> Iterator[Boxes]:
    """The cloud of boxes of the example provider."""
    with boxes() as server:
        yield server


def example(cloud: Boxes, folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The installed command, in an environment in which the package of the example provider is installed."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LEXLOCI_")},
        "PYTHONPATH": str(EXAMPLE),
        "EXAMPLE_CLOUD": f"http://127.0.0.1:{cloud.server_address[1]}",
        "XDG_STATE_HOME": str(folder / "state"),
        **more,
    }
    return subprocess.run(
        [LEXLOCI, *arguments], env=environment, cwd=folder, capture_output=True, text=True, timeout=100, check=False
    )


def test_a_plugin_is_scanned_by_its_name_and_the_document_names_it(cloud: Boxes, tmp_path: Path) -> None:
    done = example(cloud, tmp_path, "scan", "example", "-q", "--format", "json", "-o", f"table={tmp_path / 'table'}")
    assert done.returncode in (1, 3), done.stderr
    document = json.loads(done.stdout)
    assert {one["name"] for one in document["resources"]} == {"dossiers", "copie", "perdu"}
    assert document["scan"]["scope"]["provider"] == "example"
    assert document["scan"]["plugins"] == ["example: lexloci_example:provider (lexloci-example 1.0)"]
    assert {one["country"] for one in document["resources"]} == {None}
    assert "example acme   regions: north, south" in (tmp_path / "table").read_text(encoding="utf-8")


def test_a_finished_scan_of_a_plugin_is_explained(cloud: Boxes, tmp_path: Path) -> None:
    (tmp_path / "scan.json").write_text(example(cloud, tmp_path, "scan", "example", "-q", "--format", "json").stdout)
    done = example(cloud, tmp_path, "explain", "box-1", "--from", "scan.json")
    assert done.returncode == 0, done.stderr
    assert "box-1" in done.stdout


def test_the_file_and_the_environment_speak_to_a_plugin_as_to_any_cloud(cloud: Boxes, tmp_path: Path) -> None:
    (tmp_path / "lexloci.yaml").write_text("options: {format: json}\ncommands:\n  scan example: {quiet: true}\n")
    done = example(cloud, tmp_path, "scan", "example", LEXLOCI_FAIL_ON="none")
    assert done.stderr == ""
    assert done.returncode == 3
    assert len(json.loads(done.stdout)["resources"]) == 3


def test_without_plugins_none_is_scanned_and_nothing_of_it_runs(cloud: Boxes, tmp_path: Path) -> None:
    done = example(cloud, tmp_path, "scan", "example", "--no-plugins")
    assert (done.returncode, done.stdout, cloud.asked) == (2, "", [])
    assert "is a plugin (example: lexloci_example:provider (lexloci-example 1.0)), and" in done.stderr


@pytest.mark.parametrize("arguments", [("--help",), ("scan", "--help"), ("scan", "elsewhere", "--help")], ids=" ".join)
def test_help_names_a_plugin_and_imports_none(cloud: Boxes, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    mark = plugin(tmp_path, "elsewhere")
    done = example(cloud, tmp_path, *arguments, PYTHONPATH=str(tmp_path / "site"))
    assert done.returncode == 0
    assert ("lexloci-stranger 2.0" in done.stdout) is ("scan" in arguments)
    assert not mark.exists()


def test_a_cloud_that_nothing_registers_is_no_command(cloud: Boxes, tmp_path: Path) -> None:
    done = example(cloud, tmp_path, "scan", "exmaple")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command 'exmaple'" in done.stderr
