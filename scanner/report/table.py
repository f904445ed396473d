"""The answer on a terminal: whose order could read what, then the worst findings, then what was not measured."""

from collections import Counter
from collections.abc import Iterator

from scanner.model import Status
from scanner.model.document import WorstResource
from scanner.model.finished import FinishedScan
from scanner.report import decided, reading, sampled, unread
from scanner.report.columns import MOST_ROWS, WIDTH, columns, fold, under
from scanner.report.custody import CUSTODY, opened
from scanner.report.text import printable
from scanner.report.volume import told

_MOST_WORDS = 3

_HEALTH = {"none_declared": "none stated", "no_signal": "no sign"}

_MARK = {"pass": "pass", "fail": "FAIL", "unknown": "unknown", "not_applicable": "n/a"}


def render(scan: FinishedScan, *, width: int = WIDTH) -> Iterator[bytes]:
    """The report as UTF-8 text, at most `width` columns wide, without colour so that it can be searched with grep."""
    for block in (
        _title(scan),
        _reach(scan, width),
        _places(scan),
        _worst(scan, width),
        _controls(scan, width),
        reading.block(scan),
        unread.lacking(scan, width),
        decided.findings(scan, width),
        decided.waivers(scan, width),
        unread.coverage(scan, width),
    ):
        if block:
            yield ("\n".join(_folded(block, width)) + "\n\n").encode()
    yield ("\n".join(_folded(_closing(scan), width)) + "\n").encode()


def _folded(block: list[str], width: int) -> Iterator[str]:
    for lines in block:
        for line in lines.splitlines() or [""]:
            yield from fold(line, width)


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


def _reach(scan: FinishedScan, width: int) -> list[str]:
    summary = scan.summary
    lines = [
        f"WHOSE ORDER COULD READ WHAT   {summary.health_stores} of {summary.stores} stores hold health data by "
        f"{sampled.kinds(scan.header.sampling)}; {summary.unclassified_stores} carry no sign that decides",
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
        lines.append(sampled.told(scan.header.sampling))
    if not rows:
        return [*lines, f"No third-country control recorded as of {scan.tool.facts_as_of} for the operators found."]
    headers = (
        "law",
        "reaches stores",
        "health data",
        "cleartext",
        "external key*",
        "ciphertext",
        "not established",
    )
    lines += [
        columns(rows, headers, width),
        "* ciphertext while the key holder refuses, cleartext while the service works with the data",
        "Who runs a region is read from the operator table, copies are not counted, and a key service that the operator"
        " runs counts as its own.",
        "Store by store: lexloci exposure --law LAW --from scan.json",
    ]
    return lines


def _places(scan: FinishedScan) -> list[str]:
    summary = scan.summary
    return [
        "WHERE AND WHO HOLDS THE KEY   stores, all of them",
        f"  country:        {_counts(summary.by_country)}",
        f"  parent seat:    {_counts(summary.by_parent_country)}",
        f"  key custody:    {_counts(summary.by_custody)}",
        *opened(scan.keys()),
    ]


def _controls(scan: FinishedScan, width: int) -> list[str]:
    rows = []
    for control in scan.summary.controls:
        counts = control.counts
        rows.append(
            (
                control.control,
                control.title,
                _MARK[control.status]
                + (" (declared)" if (control.status, control.assurance) == ("pass", "declared") else ""),
                counts.get("fail", 0),
                counts.get("unknown", 0),
                counts.get("pass", 0),
                counts.get("not_applicable", 0),
            )
        )
    return ["CONTROLS", columns(rows, ("control", "what it asks", "result", "fail", "unknown", "pass", "n/a"), width)]


def _worst(scan: FinishedScan, width: int) -> list[str]:
    """The worst resources, each once, with the answers that make it so."""
    worst = scan.summary.worst[:MOST_ROWS]
    rows = [
        (
            _HEALTH.get(one.health or "", one.health or "not known"),
            _where(one),
            f"{one.rung} {CUSTODY.get(one.custody, one.custody.replace('_', ' '))}".removeprefix("- "),
            _some(one.fails),
        )
        for one in worst
    ]
    if not rows:
        return []
    headers = ("health data", "where → copies, ways out", "key", "fails")
    table = under([one.resource for one in worst], rows, headers, width)
    return ["WORST RESOURCES", table, *_rest(scan, sum(len(one.fails) for one in worst))]


def _where(one: WorstResource) -> str:
    """Its country, and where its copies and ways out are. What keeps nothing itself (a subscription) has no country."""
    keeps_nothing = one.custody == "not_applicable" and one.country is None
    home = "" if keeps_nothing else one.country or "not known"
    away = _some(one.elsewhere)
    return f"{home} → {away}".strip() if away else home


def _some(words: tuple[str, ...]) -> str:
    """The first few, and how many more there are."""
    more = len(words) - _MOST_WORDS
    return ", ".join(words[:_MOST_WORDS]) + (f" +{more}" if more > 0 else "")


def _rest(scan: FinishedScan, shown: int) -> list[str]:
    open_ = sum(1 for finding in scan.findings(Status.FAIL) if finding.waiver is None and not finding.known)
    return [f"{shown} of {open_} open fails; --format json has them all"] if shown < open_ else []


def _closing(scan: FinishedScan) -> list[str]:
    statuses = scan.summary.statuses
    counted = ", ".join(f"{statuses.get(s.value, 0)} {s.value.replace('_', ' ')}" for s in Status)
    counted += decided.in_words(scan)
    return [
        f"Findings: {counted}. A finding states exposure, not illegality; an unknown is not a pass.",
        "Ask why: lexloci explain CONTROL, or lexloci explain RESOURCE --from scan.json",
    ]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in Counter(counts).most_common()) or "none"
