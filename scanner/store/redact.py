"""A finished scan without the names of whoever was scanned.

The rule is an allow-list: a field keeps its text only if it is named here, and then only if it looks like a code. A
field that is added to the model is replaced until somebody decides otherwise.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from scanner.model import (
    Alongside,
    Coverage,
    Encryption,
    Evidence,
    Finding,
    Gap,
    GapReason,
    Health,
    Holder,
    Key,
    Missing,
    Principal,
    Resource,
    Waived,
)
from scanner.model.assessed import Copy, Egress, HealthSignal
from scanner.model.document import OwnFactsUse, Summary, WaiverUse, WorstResource
from scanner.model.finished import FinishedScan
from scanner.model.observed import Retention
from scanner.model.sample import Sample
from scanner.store.journal import Journal
from scanner.store.pseudonym import Pseudonyms, words
from scanner.store.scan import JournalScan, Result, keep

T = TypeVar("T")

_RECORDS = (Resource, Key, Finding, Coverage, OwnFactsUse, WaiverUse, WorstResource)
_PARTS = (
    Health,
    HealthSignal,
    Encryption,
    Alongside,
    Copy,
    Egress,
    Holder,
    Principal,
    Retention,
    Sample,
    Gap,
    Evidence,
    Missing,
    Waived,
)

_CODE = re.compile(r"[A-Za-z0-9_.,:*?/ ()+-]{0,160}")
_ZONE = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+[a-z]?|\d?|")
_SOURCE = re.compile(
    r"[a-z0-9-]+:[A-Z][A-Za-z0-9]+(, [a-z0-9-]+:[A-Z][A-Za-z0-9]+)*"
    r"|(Microsoft\.[A-Za-z]+|KeyVault|ManagedHSM):[A-Z]+ [A-Za-z/]+"
    r"|(operators|regions|laws|destinations|countries|accounts)(/[a-z0-9-]+)*|catalog|the scan's own record"
)
_OURS = re.compile(
    r"the SDK lists no endpoint of [a-z0-9-]+ in [a-z0-9-]+|some reads failed; their rows say which"
    r"|the type keeps no data of its own"
)
"""Reasons of coverage rows that are sentences of ours."""

_SERVICE = re.compile(r"(resolve:[a-z]+:|sample:)(.+)", re.DOTALL)

_KEPT = words(
    "type provider partition country category holds operator parent_country level family strength rule law via status "
    "state custody rung kind origin basis fact operation permission severity assurance control pack as_of expires "
    "until expires_at connectivity direction extent actions edition digest verdict regions_basis cloud health "
    "elsewhere fails"
)
"""Fields whose text is a word of the provider's or of ours."""

_KEYS = words(
    "accounts arm_endpoint asked authority claims cloud cloud_told_by control country credential customer_lockbox "
    "data_boundary data_plane direction exclude_regions exclude_services exclude_types extent filters id identity kind "
    "law management_group name operator organization ous parent_country partition path provider region region_pairs "
    "regions regions_basis role services state status strength subscriptions tenant tenants through types value "
    "verify_live via"
) | {field.name for struct in (*_RECORDS, *_PARTS) for field in msgspec.structs.fields(struct)}
"""Names of fields in records without a fixed shape (the scope, values of evidence)."""

_PLACES = frozenset({"region", "regions", "exclude_regions", "services", "exclude_services", "types", "exclude_types"})

_POLICY_TEXT = frozenset({"title"})
"""Fields that quote a policy pack, and nothing of the account."""

_TEXTS = frozenset({"detail", "owner", "approver", "ticket", "declared_by", "value"})
"""Fields in which people, or error messages, say something."""

_TOLD = words(
    "location.country operator.id operator.country operator.parent_country key.custody key.region key.country "
    "key.holder_country key.holder_parent_country data.health resource.holds resource.category resource.type "
    "resource.provider resource.partition resource.region encryption.state"
)
"""Facts whose value is a code."""


@contextmanager
def redacted(scan: FinishedScan, pseudonyms: Pseudonyms) -> Iterator[FinishedScan]:
    """The scan under pseudonyms, in a temporary store, because pseudonyms have another order than names."""
    redaction = _Redaction(pseudonyms, scan.header.own_facts)
    with tempfile.TemporaryDirectory(prefix="lexloci-") as folder:
        journal = Journal(Path(folder) / "redacted.journal")
        try:
            journal.add_coverage("redacted", (redaction.record(row, Coverage) for row in scan.coverage()))
            for batch in _batches(redaction.record(resource, Resource) for resource in scan.resources()):
                journal.store_results(resources=batch)
            for keys in _batches(redaction.record(key, Key) for key in scan.keys()):
                journal.store_results(keys=keys)
            for findings in _batches(redaction.finding(finding) for finding in scan.findings()):
                journal.store_results(findings=findings)
            header = msgspec.structs.replace(
                scan.header,
                scope={**redaction.mapping(scan.header.scope), "redacted": True},
                own_facts=scan.header.own_facts and redaction.record(scan.header.own_facts, OwnFactsUse),
            )
            keep(
                journal,
                Result(tool=scan.tool, header=header, summary=redaction.summary(scan.summary)),
            )
            yield JournalScan(journal)
        finally:
            journal.close()


