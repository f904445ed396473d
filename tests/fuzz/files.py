"""What reading a file of the user's must end in, whatever stands in it: its meaning, or an error with a place."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from typer.main import get_command

from scanner.cli.main import app
from scanner.cli.options_file import read
from scanner.errors import LexlociError, SourceError
from scanner.facts.countries import sets
from scanner.facts.statements import load_statements
from scanner.facts.waivers import load_waivers
from scanner.policy.check import check
from scanner.policy.pack import parse, shipped

TODAY = date(2026, 11, 24)
_COMMANDS: Any = get_command(app)
_PLACE = re.compile(r":\d+:\d+: .")


def read_pack(text: str) -> str:
    """A policy pack: parsed, compiled and checked. Like those below: why it was refused, or nothing."""
    return _told(lambda: check([parse(text, "pack.yaml")], sets()))


def read_options(text: str) -> str:
    """`lexloci.yaml`, what it says of options."""
    return _file(text, lambda path: read.__wrapped__(path, _COMMANDS))


def read_statements(text: str) -> str:
    """`lexloci.yaml`, what it says of the user's own."""
    return _file(text, lambda path: load_statements(path, TODAY))


def read_waivers(text: str) -> str:
    return _file(text, lambda path: load_waivers(path, TODAY))


def a_pack() -> str:
    """The text of the smallest shipped pack, to be changed."""
    return min((path.read_text(encoding="utf-8") for path in shipped().glob("*.yaml")), key=len)


OPTIONS = """
options:
  fail_on: high
  workers: 4
  regions: [eu-west-3, eu-central-1]
  policy: [core]
  timeout: 12.5
commands:
  exposure: {law: us-cloud-act}
  scan aws: {organization: true, ou: [ou-1]}
"""
STATEMENTS = """
attestations:
  - {name: key_ceremony_witnessed, value: true, by: "A. Martin, CISO", on: 2026-01-01, until: 2027-01-01}
key_holders:
  - {operator: customer, country: FR, endpoint: "*.example", by: A, on: 2026-01-01, until: 2027-01-01}
waivers_at_most_days: 400
"""
WAIVERS = """
waivers:
  - {control: CORE-20, resource: "*", reason: migration, owner: a.martin@example.org, expires: 2027-01-01}
"""


def _file(text: str, read: Callable[[Path], object]) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lexloci.yaml"
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        return _told(lambda: read(path))


def _told(read: Callable[[], object]) -> str:
    try:
        read()
    except SourceError as error:
        assert _PLACE.search(str(error)), error
        return str(error)
    except LexlociError as error:
        assert str(error)
        return str(error)
    return ""
