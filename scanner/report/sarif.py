"""SARIF 2.1.0 for code-scanning pages, within GitHub's limits.

A page of code wants a file, and a bucket has none: every result points at the file that asked for the scan, names its
subject as a logical location, and carries a fingerprint of its own, so that no two become one alert.
Limits: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from scanner.errors import UsageError
from scanner.model import Finding, Severity, Status
from scanner.model.coverage import SETTLED
from scanner.model.document import ControlSummary
from scanner.model.finished import FinishedScan
from scanner.report.state import State, state_of, why
from scanner.report.text import printable, shorten
from scanner.report.wire import array, encode

ANCHOR = "lexloci.yaml"
MOST_RESULTS = 5_000
"""GitHub takes 25,000 results a run and shows the first 5,000; the rest is told by one result a control and state, for
which there is room among the 5,000."""

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LONGEST_MESSAGE = 1_000

_LEVEL = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}
"""The middle of the band to which GitHub gives the same word."""

_KIND = {
    State.FAIL: "fail",
    State.WAIVED: "fail",
    State.UNKNOWN: "open",
    State.PASS: "pass",
    State.NOT_APPLICABLE: "notApplicable",
}


def render(
    scan: FinishedScan, *, anchor: str = ANCHOR, every_state: bool = False, most: int = MOST_RESULTS
) -> Iterator[bytes]:
    """One run. `anchor` is a file of the repository, relative to its root; UsageError when it cannot be one.

    Fails, waived fails and unknowns are results. Passes and what does not apply would become alerts on a page that
    does not read `kind`, so they come with `every_state` only; their number is always in the run's properties.
    """
    if not anchor or anchor.endswith("/") or anchor.startswith("/") or "://" in anchor:
        raise UsageError(f"'{anchor}' cannot anchor results: it must be a file, relative to the repository's root.")
    counts: Counter[str] = Counter()
    for finding in scan.findings():
        counts[state_of(finding).value] += finding.subjects
    yield b'{"$schema":' + encode(_SCHEMA) + b',"version":"2.1.0","runs":[\n{"tool":' + encode(_tool(scan))
    yield b',\n"automationDetails":' + encode({"id": f"lexloci/{'+'.join(p.id for p in scan.header.policies)}/"})
    yield b',\n"invocations":' + encode([_invocation(scan)])
    yield b',\n"properties":' + encode({"subjectsByState": dict(counts), "facts_as_of": scan.tool.facts_as_of})
    yield b',\n"results":'
    yield from array(_results(scan, anchor, every_state, most))
    yield b"}]}\n"


def _tool(scan: FinishedScan) -> dict[str, Any]:
    return {
        "driver": {
            "name": "lexloci",
            "version": scan.tool.version,
            "semanticVersion": scan.tool.version,
            "rules": [_rule(control) for control in scan.summary.controls],
        }
    }


def _rule(control: ControlSummary) -> dict[str, Any]:
    severity = Severity(control.severity)
    told = f"Explain it: lexloci explain {control.control}. A finding states exposure, not illegality."
    return {
        "id": control.control,
        "name": control.control,
        "shortDescription": {"text": _message(control.title)},
        "fullDescription": {"text": _message(f"{control.title} (policy pack {control.pack})")},
        "help": {
            "text": f"{_message(control.title)}. {told}",
            "markdown": f"{_message(control.title)}.\n\nExplain it: `lexloci explain {control.control}`. "
            "A finding states exposure, not illegality.",
        },
        "defaultConfiguration": {"level": _LEVEL[severity]},
        "properties": {
            "security-severity": _SECURITY_SEVERITY[severity],
            "tags": ["security", "data-sovereignty", f"policy/{control.pack}"],
        },
    }


def _invocation(scan: FinishedScan) -> dict[str, Any]:
    """An incomplete scan is an unsuccessful run, and its coverage a notification, so that it is not taken for clean."""
    notifications = [
        {
            "level": "warning",
            "message": {"text": f"{number} units of the scan ended as '{state}'; what they hold is not known."},
        }
        for state, number in scan.summary.units.items()
        if state not in SETTLED and number
    ]
    return {
        "executionSuccessful": scan.header.complete,
        "startTimeUtc": scan.header.started_at,
        "endTimeUtc": scan.header.ended_at,
        "toolExecutionNotifications": notifications,
    }


def _results(scan: FinishedScan, anchor: str, every_state: bool, most: int) -> Iterator[dict[str, Any]]:
    statuses = [Status.FAIL, Status.UNKNOWN] + ([Status.PASS, Status.NOT_APPLICABLE] if every_state else [])
    index = {control.control: number for number, control in enumerate(scan.summary.controls)}
    room = max(0, most - (len(statuses) + 1) * len(index))
    written = 0
    rest: Counter[tuple[str, State]] = Counter()
    for status in statuses:
        for finding in scan.findings(status):
            if written < room:
                written += 1
                yield _result(finding, index[finding.control], anchor)
            else:
                rest[(finding.control, state_of(finding))] += 1
    controls = {control.control: control for control in scan.summary.controls}
    for (id_, state), number in sorted(rest.items()):
        yield _aggregate(controls[id_], state, number, index[id_], anchor)


def _result(finding: Finding, rule: int, anchor: str) -> dict[str, Any]:
    state = state_of(finding)
    text = f"{finding.title}: {finding.resource}: {why(finding)} ({finding.assurance.value})"
    result: dict[str, Any] = {
        "ruleId": finding.control,
        "ruleIndex": rule,
        "kind": _KIND[state],
        "level": _LEVEL[finding.severity] if _KIND[state] == "fail" else "none",
        "message": {"text": _message(text)},
        "locations": [
            {
                **_physical(anchor),
                "logicalLocations": [{"fullyQualifiedName": finding.resource, "kind": "resource"}],
            }
        ],
        "partialFingerprints": _fingerprints(finding.id),
        "properties": {
            "state": state.value,
            "account": finding.account,
            "region": finding.region,
            "assurance": finding.assurance.value,
        },
    }
    if finding.waiver is not None and state is State.WAIVED:
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"{finding.waiver.reason} ({finding.waiver.owner}, until {finding.waiver.expires})",
            }
        ]
    return result


def _aggregate(control: ControlSummary, state: State, number: int, rule: int, anchor: str) -> dict[str, Any]:
    words = state.value.replace("_", " ")
    waived = {"suppressions": [{"kind": "external", "status": "accepted", "justification": "one waiver each"}]}
    return {
        **(waived if state is State.WAIVED else {}),
        "ruleId": control.control,
        "ruleIndex": rule,
        "kind": _KIND[state],
        "level": _LEVEL[Severity(control.severity)] if _KIND[state] == "fail" else "none",
        "message": {"text": _message(f"{control.title}: {number} more subjects are '{words}'; the JSON has them all.")},
        "locations": [_physical(anchor)],
        "partialFingerprints": _fingerprints(f"{control.control}/{state.value}/rest"),
        "properties": {"state": state.value, "subjects": number},
    }


def _physical(anchor: str) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": quote(anchor)}, "region": {"startLine": 1}}}


def _fingerprints(identity: str) -> dict[str, str]:
    """GitHub compares `primaryLocationLineHash` alone; left out, it is made of the anchor's line, the same for all."""
    return {"primaryLocationLineHash": f"{identity}:1", "lexlociFinding/v1": identity}


def _message(text: str) -> str:
    """SARIF's plain text, in which `[a](b)` is a link and `{0}` a placeholder (section 3.11.5 and 3.11.6)."""
    plain = shorten(printable(text), _LONGEST_MESSAGE)
    for sign, written in (("\\", "\\\\"), ("[", "\\["), ("]", "\\]"), ("{", "{{"), ("}", "}}")):
        plain = plain.replace(sign, written)
    return plain
