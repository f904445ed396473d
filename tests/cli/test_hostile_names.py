"""What commands print of a finished scan steers neither a terminal nor a build machine."""

import re
from pathlib import Path

import pytest

from scanner.store.seal import seal
from tests.cli.command import lexloci
from tests.report.hostile import STRINGS, hostile_scan

STEERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|##\[|##vso|^\s*::", re.MULTILINE)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "scans" / "sealed"
    seal(hostile_scan(), folder)
    return folder


def harmless(*arguments: str) -> str:
    done = lexloci(*arguments)
    assert done.returncode == 0, done.stderr
    found = STEERS.search(done.stdout) or STEERS.search(done.stderr)
    assert found is None, found
    return done.stdout


def test_lists_of_a_finished_scan(sealed: Path) -> None:
    for arguments in (
        ("exposure", "--law", "us-cloud-act", "--from", str(sealed)),
        ("permissions", "aws", "--from", str(sealed)),
        ("history", str(sealed.parent)),
        ("diff", str(sealed), str(sealed)),
    ):
        assert harmless(*arguments)
    assert "set-output" in harmless("exposure", "--law", "us-cloud-act", "--from", str(sealed))


@pytest.mark.parametrize(
    "name", ["workflow", "workflow-stop", "workflow-old", "workflow-azure", "terminal-erase", "bidi"]
)
def test_all_of_one_resource(name: str, sealed: Path) -> None:
    assert harmless("explain", STRINGS[name], "--from", str(sealed))
