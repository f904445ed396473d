"""No name of the customer's is left in a redacted scan, and its structure is."""

import msgspec
import pytest

from scanner.errors import UsageError
from scanner.model import Assurance, Evidence, Gap, GapReason, Missing, Principal, Waived
from scanner.model.assessed import Copy, Egress, HealthSignal, Holder
from scanner.model.document import OwnFactsUse, ScanHeader, Summary, WaiverState, WaiverUse
from scanner.report.flat import write
from scanner.report.source import DocumentScan
from scanner.store.pseudonym import Pseudonyms, read_key
from scanner.store.redact import redacted
from scanner.store.seal import seal
from scanner.store.verify import verify
from tests.report.rendering import FORMATS, rendered
from tests.report.sample_scan import (
    COVERAGE,
    FAIL,
    HEADER,
    SUMMARY,
    UNREAD,
    WAIVED,
    bucket,
    encryption,
    finding,
    key,
    sample,
)
from tests.store.sealing import content

NAMES = (
    "cliniquemartin",
    "123456789012",
    "8f3c1d2e-aaaa-bbbb-cccc-1234567890ab",
    "jeanne.durand@cliniquemartin.example",
    "xks.cliniquemartin.example",
    "oncologie",
    "projetmistral",
    "10.20.30.40",
)
"""What must not be found again, in whatever it was wrapped."""


def wrapped(name: str) -> tuple[str, ...]:
    """A name as it comes: alone, in identifiers of both clouds, in an address, in a message of the provider's."""
    return (
        name,
        name.upper(),
        f"arn:aws:s3:::{name}",
        f"arn:aws:rds:eu-west-3:{name}:snapshot:{name}",
        f"arn:aws:sqs:eu-west-3:123456789012:{name}",
        f"arn:aws:iam::123456789012:role/{name}/{name}",
        f"/subscriptions/{name}/resourceGroups/{name}/providers/Microsoft.Storage/storageAccounts/{name}",
        f"https://{name}.vault.azure.net/keys/{name}/0123",
        f"account:{name}",
        f"/aws/lambda/{name}",
        f"denied: AccessDenied: User: arn:aws:sts::123456789012:assumed-role/{name} may not",
        f"provider_error: {name}",
        f"stated {name}",
    )


TEXTS = tuple(text for name in NAMES for text in wrapped(name))


