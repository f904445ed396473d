"""JUnit XML: one suite a policy pack, one case a finding, for the test page of a CI system.

An unknown is an `error`, so that the page is not green; a waived fail is a passing case that carries its waiver.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from scanner.model import Finding
from scanner.model.finished import FinishedScan
from scanner.report.state import State, state_of, why
from scanner.report.text import printable


def render(scan: FinishedScan) -> Iterator[bytes]:
    """Valid against the schema of the Jenkins xUnit plugin, which GitLab and Azure DevOps read as well."""
    counts = _counts(scan)
    total = sum(counts.values(), Counter[State]())
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="lexloci" {_numbers(total)}>\n'.encode()
    titles = {pack.id: pack.title for pack in scan.header.policies}
    ended = scan.header.ended_at.removesuffix("Z")
    for pack, cases in counts.items():
        yield (
            f"<testsuite name={_attribute(titles.get(pack, pack))} id={_attribute(pack)} timestamp={_attribute(ended)} "
            f'{_numbers(cases)} skipped="{cases[State.NOT_APPLICABLE]}">\n'
        ).encode()
        for finding in scan.findings():
            if finding.pack == pack:
                yield _case(finding).encode()
        yield b"</testsuite>\n"
    yield b"</testsuites>\n"


def _counts(scan: FinishedScan) -> dict[str, Counter[State]]:
    """Cases by state, a pack each. A first reading, since a suite states its numbers before its cases."""
    counts: dict[str, Counter[State]] = {pack.id: Counter() for pack in scan.header.policies}
    for finding in scan.findings():
        counts.setdefault(finding.pack, Counter())[state_of(finding)] += 1
    return counts


def _numbers(counts: Counter[State]) -> str:
    return f'tests="{counts.total()}" failures="{counts[State.FAIL]}" errors="{counts[State.UNKNOWN]}"'


def _case(finding: Finding) -> str:
    name = f"{finding.control} {finding.title}: {finding.resource}"
    body = _BODIES[state_of(finding)](finding)
    where = f"{finding.pack}.{finding.control}"
    return f"<testcase name={_attribute(name)} classname={_attribute(where)}>{body}</testcase>\n"


def _failure(finding: Finding) -> str:
    return f'<failure type="{finding.severity.value}" message={_attribute(why(finding))}>{_detail(finding)}</failure>'


def _error(finding: Finding) -> str:
    return f'<error type="not established" message={_attribute(why(finding))}>{_detail(finding)}</error>'


def _skipped(finding: Finding) -> str:
    message = f"does not apply to {finding.subjects} subjects: {finding.reason}"
    return f"<skipped message={_attribute(message)}/>"


def _waived(finding: Finding) -> str:
    waiver = finding.waiver
    if waiver is None:
        raise ValueError(f"{finding.id} is no waived finding")
    told = f"FAIL, waived until {waiver.expires} by {waiver.owner}: {waiver.reason}"
    return f"<system-out>{_text([told, *_plain(finding)])}</system-out>"


def _passed(finding: Finding) -> str:
    return f"<system-out>{_text([f'pass ({finding.assurance.value})'])}</system-out>"


_BODIES = {
    State.FAIL: _failure,
    State.UNKNOWN: _error,
    State.NOT_APPLICABLE: _skipped,
    State.WAIVED: _waived,
    State.PASS: _passed,
}


def _detail(finding: Finding) -> str:
    return _text(_plain(finding))


def _plain(finding: Finding) -> list[str]:
    """Lines that begin with a word of ours, since a build machine may run one that begins with `::`."""
    lines = [f"{finding.assurance.value}; finding {finding.id}; account {finding.account}; region {finding.region}"]
    lines += [f"- {item.fact} = {item.value} ({item.source})" for item in finding.evidence]
    lines += [f"- missing {item.fact}: {item.reason} {item.permission or item.detail}" for item in finding.missing]
    return lines


def _attribute(text: str) -> str:
    return quoteattr(printable(text))


def _text(lines: Iterable[str]) -> str:
    return escape("\n".join(printable(line) for line in lines))
