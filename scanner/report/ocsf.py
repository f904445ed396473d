"""OCSF Compliance Finding (class 2003) for SIEMs and security lakes: a JSON array, one event a line.

Uses only what is the same in 1.5 to 1.8: https://schema.ocsf.io/1.6.0/classes/compliance_finding?profiles=cloud
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from scanner.errors import UsageError
from scanner.model import Finding, Severity
from scanner.model.document import PackRef
from scanner.model.finished import FinishedScan
from scanner.report.state import State, state_of, why
from scanner.report.whereabouts import Spot, whereabouts
from scanner.report.wire import array

VERSIONS = ("1.5.0", "1.6.0", "1.7.0", "1.8.0")
DEFAULT_VERSION = "1.6.0"

_CLASS = 2003
_CATEGORY = 2
_CREATE = 1
"""Activity: without the memory of earlier scans every finding is reported as created."""

_SEVERITY = {Severity.CRITICAL: 5, Severity.HIGH: 4, Severity.MEDIUM: 3, Severity.LOW: 2, Severity.INFO: 1}
_SEVERITY_WORD = {5: "Critical", 4: "High", 3: "Medium", 2: "Low", 1: "Informational"}

_COMPLIANCE = {
    State.PASS: (1, "Pass"),
    State.UNKNOWN: (2, "Warning"),
    State.FAIL: (3, "Fail"),
    State.WAIVED: (3, "Fail"),
}
"""2 is defined as "did not yield a result due to missing information"."""

_NEW, _SUPPRESSED = (1, "New"), (3, "Suppressed")


def render(scan: FinishedScan, *, version: str = DEFAULT_VERSION) -> Iterator[bytes]:
    """Every finding that concerns its subject; UsageError for another version than `VERSIONS`.

    What does not apply is not an event. Identity over scans is `finding_info.uid`.
    """
    if version not in VERSIONS:
        raise UsageError(f"There is no OCSF {version} here; there are {', '.join(VERSIONS)}.")
    packs = {pack.id: pack for pack in scan.header.policies}
    ended = _milliseconds(scan.header.ended_at)
    with whereabouts(scan) as places:
        events = (
            _event(scan, finding, places.of(finding), packs.get(finding.pack), ended, version)
            for finding in scan.findings()
            if state_of(finding) is not State.NOT_APPLICABLE
        )
        yield from array(events)
    yield b"\n"


def _event(
    scan: FinishedScan, finding: Finding, spot: Spot, pack: PackRef | None, ended: int, version: str
) -> dict[str, Any]:
    severity = _SEVERITY[finding.severity]
    status_id, status = _SUPPRESSED if state_of(finding) is State.WAIVED else _NEW
    return {
        "activity_id": _CREATE,
        "category_uid": _CATEGORY,
        "class_uid": _CLASS,
        "type_uid": _CLASS * 100 + _CREATE,
        "time": ended,
        "severity_id": severity,
        "severity": _SEVERITY_WORD[severity],
        "status_id": status_id,
        "status": status,
        "message": f"{finding.title}: {why(finding)}",
        "metadata": {
            "version": version,
            "profiles": ["cloud"],
            "product": {"name": "lexloci", "vendor_name": "lexloci", "version": scan.tool.version},
            "correlation_uid": scan.header.id,
        },
        "cloud": _cloud(finding, spot),
        "finding_info": {
            "uid": finding.id,
            "title": finding.title,
            "types": ["Data sovereignty exposure"],
            "created_time": ended,
        },
        "compliance": _compliance(finding, pack),
        "resources": [_resource(finding, spot)],
        "unmapped": _unmapped(finding),
    }


def _cloud(finding: Finding, spot: Spot) -> dict[str, Any]:
    cloud: dict[str, Any] = {"provider": spot.provider or "unknown"}
    if finding.account:
        cloud["account"] = {"uid": finding.account}
    if finding.region:
        cloud["region"] = finding.region
    return cloud


def _compliance(finding: Finding, pack: PackRef | None) -> dict[str, Any]:
    status_id, status = _COMPLIANCE[state_of(finding)]
    details = [finding.reason]
    details += [f"missing {item.fact}: {item.reason} {item.permission or item.detail}" for item in finding.missing]
    if finding.waiver is not None:
        waiver = finding.waiver
        details.append(f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason}")
    return {
        "control": finding.control,
        "standards": [f"{pack.title} ({pack.edition})" if pack else finding.pack],
        "status_id": status_id,
        "status": status,
        "status_details": details,
    }


def _resource(finding: Finding, spot: Spot) -> dict[str, Any]:
    told = {"uid": finding.resource, "type": spot.type, "name": spot.name, "region": finding.region}
    if spot.partition:
        told["cloud_partition"] = spot.partition
    return {name: value for name, value in told.items() if value}


def _unmapped(finding: Finding) -> dict[str, Any]:
    """What OCSF has no word for."""
    told: dict[str, Any] = {
        "assurance": finding.assurance.value,
        "evidence": [{"fact": item.fact, "value": item.value, "source": item.source} for item in finding.evidence],
    }
    if finding.waiver is not None:
        told["waiver"] = finding.waiver
    return {"lexloci": told}


def _milliseconds(rfc3339: str) -> int:
    return round(datetime.fromisoformat(rfc3339).timestamp() * 1000)
