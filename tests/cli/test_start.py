"""Asking for help, and starting, costs nothing that help does not need. The interpreter says what it imported."""

import pytest

from tests.cli.command import SIGNED_OUT, lexloci

HEAVY = {
    "azure",
    "boto3",
    "botocore",
    "cel_expr_python",
    "cryptography",
    "jinja2",
    "jmespath",
    "moto",
    "msgspec",
    "rich",
    "sqlite3",
    "tabulate",
    "yaml",
}


def _imported(*arguments: str) -> set[str]:
    done = lexloci(*arguments, environment={**SIGNED_OUT, "PYTHONPROFILEIMPORTTIME": "1"})
    assert done.returncode == 0, done.stderr
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["scan", "aws", "--help"], ["config", "show", "--help"]], ids=" ".join
)
def test_starting_loads_no_library_of_the_field(arguments: list[str]) -> None:
    imported = _imported(*arguments)
    assert {"typer", "scanner.cli.main"} <= imported
    assert {name.partition(".")[0] for name in imported} & HEAVY == set()


def test_a_command_that_needs_a_library_is_seen_to_load_it() -> None:
    assert {"yaml", "msgspec"} <= _imported("laws", "list")
