"""Strings that strangers put into names, tags and policy texts to be run by whoever reads a report."""

import msgspec

from scanner.model import Evidence, Gap, GapReason, Missing, Waived
from scanner.model.assessed import Copy, Egress, HealthSignal
from scanner.model.claims import ClaimReading, Counterexample
from scanner.model.document import BaselineUse, PackRef, WaiverState, WaiverUse, WorstResource
from scanner.report.source import DocumentScan
from tests.report.sample_claims import CLAIMS
from tests.report.sample_scan import COVERAGE, FAIL, HEADER, SUMMARY, UNREAD, WAIVED, bucket, key, sample

STRINGS = {
    "html": "<script>alert(1)</script>",
    "html-attribute": '" onmouseover="alert(1)" x=\'',
    "html-closing": "</style></title></textarea><img src=x onerror=alert(1)>",
    "html-entity": "&lt;b&gt; &#60;script&#62;",
    "template": "{{ 7*7 }}{% raw %}${7*7}#{7*7}",
    "csv-formula": '=HYPERLINK("http://example.com";"x")',
    "csv-plus": "+1+cmd|' /C calc'!A0",
    "csv-minus": "-2+3",
    "csv-at": "@SUM(1+9)*cmd",
    "csv-tab": "\t=1+1",
    "csv-carriage": "\r=1+1",
    "csv-wide": "＝1+1",
    "csv-quotes": '"; "x","y"\r\n=1',
    "markdown-link": "[click](javascript:alert(1)) ![x](http://example.com/p.png)",
    "markdown-table": "a | b \\| c | ` | `` |",
    "markdown-mention": "@everyone #1 https://example.com",
    "markdown-html": "<details open ontoggle=alert(1)>",
    "markdown-heading": "\n# Everything passed\n\n---\n",
    "terminal-colour": "\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b]8;;http://example.com\x07x",
    "terminal-c1": "\x9b31m\x90q\x9c",
    "terminal-erase": "ok\r\x1b[2K\x08\x08PASS",
    "workflow": "::set-output name=verdict::nothing_found",
    "workflow-line": "x\n::error file=a::b\n::add-mask::e",
    "workflow-old": "##[set-env name=PATH]/tmp ###[error]x",
    "workflow-azure": "##vso[task.setvariable variable=a]b",
    "xml": "]]> <!DOCTYPE a [<!ENTITY b 'c'>]> &b; <?xml?>",
    "xml-forbidden": "\x00\x01\x0b\x0c\ufffe\uffff",
    "policy-text": '{"Statement":[{"Sid":"<b>\\u202e","Condition":{"StringLike":{"aws:PrincipalArn":"=cmd|x*"}}}]}',
    "tag-json": '${aws:PrincipalTag/x}","owner":"=1+1',
    "workflow-stop": "::stop-commands::pause",
    "workflow-heredoc": "verdict<<EOF\nnothing_found\nEOF",
    "terminal-hyperlink": "\x1b]8;;file:///etc/passwd\x1b\\x\x1b]8;;\x1b\\",
    "bidi-mark": "a\u200eb\u2069c\u2066d",
    "format-string": "%s%n{0.__class__}{config}",
    "yaml": "!!python/object/apply:os.system ['id']",
    "oscal-insert": "{{ insert: param, x }}",
    "file-name": "../../../../etc/passwd",
    "file-windows": "C:\\CON\\..\\x:y*?",
    "bidi": "\u202etxt.exe\u202c \u2066abc\u2069 \u200f\u061c",
    "hidden": "pa\u200bss\u2060\ufeff",
    "json": '"},"status":"pass",{"x":"',
    "sarif": "{0} {1} [text](1) [text](http://example.com) \\[",
    "metrics": 'a"} 1\nlexloci_findings{x="',
    "separators": "a\x1cb\x1dc\x1ed\x1fe\x85f",
    "blank": " \u00a0 ",
    "emoji": "\U0001f9a0 Ünïcödé 漢字",
    "huge": "A" * 60_000,
}
"""By the reader they are meant for."""


