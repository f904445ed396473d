"""The five states of a finding, in which every format speaks."""

from collections.abc import Iterable
from enum import StrEnum

from scanner.model import Finding, Status


class State(StrEnum):
    """A status, with a fail that a valid waiver covers kept apart. The verdict itself is never rewritten."""

    FAIL = "fail"
    WAIVED = "waived"
    UNKNOWN = "unknown"
    PASS = "pass"
    NOT_APPLICABLE = "not_applicable"


def state_of(finding: Finding) -> State:
    """A waiver changes the state of a fail alone: an unknown that somebody acknowledged stays unknown."""
    if finding.status is Status.FAIL and finding.waiver is not None:
        return State.WAIVED
    return State(finding.status.value)


def tally(findings: Iterable[Finding]) -> dict[State, int]:
    """How many subjects are in each state; every state is present, at zero if need be."""
    counts = dict.fromkeys(State, 0)
    for finding in findings:
        counts[state_of(finding)] += finding.subjects
    return counts


def why(finding: Finding) -> str:
    """The deciding condition or reason code, and for an unknown the first facts that were missing."""
    if finding.status is not Status.UNKNOWN or not finding.missing:
        return finding.reason
    lacking = "; ".join(
        f"{missing.fact} {missing.reason}" + (f" ({missing.permission})" if missing.permission else "")
        for missing in finding.missing[:_MOST_MISSING]
    )
    more = len(finding.missing) - _MOST_MISSING
    return f"{finding.reason}: {lacking}" + (f"; {more} more" if more > 0 else "")


_MOST_MISSING = 3