def scan() -> DocumentScan:
    """A scan with every text at every place to which the account, its people or its errors can write."""
    resources, keys, findings, coverage = [], [], [], []
    for number, text in enumerate(TEXTS):
        gap = Gap(fact="copies", reason=GapReason.DENIED, detail=text, operation="s3:ListBuckets", permission="s3:List")
        resources.append(
            bucket(
                f"b{number}",
                id=text,
                account=text,
                zone=text,
                tags={text: text},
                encryption=encryption(key().custody, text),
                copies=(Copy(kind="replication", target=text, region=None, country="US", account=text, operator=None),),
                egress=(Egress(kind="https", target=text, operator="datadog", country=None, parent_country="US"),),
                health=msgspec.structs.replace(
                    bucket("x").health,
                    signals=(HealthSignal(family="tag", strength="strong", value=text[:80], rule="names.strong"),),
                    classification=text,
                ),
                gaps=(gap,),
                account_name=text,
                account_path=text,
            )
        )
        resources[-1] = msgspec.structs.replace(resources[-1], name=text)
        principal = Principal(id=text, kind="identity", account=text, via="policy", conditions=(text,))
        holder = Holder(operator=None, country="FR", parent_country=None, basis="declared", declared_by=text)
        keys.append(
            key(
                f"k {text}",
                name=text,
                account=text,
                store=text,
                endpoint=text,
                holder=holder,
                decrypt_principals=(principal,),
                gaps=(gap,),
            )
        )
        evidence = tuple(
            Evidence(fact=fact, value=value, source=source, assurance=Assurance.DECLARED)
            for fact, value, source in (
                ("resource.name", text, text),
                ("data.classification", text, "s3:GetBucketTagging"),
                ("copies", [{"target": text, "account": text, "country": "US"}], text),
                ("key.decrypt_principals", [text, {text: [text]}], f"{text}, until 2027-01-01"),
            )
        )
        missing = (Missing(fact="key.holder", reason="not_declared", detail=text),)
        waiver = Waived(reason=text, owner=text, expires="2027-03-31")
        told = {"resource": text, "account": text, "evidence": evidence, "missing": missing}
        findings += [
            msgspec.structs.replace(FAIL, id=f"f{number}", **told),
            msgspec.structs.replace(UNREAD, id=f"u{number}", **told),
            msgspec.structs.replace(WAIVED, id=f"w{number}", **told, waiver=waiver),
        ]
        coverage.append(msgspec.structs.replace(COVERAGE[2], account=text, reason=text, service=f"resolve:keys:{text}"))
    waivers = tuple(
        WaiverUse(
            control="CORE-20",
            resource=text,
            reason=text,
            owner=text,
            expires="2027-03-31",
            approver=text,
            ticket=text,
            state=WaiverState.IN_FORCE,
            findings=1,
        )
        for text in TEXTS
    )
    scope = {**HEADER.scope, "accounts": list(TEXTS), "identity": TEXTS[0], "tenants": {text: text for text in TEXTS}}
    findings.sort(key=lambda f: (f.control, f.resource, f.id))
    return sample(
        scan=msgspec.structs.replace(HEADER, scope=scope),
        summary=msgspec.structs.replace(SUMMARY, waivers=waivers),
        coverage=tuple(coverage),
        resources=tuple(sorted(resources, key=lambda r: r.id)),
        keys=tuple(keys),
        findings=tuple(findings),
    )


def left(text: bytes) -> list[str]:
    return [name for name in NAMES if name.casefold().encode() in text.lower()]


@pytest.mark.parametrize("format_", FORMATS)
def test_no_name_is_left_in_a_report(format_) -> None:
    assert left(rendered(scan(), format_)), "the corpus is in the report that is not redacted"
    with redacted(scan(), Pseudonyms()) as hidden:
        assert left(rendered(hidden, format_)) == []


def test_no_name_is_left_in_a_sealed_scan_or_a_table(tmp_path) -> None:
    with redacted(scan(), Pseudonyms()) as hidden:
        seal(hidden, tmp_path / "scan")
        for format_ in ("sqlite", "csv", "jsonl"):
            write(hidden, format_, tmp_path / format_)
        assert all(left(rendered_again) == [] for rendered_again in content(tmp_path).values())
        assert left(rendered(hidden, "jsonl")) == []


def test_what_a_verdict_says_stays() -> None:
    with redacted(sample(), Pseudonyms()) as hidden:
        before, after = list(sample().findings()), list(hidden.findings())
        told = [
            sorted((f.control, f.status, f.severity, f.reason, f.region, f.title) for f in fs) for fs in (before, after)
        ]
        assert told[0] == told[1]
        assert {f.id for f in before}.isdisjoint(f.id for f in after)
        places = [
            sorted((r.type, r.region, r.country or "", r.encryption.rung) for r in s.resources())
            for s in (sample(), hidden)
        ]
        assert places[0] == places[1]
        assert (hidden.summary.verdict, hidden.summary.reach) == (SUMMARY.verdict, SUMMARY.reach)
        assert hidden.header.scope["redacted"] is True and hidden.header.scope["regions"] == HEADER.scope["regions"]
        assert all(resource.id.startswith("arn:aws:s3:::anon-") for resource in hidden.resources())
        found = {f.resource for f in hidden.findings() if f.resource.startswith("arn:")}
        assert found == {r.id for r in hidden.resources()}, "a finding still points to its resource"


