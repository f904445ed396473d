"""The answer on a terminal: whose order could read what, then the worst findings, then what was not measured."""

import re
import textwrap
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

from tabulate import tabulate

from scanner.model import Coverage, CoverageState, Finding, Status
from scanner.model.document import WaiverState
from scanner.model.finished import FinishedScan
from scanner.report import reading, sampled
from scanner.report.text import last, printable, shorten
from scanner.report.volume import told

_MOST_ROWS = 15
"""Rows of a block before the rest is only counted; the machine formats hold them all."""

_MOST_WORDS = 3

_COMMAND = re.compile(r"^\s*::")

_HEALTH = {"none_declared": "none stated", "no_signal": "no sign"}

_CUSTODY = {
    "none": "not encrypted",
    "provider_shared": "the provider's",
    "provider_managed": "the provider's",
    "customer_managed_in_provider_kms": "yours, with the provider",
    "customer_imported": "imported, with the provider",
    "provider_hsm": "module on its premises",
    "external_holder_not_established": "outside, holder not stated",
    "external_third_party": "outside, third party",
    "external_customer": "outside, yours",
    "client_side": "client side",
    "unknown": "not known",
}
"""Custody in few words; `docs/custody.md` has them in full."""

_MARK = {"pass": "pass", "fail": "FAIL", "unknown": "unknown", "not_applicable": "n/a"}


def render(scan: FinishedScan, *, width: int = 120) -> Iterator[bytes]:
    """The report as UTF-8 text, `width` columns wide, without colour so that it can be searched with grep."""
    for block in (
        _title(scan),
        _reach(scan),
        _places(scan),
        _worst(scan, width),
        _controls(scan),
        reading.block(scan, width),
        _lacking(scan, width),
        _settled_findings(scan, width),
        _waivers(scan),
        _coverage(scan, width),
    ):
        if block:
            yield ("\n".join(block) + "\n\n").encode()
    yield (_closing(scan) + "\n").encode()


def _title(scan: FinishedScan) -> list[str]:
    header = scan.header
    whole = "complete" if header.complete else "INCOMPLETE: some of what was asked could not be read, see coverage"
    packs = ", ".join(pack.id for pack in header.policies)
    return [
        f"lexloci {scan.tool.version}   scan {header.id}   {header.started_at}",
        f"{_scope(scan)}   policies: {packs}   facts as of {scan.tool.facts_as_of}",
        f"{whole}   ({header.calls.total} read calls, no write)",
    ]


def _scope(scan: FinishedScan) -> str:
    scope = scan.header.scope
    accounts = scope.get("accounts") or [""]
    named = ", ".join(accounts[:3]) + (f" and {len(accounts) - 3} more" if len(accounts) > 3 else "")
    regions = scope.get("regions") or []
    shown = ", ".join(regions[:4]) + (f" and {len(regions) - 4} more" if len(regions) > 4 else "")
    return printable(f"{scope.get('provider', '')} {named}" + (f"   regions: {shown}" if shown else ""))


def _reach(scan: FinishedScan) -> list[str]:
    summary = scan.summary
    lines = [
        f"WHOSE ORDER COULD READ WHAT   {summary.health_stores} of {summary.stores} stores hold health data by tag, "
        f"name or kind; {summary.unclassified_stores} carry no sign that decides",
    ]
    rows = [
        (
            row.name if row.status == "in_force" else f"{row.name} ({row.status.replace('_', ', ')})",
            f"{row.stores} of {summary.stores}",
            row.health_stores,
            row.cleartext,
            row.external_key,
            row.ciphertext,
            row.not_established,
        )
        for row in summary.reach
    ]
    if summary.health_volume.stores:
        lines.append(told(summary.health_volume))
    if scan.header.sampling is not None:
        lines.append(textwrap.fill(sampled.told(scan.header.sampling), 120))
    if not rows:
        return [*lines, f"No third-country control recorded as of {scan.tool.facts_as_of} for the operators found."]
    headers = (
        "law",
        "reaches stores",
        "with health data",
        "cleartext",
        "external key*",
        "ciphertext",
        "not established",
    )
    lines += [
        _table(rows, headers),
        "* ciphertext while the key holder refuses, cleartext while the service works with the data",
        "Who runs a region is read from the operator table, copies are not counted, and a key service that the operator"
        " runs\ncounts as its own. Store by store, with every assumption: lexloci exposure --law LAW --from scan.json",
    ]
    return lines


def _places(scan: FinishedScan) -> list[str]:
    summary = scan.summary
    return [
        "WHERE AND WHO HOLDS THE KEY   stores, all of them",
        f"  country:        {_counts(summary.by_country)}",
        f"  parent seat:    {_counts(summary.by_parent_country)}",
        f"  key custody:    {_counts(summary.by_custody)}",
    ]


