"""Markdown for a job summary or a merge request: whose order could read what, the worst findings, what is not known."""

import re
from collections.abc import Iterator, Sequence

from scanner.model import CoverageState, Finding, Status
from scanner.model.coverage import SETTLED
from scanner.model.document import WaiverState
from scanner.model.finished import FinishedScan
from scanner.report import sampled
from scanner.report.reading import readings
from scanner.report.state import State, state_of, tally, why
from scanner.report.text import printable, shorten
from scanner.report.volume import told

MOST_BYTES = 256 * 1024
"""A quarter of what GitHub takes for the summaries of one step (1,024 KiB), which several commands may share."""

_MOST_ROWS = 20
_LONGEST = 160
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]<>|~&$])")
_LAPSED = {"lapsed_grandfathered": "; lapsed, acts made under it still run"}
_WORDS = {
    "violations": "Violations",
    "not_established": "Not established",
    "below_threshold": "Findings below the threshold only",
    "nothing_found": "No finding",
}


def render(scan: FinishedScan, *, details: str = "") -> Iterator[bytes]:
    """GitHub's and GitLab's Markdown, at most `MOST_BYTES`. `details` is a link to the whole report."""
    written = 0
    for block in filter(None, _blocks(scan, details)):
        text = ("\n".join(block) + "\n\n").encode()
        if written + len(text) > MOST_BYTES - _CLOSING_BYTES:
            yield _TOO_LONG.encode()
            return
        written += len(text)
        yield text


_TOO_LONG = "The rest does not fit into a summary; the JSON report holds everything.\n"
_CLOSING_BYTES = len(_TOO_LONG)


def _blocks(scan: FinishedScan, details: str) -> Iterator[list[str]]:
    yield _verdict(scan)
    yield _reach(scan)
    yield _states(scan)
    yield _controls(scan)
    yield _readings(scan)
    for state, title in (
        (State.FAIL, "Findings, worst first"),
        (State.UNKNOWN, "Not established"),
        (State.WAIVED, "Waived"),
    ):
        status = Status.UNKNOWN if state is State.UNKNOWN else Status.FAIL
        rows = _worst(scan, status, state)
        if rows:
            yield [f"### {title}", "", *rows]
    yield _waivers(scan)
    yield _coverage(scan)
    closing = "A finding states exposure, not illegality. What is unknown is not a pass."
    yield [closing + (f" [The whole report]({_link(details)})." if details else "")]


def _verdict(scan: FinishedScan) -> list[str]:
    header = scan.header
    packs = ", ".join(code(pack.id) for pack in header.policies)
    whole = "Everything in scope was read." if header.complete else "**Incomplete: not everything in scope was read.**"
    verdict = _WORDS.get(scan.summary.verdict, scan.summary.verdict)
    return [
        f"## lexloci: {prose(verdict)}",
        "",
        f"{whole} Policies {packs}; facts as of {prose(scan.tool.facts_as_of)}; "
        f"scan {code(header.id)} of {prose(header.ended_at)}; lexloci {prose(scan.tool.version)}.",
    ]


def _reach(scan: FinishedScan) -> list[str]:
    summary = scan.summary
    rows = [
        (
            f"{prose(row.name)} ({prose(row.country)}{_LAPSED.get(row.status, '')})",
            f"{row.stores} of {summary.stores}",
            row.health_stores,
            row.cleartext,
            row.external_key,
            row.ciphertext,
            row.not_established,
        )
        for row in summary.reach
    ]
    lines = [
        "### Whose order could read what",
        "",
        f"{summary.health_stores} of {summary.stores} stores hold health data by "
        f"{sampled.kinds(scan.header.sampling)}; {summary.unclassified_stores} carry no sign that decides."
        + (f" {told(summary.health_volume)}" if summary.health_volume.stores else ""),
        *(("", sampled.told(scan.header.sampling)) if scan.header.sampling is not None else ()),
    ]
    if not rows:
        return [*lines, "", "No third-country control is recorded for the operators found."]
    head = (
        "Law",
        "Stores reached",
        "With health data",
        "Cleartext",
        "External key",
        "Ciphertext",
        "Not established",
    )
    note = (
        "External key: ciphertext while its holder refuses, cleartext while the service works with the data. Who "
        "runs a region is read from the operator table, copies are not counted, and a key service that the operator "
        "runs counts as its own. Store by store: `lexloci exposure --law LAW --from scan.json`."
    )
    return [*lines, "", *_table(head, rows), "", note]