def _batches(records: Iterator[T], size: int = 500) -> Iterator[list[T]]:
    batch: list[T] = []
    for record in records:
        batch.append(record)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch


class _Redaction:
    def __init__(self, pseudonyms: Pseudonyms, own: OwnFactsUse | None) -> None:
        self._pseudonyms = pseudonyms
        self._own = frozenset(entry.rpartition("/")[2] for entry in own.entries) if own is not None else frozenset()
        """Operators, regions and hosts that the user described: theirs, though they stand where codes stand."""

    def record(self, record: T, type_: type[T]) -> T:
        """A record of the model with every string decided on by its field."""
        return msgspec.convert(self._value("", msgspec.to_builtins(record)), type_)

    def finding(self, finding: Finding) -> Finding:
        """The id is a digest of names without a key, so it is digested again with one."""
        return msgspec.structs.replace(self.record(finding, Finding), id=self._pseudonyms.digest(finding.id)[:24])

    def summary(self, summary: Summary) -> Summary:
        """Counts, laws and controls stay; what speaks of single resources and of waivers is replaced."""
        return msgspec.structs.replace(
            summary,
            waivers=tuple(self.record(waiver, WaiverUse) for waiver in summary.waivers),
            worst=tuple(self.record(worst, WorstResource) for worst in summary.worst),
        )

    def mapping(self, mapping: dict[str, Any]) -> dict[str, Any]:
        return {self._key(name): self._value(name, value) for name, value in mapping.items()}

    def _key(self, name: str) -> str:
        return name if name in _KEYS else self._pseudonyms.identifier(name)

    def _value(self, field: str, value: Any) -> Any:
        if isinstance(value, str):
            return self._string(field, value)
        if isinstance(value, list | tuple):
            return [self._value(field, element) for element in value]
        if isinstance(value, dict):
            if field == "tags":
                return {self._pseudonyms.atom(k): self._pseudonyms.atom(v) for k, v in value.items()}
            if "owner" in value:
                value = {**value, "reason": self._pseudonyms.text(value["reason"])}
            if "service" in value and "state" in value:
                value = {**value, "reason": self._message(value["reason"])}
                return {name: text if name == "reason" else self._value(name, text) for name, text in value.items()}
            if "fact" in value and "source" in value:
                return self._evidence(value)
            return self.mapping(value)
        return value

    def _evidence(self, evidence: dict[str, Any]) -> dict[str, Any]:
        """A value that is one string is kept for facts that are codes; records keep their fields' rules."""
        source, value = str(evidence["source"]), evidence.get("value")
        if isinstance(value, str):
            kept = evidence["fact"] in _TOLD and _CODE.fullmatch(value)
            value = value if kept else self._pseudonyms.identifier(value)
        else:
            value = self._value("element", value)
        told = source if _SOURCE.fullmatch(source) else self._pseudonyms.text(source)
        return {**self.mapping({**evidence, "source": "", "value": None}), "source": told, "value": value}

    def _string(self, field: str, text: str) -> str:
        names = self._pseudonyms
        if text in self._own:
            return names.atom(text)
        if field == "rule" and _CODE.fullmatch(text):
            # The list that knew the word, without the word: that was in a name or a tag.
            return ".".join(text.split(".")[:2])
        if field in _POLICY_TEXT or (field in _KEPT and _CODE.fullmatch(text)):
            return text
        if field in _PLACES and _CODE.fullmatch(text):
            return text
        if field == "zone" and _ZONE.fullmatch(text):
            return text
        if field == "service":
            found = _SERVICE.fullmatch(text)
            if found:
                return f"{found[1]}{names.identifier(found[2])}"
            return text if _CODE.fullmatch(text) else names.text(text)
        if field == "reason":
            return self._reason(text)
        return names.text(text) if field in _TEXTS else names.identifier(text)

    def _reason(self, text: str) -> str:
        """The name of a condition, or a reason code."""
        return text if re.fullmatch(r"[A-Za-z0-9_-]{0,80}", text) else self._pseudonyms.text(text)

    def _message(self, text: str) -> str:
        """Why something was not read: the code stays, and what the provider said goes."""
        code, colon, rest = text.partition(":")
        if code in {reason.value for reason in GapReason}:
            return f"{code}: {self._pseudonyms.text(rest)}" if colon else code
        return text if _OURS.fullmatch(text) else self._pseudonyms.text(text)
