"""OSCAL assessment results (1.2) for governance tools: observations a subject, findings a control, risks a waiver.

OSCAL's findings know two states only. An unknown is `not-satisfied` with the reason `other`, never `satisfied`.
"""

import re
import uuid
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import Any

from scanner.model import Finding, Key, Resource
from scanner.model.document import ControlSummary
from scanner.model.finished import FinishedScan
from scanner.report.state import State, state_of, why
from scanner.report.text import printable, shorten
from scanner.report.wire import array, encode

OSCAL_VERSION = "1.2.1"
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:lexloci")
_NS = "urn:lexloci"
_LONGEST = 1_000
_MARKUP = re.compile(r"([\\`*_\[\]<>~^!{}])")

_TARGET = {"pass": ("satisfied", "pass"), "fail": ("not-satisfied", "fail"), "unknown": ("not-satisfied", "other")}


def render(scan: FinishedScan) -> Iterator[bytes]:
    """One result. Identifiers are version 5 UUIDs of the scan and the finding, so that two renderings are the same."""
    yield from _Results(scan).render()


class _Results:
    def __init__(self, scan: FinishedScan) -> None:
        self._scan = scan

    def render(self) -> Iterator[bytes]:
        header = self._scan.header
        plan = self._uuid("plan")
        metadata = {
            "title": "lexloci scan",
            "last-modified": header.ended_at,
            "version": header.id,
            "oscal-version": OSCAL_VERSION,
            "props": [
                _prop("lexloci-version", self._scan.tool.version),
                _prop("facts-as-of", self._scan.tool.facts_as_of),
            ],
        }
        yield b'{"assessment-results":{"uuid":' + encode(self._uuid("results")) + b',"metadata":' + encode(metadata)
        yield b',"import-ap":' + encode({"href": f"#{plan}"}) + b',\n"results":[{' + self._head()
        yield from self._definitions()
        yield from _members("observations", self._observations())
        yield from _members("risks", self._risks())
        yield from _members("findings", self._findings())
        remarks = (
            "A finding states exposure, not illegality. What could not be read is not satisfied, with reason other."
        )
        yield b',"remarks":' + encode(remarks) + b"}],\n"
        yield b'"back-matter":' + encode({"resources": [self._plan(plan)]}) + b"}}\n"

    def _head(self) -> bytes:
        header = self._scan.header
        title = f"Scan {header.id}"
        whole = "Everything in scope was read." if header.complete else "Not everything in scope was read."
        body = encode(
            {
                "uuid": self._uuid("result"),
                "title": title,
                "description": f"{whole} Policies: {_markup(', '.join(pack.title for pack in header.policies))}.",
                "start": header.started_at,
                "end": header.ended_at,
                "props": [
                    _prop("complete", str(header.complete).lower()),
                    _prop("verdict", self._scan.summary.verdict),
                ],
                "reviewed-controls": {"control-selections": [self._selection()]},
            }
        )
        return body[1:-1]

    def _selection(self) -> dict[str, Any]:
        controls = [{"control-id": _token(control.control)} for control in self._scan.summary.controls]
        return {"include-controls": controls} if controls else {"include-all": {}}

    def _plan(self, id_: str) -> dict[str, Any]:
        scope = encode(self._scan.header.scope).decode()
        return {"uuid": id_, "title": "Scope of the scan", "description": _markup(scope)}

    def _definitions(self) -> Iterator[bytes]:
        component = {
            "uuid": self._uuid("scope"),
            "type": "system",
            "title": "What was scanned",
            "description": "The accounts in scope as a whole.",
            "status": {"state": "operational"},
        }
        yield b',\n"local-definitions":{"components":' + encode([component])
        items: Iterable[Resource | Key] = chain(self._scan.resources(), self._scan.keys())
        yield from _members("inventory-items", (self._item(item) for item in items))
        yield b"}"

    def _item(self, item: Resource | Key) -> dict[str, Any]:
        kind = item.type if isinstance(item, Resource) else "key"
        props = [_prop("asset-id", item.id), _prop("asset-type", kind), _prop("account", item.account)]
        return {
            "uuid": self._uuid("subject", item.id),
            "description": _markup(f"{kind} {item.name or item.id}"),
            "props": [*props, _prop("country", item.country or "not established")],
        }

    def _observations(self) -> Iterator[dict[str, Any]]:
        for finding in self._scan.findings():
            if state_of(finding) is not State.NOT_APPLICABLE:
                yield self._observation(finding)

    def _observation(self, finding: Finding) -> dict[str, Any]:
        wide = finding.resource == "scan" or finding.resource.startswith("account:")
        subject = {"subject-uuid": self._uuid("scope"), "type": "component"}
        if not wide:
            subject = {"subject-uuid": self._uuid("subject", finding.resource), "type": "inventory-item"}
        observation: dict[str, Any] = {
            "uuid": self._uuid("observation", finding.id),
            "title": _markup(f"{finding.control}: {state_of(finding).value.replace('_', ' ')}"),
            "description": _markup(f"{finding.title}. {finding.resource}: {why(finding)}"),
            "props": [
                _prop("state", state_of(finding).value),
                _prop("assurance", finding.assurance.value),
                _prop("severity", finding.severity.value),
                _prop("fingerprint", finding.id),
            ],
            "methods": ["TEST"],
            "types": ["control-objective"],
            "subjects": [subject],
            "collected": self._scan.header.ended_at,
        }
        evidence = [
            {"description": _markup(f"{item.fact} = {encode(item.value).decode()} ({item.source})")}
            for item in finding.evidence
        ]
        evidence += [
            {"description": _markup(f"missing {item.fact}: {item.reason} {item.permission or item.detail}")}
            for item in finding.missing
        ]
        if evidence:
            observation["relevant-evidence"] = evidence
        return observation

    def _risks(self) -> Iterator[dict[str, Any]]:
        for finding in self._scan.findings():
            waiver = finding.waiver
            if waiver is not None and state_of(finding) is State.WAIVED:
                yield {
                    "uuid": self._uuid("risk", finding.id),
                    "title": _markup(f"Accepted: {finding.title}"),
                    "description": _markup(f"{finding.resource}: {why(finding)}"),
                    "statement": _markup(waiver.reason),
                    "props": [_prop("waiver-owner", waiver.owner)],
                    "status": "deviation-approved",
                    "deadline": f"{waiver.expires}T23:59:59Z",
                    "related-observations": [{"observation-uuid": self._uuid("observation", finding.id)}],
                }

    def _findings(self) -> Iterator[dict[str, Any]]:
        """One a control that applies anywhere, with the observations that decided it."""
        controls = {control.control: control for control in self._scan.summary.controls}
        for id_, group in groupby(self._scan.findings(), key=lambda finding: finding.control):
            control = controls[id_]
            if control.status in _TARGET:
                yield self._finding(control, group)

    def _finding(self, control: ControlSummary, group: Iterable[Finding]) -> dict[str, Any]:
        state, reason = _TARGET[control.status]
        observed, risks = [], []
        for finding in group:
            of_subject = state_of(finding)
            if finding.status.value == control.status or of_subject is State.UNKNOWN:
                observed.append({"observation-uuid": self._uuid("observation", finding.id)})
            if of_subject is State.WAIVED:
                risks.append({"risk-uuid": self._uuid("risk", finding.id)})
        counts = ", ".join(f"{number} {status.replace('_', ' ')}" for status, number in sorted(control.counts.items()))
        finding_: dict[str, Any] = {
            "uuid": self._uuid("finding", control.control),
            "title": _markup(f"{control.control}: {control.title}"),
            "description": _markup(f"Subjects: {counts or 'none'}."),
            "target": {
                "type": "objective-id",
                "target-id": _token(control.control),
                "status": {"state": state, "reason": reason},
            },
        }
        if observed:
            finding_["related-observations"] = observed
        if risks:
            finding_["related-risks"] = risks
        if control.reason:
            finding_["remarks"] = _markup(control.reason)
        return finding_

    def _uuid(self, *names: str) -> str:
        return str(uuid.uuid5(_SPACE, "\x1f".join((self._scan.header.id, *names))))


def _members(name: str, items: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """`,"name":[…]`, or nothing at all when there are no items, since OSCAL forbids an empty array."""
    first = next(items, None)
    if first is not None:
        yield b',\n"' + name.encode() + b'":'
        yield from array(chain([first], items))


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": _NS, "value": printable(value).strip() or "-"}


def _token(control: str) -> str:
    """OSCAL's token may not begin with a digit."""
    return control if control[:1].isalpha() else f"_{control}"


def _markup(text: str) -> str:
    """OSCAL's prose is Markdown; what comes from an account or a pack is text in it."""
    return _MARKUP.sub(r"\\\1", shorten(printable(text), _LONGEST)).strip() or "-"