def hostile_scan() -> DocumentScan:
    """The sample with every string at every place that a stranger can write to."""
    pairs = list(STRINGS.items())
    resources = tuple(sorted((_resource(name, text) for name, text in pairs), key=lambda r: r.id))
    findings = []
    for name, text in pairs:
        evil = {"resource": text, "title": text, "reason": text, "region": text, "account": text}
        evidence = (Evidence(fact=text, value={text: [text]}, source=text, assurance=FAIL.assurance),)
        findings += [
            msgspec.structs.replace(FAIL, id=f"f-{name}", evidence=evidence, **evil),
            msgspec.structs.replace(
                WAIVED, id=f"w-{name}", **evil, waiver=Waived(reason=text, owner=text, expires="2027-01-31")
            ),
            msgspec.structs.replace(
                UNREAD,
                id=f"u-{name}",
                **evil,
                missing=(Missing(fact=text, reason=text, detail=text, permission=text),),
            ),
        ]
    findings.sort(key=lambda finding: (finding.control, finding.resource))
    everything = " ".join(text[:200] for text in STRINGS.values())
    packs = tuple(
        msgspec.structs.replace(pack, title=everything, edition=everything) for pack in HEADER.policies
    ) + tuple(PackRef(id=f"pack-{name}", title=text, edition=text, digest="c" * 64) for name, text in pairs)
    controls = tuple(msgspec.structs.replace(control, title=everything) for control in SUMMARY.controls) + tuple(
        msgspec.structs.replace(SUMMARY.controls[1], control=f"C-{n}", pack=f"pack-{name}", title=text, reason=text)
        for n, (name, text) in enumerate(pairs)
    )
    reach = tuple(msgspec.structs.replace(row, name=everything) for row in SUMMARY.reach) + tuple(
        msgspec.structs.replace(SUMMARY.reach[0], law=f"law_{n}", name=text) for n, text in enumerate(STRINGS.values())
    )
    return sample(
        scan=msgspec.structs.replace(
            HEADER,
            policies=packs,
            scope={**HEADER.scope, "accounts": list(STRINGS.values()), "regions": list(STRINGS.values())},
            plugins=tuple(STRINGS.values()),
        ),
        summary=msgspec.structs.replace(
            SUMMARY,
            controls=controls,
            reach=reach,
            waivers=tuple(_waiver(text) for text in STRINGS.values()),
            worst=tuple(_worst(text) for text in STRINGS.values()),
            baseline=BaselineUse(scan=everything, started_at="2026-11-23T02:17:00Z", known=1, gone=1),
        ),
        coverage=COVERAGE
        + tuple(
            msgspec.structs.replace(COVERAGE[2], account=t, region=t, service=t, reason=t, permission=t)
            for t in STRINGS.values()
        ),
        resources=resources,
        keys=tuple(key(f"key {text}", name=text, endpoint=text, account=text) for text in STRINGS.values()),
        findings=tuple(findings),
    )


def _waiver(text: str) -> WaiverUse:
    return WaiverUse(
        control=text,
        resource=text,
        reason=text,
        owner=text,
        expires="2026-11-30",
        approver=text,
        ticket=text,
        state=WaiverState.ENDS_SOON,
        findings=1,
    )


def _worst(text: str) -> WorstResource:
    return WorstResource(
        resource=text,
        type=text,
        health="likely",
        country="FR",
        elsewhere=(text,),
        custody="unknown",
        rung="-",
        parent_country="US",
        fails=("CORE-20",),
        unknown=0,
    )


def _resource(name: str, text: str):  # type: ignore[no-untyped-def]
    return bucket(
        text,
        id=text,
        type=text,
        account=text,
        region=text,
        zone=text,
        account_name=text,
        account_path=text,
        tags={text: text},
        country=None,
        copies=(Copy(kind=text, target=text, region=text, country=None, account=text, operator=None),),
        egress=(Egress(kind=text, target=text, operator=None, country=None, parent_country=None),),
        health=msgspec.structs.replace(
            bucket("x").health,
            signals=(HealthSignal(family="name", strength="weak", value=text[:80], rule=f"names.{name}"),),
        ),
        gaps=(Gap(fact="country", reason=GapReason.UNMAPPED, detail=text),),
    )


def hostile_claims() -> tuple[ClaimReading, ...]:
    """Readings whose every text is hostile: claims files come from strangers too."""
    return tuple(
        msgspec.structs.replace(
            CLAIMS[0],
            id=name,
            statement=text,
            said=text,
            sources=(text,),
            against=(Counterexample(resource=text, reason=text, facts={text: text}),),
            missing={text: 1},
            does_not_mean=text,
        )
        for name, text in STRINGS.items()
    )