def _controls(scan: FinishedScan) -> list[str]:
    rows = []
    for control in scan.summary.controls:
        counts = control.counts
        rows.append(
            (
                control.control,
                shorten(printable(control.title), 58),
                _MARK[control.status]
                + (" (declared)" if (control.status, control.assurance) == ("pass", "declared") else ""),
                counts.get("fail", 0),
                counts.get("unknown", 0),
                counts.get("pass", 0),
                counts.get("not_applicable", 0),
            )
        )
    return ["CONTROLS", _table(rows, ("control", "what it asks", "result", "fail", "unknown", "pass", "n/a"))]


def _worst(scan: FinishedScan, width: int) -> list[str]:
    """The worst resources, each once, with the answers that make it so."""
    worst = scan.summary.worst[:_MOST_ROWS]
    rows = [
        (
            last(printable(one.resource), max(30, width - 88)),
            _HEALTH.get(one.health or "", one.health or "not known"),
            _where(one.country, one.elsewhere),
            f"{one.rung} {_CUSTODY.get(one.custody, one.custody.replace('_', ' '))}".removeprefix("- "),
            _some(one.fails),
        )
        for one in worst
    ]
    if not rows:
        return []
    headers = ("resource", "health data", "where → copies, ways out", "key", "fails")
    return ["WORST RESOURCES", _table(rows, headers), *_rest(scan, sum(len(one.fails) for one in worst))]


def _where(country: str | None, elsewhere: tuple[str, ...]) -> str:
    return " → ".join(filter(None, (country or "not known", _some(elsewhere))))


def _some(words: tuple[str, ...]) -> str:
    """The first few, and how many more there are."""
    more = len(words) - _MOST_WORDS
    return ", ".join(words[:_MOST_WORDS]) + (f" +{more}" if more > 0 else "")


def _rest(scan: FinishedScan, shown: int) -> list[str]:
    open_ = sum(1 for finding in scan.findings(Status.FAIL) if finding.waiver is None and not finding.known)
    return [f"{shown} of {open_} open fails; --format json has them all"] if shown < open_ else []


def _lacking(scan: FinishedScan, width: int) -> list[str]:
    """What is missing, by how many results wait for it: the way from unknown to an answer."""
    waiting: Counter[tuple[str, str]] = Counter()
    controls: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for finding in scan.findings(Status.UNKNOWN):
        if finding.waiver is None:
            lacks = {(one.fact, one.permission or one.reason) for one in finding.missing} or {("", finding.reason)}
            waiting.update(lacks)
            for lack in lacks:
                controls[lack].add(finding.control)
    ordered = sorted(waiting.items(), key=lambda item: (-item[1], item[0]))
    rows = [
        (
            shorten(printable(fact or "-"), 44),
            shorten(printable(why.replace("_", " ") if ":" not in why and "/" not in why else why), 44),
            count,
            shorten(", ".join(sorted(controls[fact, why])), max(20, width - 75)),
        )
        for (fact, why), count in ordered[:_MOST_ROWS]
    ]
    if not rows:
        return []
    lines = ["NOT ESTABLISHED   what is missing, by how many results wait for it"]
    lines.append(_table(rows, ("missing", "because", "results", "of")))
    if len(ordered) > _MOST_ROWS:
        lines.append(f"… and {len(ordered) - _MOST_ROWS} more; --format json has them all")
    return lines


def _settled_findings(scan: FinishedScan, width: int) -> list[str]:
    lines: list[str] = []
    for status, chosen, title in _BLOCKS:
        shown, total = _first(found for found in scan.findings(status) if chosen(found))
        if not total:
            continue
        rows = [
            (
                f.severity.value,
                f.control,
                shorten(printable(f.resource), max(30, width - 70)),
                printable(_waived(f)) if f.waiver is not None else f.reason,
            )
            for f in shown
        ]
        lines += [title, _table(rows, ("severity", "control", "subject", "why"))]
        if total > len(shown):
            lines.append(f"… and {total - len(shown)} more; --format json has them all")
        lines.append("")
    return lines[:-1]


_BLOCKS: tuple[tuple[Status, Callable[[Finding], bool], str], ...] = (
    (Status.FAIL, lambda found: found.known and found.waiver is None, "KNOWN FROM THE BASELINE, and still there"),
    (Status.FAIL, lambda found: found.waiver is not None, "WAIVED, and still there"),
    (Status.UNKNOWN, lambda found: found.waiver is not None, "ACKNOWLEDGED, and still not established"),
)