def _states(scan: FinishedScan) -> list[str]:
    counts = tally(scan.findings())
    head = ("Fail", "Waived", "Unknown", "Pass", "Not applicable")
    return ["### Results", "", *_table(head, [tuple(counts[state] for state in State)])]


def _readings(scan: FinishedScan) -> list[str]:
    found = [f"- {code(id_)}: {prose(text)}" for id_, text in readings(scan)]
    return ["### How to read it", "", *found] if found else []


def _controls(scan: FinishedScan) -> list[str]:
    rows = [
        (
            code(control.control),
            prose(shorten(printable(control.title), 80)),
            prose(control.status.replace("_", " ")),
            control.counts.get("fail", 0),
            control.counts.get("waived", 0),
            control.counts.get("unknown", 0),
            control.counts.get("pass", 0),
        )
        for control in scan.summary.controls
        if control.status in ("fail", "unknown")
    ]
    if not rows:
        return ["### Controls", "", "No control failed and none is unknown."]
    head = ("Control", "What it asks", "Result", "Fail", "of these waived", "Unknown", "Pass")
    return ["### Controls that failed or could not be answered", "", *_table(head, rows)]


def _worst(scan: FinishedScan, status: Status, state: State) -> list[str]:
    shown: list[tuple[str, ...]] = []
    total = 0
    for finding in scan.findings(status):
        if state_of(finding) is state:
            total += 1
            if len(shown) < _MOST_ROWS:
                shown.append(_row(finding))
    if not shown:
        return []
    lines = _table(("Severity", "Control", "Subject", "Why"), shown)
    return [*lines, "", f"… and {total - len(shown)} more."] if total > len(shown) else lines


def _row(finding: Finding) -> tuple[str, ...]:
    told = why(finding)
    if finding.waiver is not None:
        word = "waived" if finding.status is Status.FAIL else "acknowledged"
        told = f"{told}; {word} until {finding.waiver.expires} by {finding.waiver.owner}: {finding.waiver.reason}"
    if finding.known:
        told = f"{told}; known from the baseline"
    return (
        finding.severity.value,
        code(finding.control),
        code(finding.resource),
        code(told),
    )


def _waivers(scan: FinishedScan) -> list[str]:
    """Waivers that hold nothing back, those that soon will not, and how this scan stands to its baseline."""
    lines: list[str] = []
    rows = [
        (
            waiver.state.value.replace("_", " "),
            code(waiver.control),
            code(waiver.resource),
            waiver.expires,
            waiver.findings,
        )
        for waiver in scan.summary.waivers
        if waiver.state is not WaiverState.IN_FORCE
    ]
    if rows:
        head = ("Waiver", "Control", "Subject", "Expires", "Findings")
        lines += ["### Waivers that need a look", "", *_table(head, rows[:_MOST_ROWS])]
        if len(rows) > _MOST_ROWS:
            lines += ["", f"… and {len(rows) - _MOST_ROWS} more."]
    baseline = scan.summary.baseline
    if baseline is not None:
        known = f"{baseline.known} fails were in scan {code(baseline.scan)} already; {baseline.gone} of its are gone."
        lines += ["", "### Baseline", "", known] if lines else ["### Baseline", "", known]
    return lines


def _coverage(scan: FinishedScan) -> list[str]:
    summary = scan.summary
    told = (
        f"{summary.units_read} of {summary.units_wanted} units were read completely; {summary.units_closed} more are "
        "not offered or not enabled where they were looked for."
    )
    lines = ["### Coverage", "", told]
    rows = [
        (prose(state.value.replace("_", " ")), summary.units[state.value])
        for state in CoverageState
        if state not in SETTLED and summary.units.get(state.value)
    ]
    return [*lines, "", *_table(("Not read completely", "Units"), rows)] if rows else lines


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]


def code(text: str, longest: int = _LONGEST) -> str:
    """A code span: nothing in it is markup, a mention or a link. A bar would end a table's cell even there."""
    shown = shorten(printable(text), longest).replace("|", "¦")
    if not shown.strip():
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    return f"{fence} {shown} {fence}" if "`" in shown else f"`{shown}`"


def prose(text: str) -> str:
    """Words of a pack or of ours, without markup or mentions."""
    return _PUNCTUATION.sub(r"\\\1", printable(text)).replace("@", "＠")


def _link(url: str) -> str:
    return re.sub(r"[\s()<>]", lambda match: f"%{ord(match.group()):02X}", printable(url))
