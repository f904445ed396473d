"""OpenMetrics for Prometheus, by way of the node exporter's textfile collector. No label names a resource."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from scanner.model.finished import FinishedScan
from scanner.report.state import state_of
from scanner.report.text import printable
from scanner.report.whereabouts import whereabouts

Labels = tuple[tuple[str, str], ...]


def render(scan: FinishedScan) -> Iterator[bytes]:
    """One gauge family after the other, without timestamps, as the textfile collector wants it.

    `lexloci_scan_last_success_timestamp_seconds` is there only when the scan read everything in scope, so that an alert
    on its absence or age also sees a job that runs every night and is refused every night.
    """
    header, summary, tool = scan.header, scan.summary, scan.tool
    ended = _seconds(header.ended_at)
    age = (_day(header.ended_at) - date.fromisoformat(tool.facts_as_of)).days
    single: list[tuple[str, str, float]] = [
        ("lexloci_scan_ended_timestamp_seconds", "When the scan ended.", ended),
        ("lexloci_scan_duration_seconds", "How long the scan took.", ended - _seconds(header.started_at)),
        ("lexloci_scan_complete", "1 if everything in scope was read.", int(header.complete)),
        ("lexloci_resources_evaluated", "Resources found and evaluated.", summary.resources),
        ("lexloci_stores", "Resources that keep data at rest.", summary.stores),
        (
            "lexloci_stores_with_health_data",
            "Stores that hold health data by tag, name or kind.",
            summary.health_stores,
        ),
        ("lexloci_stores_unclassified", "Stores without a sign that decides.", summary.unclassified_stores),
        ("lexloci_fact_table_age_days", "Age of the oldest table of facts at the time of the scan.", age),
    ]
    if header.complete:
        help_ = "When the last scan that read everything in scope ended."
        single.append(("lexloci_scan_last_success_timestamp_seconds", help_, ended))
    for name, help_, value in single:
        yield from _family(name, help_, {(): value})
    yield from _family("lexloci_findings", "Subjects by control and state.", _findings(scan))
    yield from _family("lexloci_units", "Units (account, region, service) by coverage state.", _units(scan))
    yield from _family("lexloci_law_reach_stores", "Stores that orders under a law reach, by yield.", _reach(scan))
    yield b"# EOF\n"


def _findings(scan: FinishedScan) -> Mapping[Labels, float]:
    counts: Counter[Labels] = Counter()
    with whereabouts(scan) as places:
        for finding in scan.findings():
            labels = (
                ("provider", places.of(finding).provider),
                ("account", finding.account),
                ("policy", finding.control),
                ("severity", finding.severity.value),
                ("status", state_of(finding).value),
            )
            counts[labels] += finding.subjects
    return counts


def _units(scan: FinishedScan) -> Mapping[Labels, float]:
    counts: Counter[Labels] = Counter()
    for row in scan.coverage():
        if not row.type:
            counts[(("provider", row.provider), ("account", row.account), ("state", row.state.value))] += 1
    return counts


def _reach(scan: FinishedScan) -> Mapping[Labels, float]:
    counts: dict[Labels, float] = {}
    for row in scan.summary.reach:
        law = (("law", row.law), ("country", row.country))
        counts[(*law, ("health", "all"), ("yields", "any"))] = row.stores
        for yields in ("cleartext", "external_key", "ciphertext", "not_established"):
            counts[(*law, ("health", "yes"), ("yields", yields))] = getattr(row, yields)
    return counts


def _family(name: str, help_: str, samples: Mapping[Labels, float]) -> Iterator[bytes]:
    yield f"# HELP {name} {help_}\n# TYPE {name} gauge\n".encode()
    for labels, value in sorted(samples.items()):
        yield f"{name}{_labels(labels)} {value:.15g}\n".encode()


def _labels(labels: Iterable[tuple[str, str]]) -> str:
    written = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{written}}}" if written else ""


def _escaped(value: str) -> str:
    return printable(value).replace("\\", r"\\").replace('"', r"\"")


def _seconds(rfc3339: str) -> float:
    return datetime.fromisoformat(rfc3339).timestamp()


def _day(rfc3339: str) -> date:
    return datetime.fromisoformat(rfc3339).date()