def _waived(finding: Finding) -> str:
    waiver = finding.waiver
    return f"until {waiver.expires} by {waiver.owner}: {waiver.reason}" if waiver is not None else ""


def _waivers(scan: FinishedScan) -> list[str]:
    """Waivers that hold nothing back, and those that soon will not; the ones in force stand with their findings."""
    rows = [
        (
            waiver.state.value.replace("_", " "),
            waiver.control,
            waiver.resource,
            waiver.expires,
            waiver.owner,
            waiver.findings,
        )
        for waiver in scan.summary.waivers
        if waiver.state is not WaiverState.IN_FORCE
    ]
    if not rows:
        return []
    headers = ("waiver", "control", "subject", "expires", "owner", "findings")
    return ["WAIVERS THAT NEED A LOOK", _table(rows, headers)]


def _coverage(scan: FinishedScan, width: int) -> list[str]:
    units = scan.summary.units
    complete, closed = units.get("complete", 0), units.get("not_enabled", 0)
    lines = [
        f"COVERAGE   {complete} of {sum(units.values()) - closed} units read completely; "
        f"{closed} more are not offered or not enabled where they were looked for"
    ]
    ordered = sorted(_unread(scan.coverage()).items())
    rows = [
        (
            state,
            shorten(printable(what), 40),
            shorten(printable(", ".join(sorted(regions))), 40),
            shorten(printable(why), max(30, width - 80)),
        )
        for (state, what, why), regions in ordered[:_MOST_ROWS]
    ]
    if rows:
        lines.append(_table(rows, ("state", "what", "where", "why")))
    if len(ordered) > _MOST_ROWS:
        lines.append(f"… and {len(ordered) - _MOST_ROWS} more; --format json has them all")
    return lines


def _unread(rows: Iterator[Coverage]) -> dict[tuple[str, str, str], set[str]]:
    """Places by state, subject and reason of what was not read: regions, or accounts where there is no region.

    A unit's own row is told only when no call of it has one, or when it lacked another permission than they did: an
    account of which nothing could be listed must not hide behind a detail.
    """
    kept = [row for row in rows if row.state not in (CoverageState.COMPLETE, CoverageState.NOT_ENABLED)]
    told: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in kept:
        if row.type:
            told[(row.account, row.service, row.region)].add(row.permission)
    gathered: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in kept:
        of_calls = told.get((row.account, row.service, row.region), set())
        if row.type or not of_calls or (row.permission and row.permission not in of_calls):
            why = row.permission or row.reason
            where = row.region if row.region not in ("", "global") else row.account or row.region
            gathered[(row.state.value, row.type or row.service or "scope", why)].add(where)
    return gathered


def _closing(scan: FinishedScan) -> str:
    statuses = scan.summary.statuses
    counted = ", ".join(f"{statuses.get(s.value, 0)} {s.value.replace('_', ' ')}" for s in Status)
    counted += _settled(scan)
    return (
        f"Findings: {counted}. A finding states exposure, not illegality; an unknown is not a pass.\n"
        "Ask why: lexloci explain CONTROL, or lexloci explain RESOURCE --from scan.json"
    )


def _settled(scan: FinishedScan) -> str:
    """The fails that do not count for the exit code, in words; empty when there are none."""
    waived = sum(control.counts.get("waived", 0) for control in scan.summary.controls)
    told = f" ({waived} of the fails waived)" if waived else ""
    baseline = scan.summary.baseline
    if baseline is None:
        return told
    known = f"{baseline.known} fails known from scan {printable(baseline.scan)}"
    return f"{told}; {known}, {baseline.gone} of its fails are gone"


def _first(findings: Iterator[Finding]) -> tuple[list[Finding], int]:
    shown: list[Finding] = []
    total = 0
    for finding in findings:
        total += 1
        if len(shown) < _MOST_ROWS:
            shown.append(finding)
    return shown, total


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in Counter(counts).most_common()) or "none"


def _table(rows: Sequence[Sequence[object]], headers: Sequence[str]) -> str:
    cells = [[printable(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    # A build machine runs a line that begins with `::`, and the first cell begins one.
    cells = [[_COMMAND.sub("\N{REPLACEMENT CHARACTER}:", str(first)), *others] for first, *others in cells]
    # disable_numparse: tabulate would print an identifier like 1e5 as 100000.
    return tabulate(cells, headers=headers, tablefmt="simple", disable_numparse=True)


def unmeasured(rows: Iterator[Coverage]) -> bool:
    """True when nothing at all was read."""
    return not any(row.state in (CoverageState.COMPLETE, CoverageState.PARTIAL) for row in rows)
