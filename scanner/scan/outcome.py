"""What a finished scan means for the one who called it: verdict word and exit code. Pure, and frozen by a test."""

from collections.abc import Mapping

from scanner.errors import UsageError
from scanner.model import Severity

NONE = "none"
"""Value of `--fail-on` that lets no finding fail the command."""

_ORDER = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)


def threshold(word: str) -> frozenset[Severity]:
    """Severities at or above `word`, which is a severity or `none`; UsageError for anything else."""
    if word == NONE:
        return frozenset()
    try:
        return frozenset(_ORDER[: _ORDER.index(Severity(word)) + 1])
    except ValueError:
        choices = ", ".join([severity.value for severity in _ORDER] + [NONE])
        raise UsageError(f"--fail-on takes one of {choices}, not '{word}'.") from None


def outcome(
    *,
    fails: Mapping[Severity, int],
    settled: int = 0,
    unknowns: int,
    acknowledged: int = 0,
    measured: bool,
    complete: bool,
    fail_on: frozenset[Severity],
    allow_incomplete: bool,
) -> tuple[str, int]:
    """Verdict word and exit code 0, 1 or 3 of a scan that ran; 2, 4 and 130/143 are decided elsewhere.

    `fails` counts open fails by severity, `settled` those that are waived or known from a baseline. `unknowns` counts
    all unknown results, `acknowledged` those of them that a waiver acknowledges: they do not ask for code 3, and the
    verdict stays "not established". Nothing measured is never a success, and `allow_incomplete` turns 3 into 0 but not
    into another verdict.
    """
    if any(fails.get(severity, 0) for severity in fail_on):
        return "violations", 1
    if not measured:
        return "not_established", 3
    if unknowns or not complete:
        excused = allow_incomplete or (complete and acknowledged >= unknowns)
        return "not_established", 0 if excused else 3
    return ("below_threshold" if settled or any(fails.values()) else "nothing_found"), 0