def test_a_redacted_scan_is_in_order_and_can_be_sealed(tmp_path) -> None:
    summary = msgspec.structs.replace(SUMMARY, statuses={"pass": 1, "fail": 2, "unknown": 2, "not_applicable": 56})
    with redacted(sample(summary=summary), Pseudonyms()) as hidden:
        seal(hidden, tmp_path / "scan")
    assert verify(tmp_path / "scan").faults == ()


def test_a_key_makes_pseudonyms_the_same_in_every_report_and_none_makes_them_new() -> None:
    def ids(*given: bytes) -> list[str]:
        with redacted(sample(), Pseudonyms(*given)) as hidden:
            return [finding.id + finding.resource for finding in hidden.findings()]

    assert ids(b"k" * 16) == ids(b"k" * 16)
    assert set(ids(b"k" * 16)).isdisjoint(ids(b"l" * 16))
    assert set(ids()).isdisjoint(ids())


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("arn:aws:rds:eu-west-3:1:snapshot:x", "arn:aws:rds:eu-west-3:A:snapshot:A"),
        ("arn:aws:s3:::x/y", "arn:aws:s3:::A/A"),
        ("arn:aws:kms:eu-west-3:1:key/x", "arn:aws:kms:eu-west-3:A:key/A"),
        (
            "/subscriptions/x/resourceGroups/y/providers/Microsoft.Sql/servers/z/databases/w",
            "/subscriptions/A/resourceGroups/A/providers/Microsoft.Sql/servers/A/databases/A",
        ),
        ("https://x.vault.azure.net/keys/k", "https://A/A/A"),
        ("kms.amazonaws.com", "kms.amazonaws.com"),
        ("*", "*"),
        ("", ""),
        ("account:1", "account:A"),
    ],
)
def test_identifiers_keep_the_words_of_the_provider(text, kept) -> None:
    import re

    assert re.sub("anon-[0-9a-f]{12}", "A", Pseudonyms().identifier(text)) == kept


def test_one_name_is_one_pseudonym_wherever_it_stands_and_however_it_is_written() -> None:
    names = Pseudonyms()
    atom = names.identifier("Dossiers")
    assert names.identifier("arn:aws:s3:::dossiers") == f"arn:aws:s3:::{atom}"
    assert names.identifier("/subscriptions/DOSSIERS") == f"/subscriptions/{atom}"


def test_operators_that_the_user_described_are_theirs() -> None:
    own = OwnFactsUse(
        name="facts.yaml", digest="a" * 64, entries=("operators/cliniquemartin",), replaced=(), decided={}
    )
    ours = sample(
        scan=msgspec.structs.replace(HEADER, own_facts=own),
        resources=(bucket("b", operator="cliniquemartin"), bucket("c", operator="aws-emea")),
        findings=(finding(FAIL.status, "arn:aws:s3:::b"),),
    )
    with redacted(ours, Pseudonyms()) as hidden:
        assert left(rendered(hidden, "json")) == []
        assert "aws-emea" in {resource.operator for resource in hidden.resources()}


def test_a_key_that_is_no_secret_is_refused(tmp_path) -> None:
    (tmp_path / "key").write_text("short\n")
    for name in ("key", "none"):
        with pytest.raises(UsageError, match=name):
            read_key(tmp_path / name)


def test_every_part_of_the_summary_and_the_header_was_decided_on() -> None:
    """Who adds one decides in `scanner.store.redact` whether it can name anything of the account's."""
    assert {field.name for field in msgspec.structs.fields(Summary)} == {
        *("verdict", "exit_code", "resources", "stores", "health_stores", "unclassified_stores", "statuses"),
        *(
            "by_country",
            "by_custody",
            "by_parent_country",
            "reach",
            "units",
            "controls",
            "waivers",
            "baseline",
            "worst",
            "health_volume",
        ),
    }
    assert {field.name for field in msgspec.structs.fields(ScanHeader)} == {
        *("id", "started_at", "ended_at", "complete", "interrupted", "scope", "policies", "calls", "plugins"),
        "own_facts",
        "sampling",
    }
