"""What concluding needs beside the journal: the rules, the tables, the statements, and what was asked for."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from scanner.facts.registry import Registry
from scanner.facts.statements import Statements
from scanner.facts.waivers import Waiver
from scanner.model import Severity
from scanner.policy.evaluate import Evaluator
from scanner.scan.provenance import Source
from scanner.scan.settle import Baseline


class Conclusions(Struct, frozen=True, kw_only=True):
    """What concluding needs beside the journal."""

    scope: Mapping[str, Any]
    source: Source
    evaluator: Evaluator
    registry: Registry
    statements: Statements
    today: date
    tags: tuple[str, ...]
    """Only resources with every one of these tags: `KEY` or `KEY=VALUE`."""
    fail_on: frozenset[Severity]
    allow_incomplete: bool
    scan_id: str
    started_at: str
    now: Callable[[], str]
    interrupted: bool
    tool_version: str
    plugins: tuple[str, ...]
    waivers: tuple[Waiver, ...] = ()
    strict_waivers: bool = False
    """A waiver that is expired or covers nothing is a wrong request (exit code 2)."""
    baseline: Baseline | None = None

    @property
    def own(self) -> frozenset[str]:
        """Accounts of the scan. Who scans them together calls them its own: an organisation's members, or a list."""
        return frozenset(map(str, self.scope.get("accounts") or ()))
