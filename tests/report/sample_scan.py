"""A small finished scan that holds all five states, a gap of each sort a report shows, and two laws."""

import hashlib
import itertools
from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.model import (
    Alongside,
    Assurance,
    Copy,
    Coverage,
    CoverageState,
    Custody,
    Egress,
    Encryption,
    EncryptionState,
    Evidence,
    Finding,
    Gap,
    GapReason,
    Health,
    HealthLevel,
    Holder,
    Holds,
    Key,
    Missing,
    Resource,
    Severity,
    Size,
    Status,
    Waived,
)
from scanner.model.document import (
    SCHEMA_VERSION,
    CallCount,
    ControlSummary,
    Document,
    LawReach,
    PackRef,
    ScanHeader,
    Summary,
    Tool,
    Volume,
    WorstResource,
)
from scanner.report.source import DocumentScan

ACCOUNT = "111122223333"

TOOL = Tool(name="lexloci", version="0.1.0", facts_as_of="2026-09-30")

HEADER = ScanHeader(
    id="5f0c0f64-5a0e-4a3b-9d5e-1f1f5d6f7a10",
    started_at="2026-11-24T02:17:00Z",
    ended_at="2026-11-24T02:21:30Z",
    complete=False,
    interrupted=False,
    scope={"provider": "aws", "partition": "aws", "accounts": [ACCOUNT], "regions": ["eu-west-3", "us-east-1"]},
    policies=(
        PackRef(id="core", title="Baseline of lexloci", edition="1", digest="a" * 64),
        PackRef(id="clinic", title="Rules of the clinic", edition="2026", digest="b" * 64),
    ),
    calls=CallCount(total=42, by_operation={"s3:ListBuckets": 42}),
    plugins=("aws scanner.providers.aws",),
)


def key(id_: str = f"arn:aws:kms:eu-west-3:{ACCOUNT}:key/1", **changes: Any) -> Key:
    made = Key(
        id=id_,
        provider="aws",
        account=ACCOUNT,
        region="eu-west-3",
        country="FR",
        name="alias/dossiers",
        custody=Custody.CUSTOMER_MANAGED_IN_PROVIDER_KMS,
        rung=Custody.CUSTOMER_MANAGED_IN_PROVIDER_KMS.rung,
        origin="provider_kms",
        holder=Holder(operator="aws-emea", country="FR", parent_country="US", basis="provider"),
        store="",
        endpoint="",
        state="Enabled",
        expires_at="",
        replicas=(),
        decrypt_principals=(),
        gaps=(),
    )
    return msgspec.structs.replace(made, **changes)


EXTERNAL = key(
    f"arn:aws:kms:eu-west-3:{ACCOUNT}:key/2",
    name="alias/externe",
    country=None,
    custody=Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED,
    rung=Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED.rung,
    origin="external_store",
    holder=None,
    store="cks-1",
    endpoint="xks.example.fr",
    connectivity="vpc_endpoint_service",
    service_owner="999988887777",
    gaps=(Gap(fact="holder", reason=GapReason.NOT_DECLARED),),
)


def bucket(name: str, **changes: Any) -> Resource:
    made = Resource(
        id=f"arn:aws:s3:::{name}",
        type="s3.bucket",
        provider="aws",
        partition="aws",
        account=ACCOUNT,
        region="eu-west-3",
        zone="",
        country="FR",
        name=name,
        category="object",
        holds=Holds.CONTENT,
        tags={},
        operator="aws-emea",
        parent_country="US",
        health=Health(level=HealthLevel.LIKELY),
        encryption=encryption(Custody.CUSTOMER_MANAGED_IN_PROVIDER_KMS, key().id),
        alongside=Alongside(operator=True, exposure=True, account=True, region=True),
        copies=(),
        egress=(),
        retention=None,
        gaps=(),
    )
    return msgspec.structs.replace(made, **changes)


def encryption(custody: Custody, key_: str | None) -> Encryption:
    return Encryption(state=EncryptionState.ENCRYPTED, custody=custody, rung=custody.rung, key=key_)


RESOURCES = (
    bucket(
        "archives",
        region="us-east-1",
        country="US",
        encryption=encryption(Custody.PROVIDER_SHARED, ""),
        health=Health(level=HealthLevel.NO_SIGNAL),
    ),
    bucket(
        "dossiers",
        size=Size(bytes=5 * 1024**3, items=1200, basis="the listing"),
        copies=(
            Copy(
                kind="replication",
                target="arn:aws:s3:::archives",
                region="us-east-1",
                country="US",
                account=ACCOUNT,
                operator="aws-emea",
            ),
        ),
        egress=(
            Egress(kind="log-destination", target="logs.example.com", operator=None, country=None, parent_country=None),
        ),
    ),
    bucket(
        "externe",
        encryption=encryption(Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED, EXTERNAL.id),
        alongside=Alongside(operator=None, exposure=None, account=True, region=True),
    ),
    bucket(
        "illisible",
        region="xx-north-9",
        country=None,
        tags=None,
        encryption=encryption(Custody.UNKNOWN, None),
        copies=None,
        alongside=None,
        gaps=(
            Gap(fact="country", reason=GapReason.UNMAPPED),
            Gap(
                fact="encryption.key",
                reason=GapReason.DENIED,
                operation="s3:GetBucketEncryption",
                permission="s3:GetEncryptionConfiguration",
            ),
        ),
    ),
)


def finding(status: Status, resource: str, **changes: Any) -> Finding:
    made = Finding(
        id=f"{hash_of(status.value, resource, str(changes.get('control', ''))):024x}",
        control="CORE-20",
        pack="core",
        title="Encryption keys stored alongside the data",
        severity=Severity.HIGH,
        status=status,
        assurance=Assurance.INDICATED,
        resource=resource,
        account=ACCOUNT,
        region="eu-west-3",
        reason="key_with_the_provider",
        evidence=(
            Evidence(
                fact="key.custody",
                value="customer_managed_in_provider_kms",
                source="kms:DescribeKey",
                assurance=Assurance.PROVEN,
            ),
            Evidence(
                fact="operator.parent_country",
                value="US",
                source="operators/aws-emea",
                assurance=Assurance.INDICATED,
                as_of="2026-11-22",
            ),
        ),
    )
    return msgspec.structs.replace(made, **changes)


def hash_of(*words: str) -> int:
    return int.from_bytes(hashlib.sha256("\x1f".join(words).encode()).digest()[:12], "big")


WAIVED = finding(
    Status.FAIL,
    "arn:aws:s3:::archives",
    control="CLINIC-1",
    pack="clinic",
    title="Data stay in the EEA",
    severity=Severity.CRITICAL,
    region="us-east-1",
    reason="original_outside",
    waiver=Waived(reason="migration until spring", owner="dpo@example.fr", expires="2027-03-31"),
)
PASS = finding(
    Status.PASS,
    "arn:aws:s3:::archives",
    region="us-east-1",
    assurance=Assurance.DECLARED,
    reason="all_conditions_hold",
)
FAIL = finding(Status.FAIL, "arn:aws:s3:::dossiers")
UNDECLARED = finding(
    Status.UNKNOWN,
    "arn:aws:s3:::externe",
    reason="holder_not_declared",
    missing=(Missing(fact="key.holder", reason="not_declared", detail="state it in lexloci.yaml"),),
)
UNREAD = finding(
    Status.UNKNOWN,
    "arn:aws:s3:::illisible",
    region="xx-north-9",
    reason="key-is-apart",
    evidence=(),
    missing=(
        Missing(fact="encryption.key", reason="denied", permission="s3:GetEncryptionConfiguration"),
        Missing(fact="country", reason="unmapped", detail="xx-north-9"),
    ),
)
NOT_A_STORE = finding(
    Status.NOT_APPLICABLE,
    f"account:{ACCOUNT}",
    assurance=Assurance.PROVEN,
    region="",
    reason="not_a_store",
    evidence=(),
    subjects=56,
)
FINDINGS = (WAIVED, NOT_A_STORE, PASS, FAIL, UNDECLARED, UNREAD)


def _row(service: str, state: CoverageState, **changes: Any) -> Coverage:
    made = Coverage(
        provider="aws",
        partition="aws",
        account=ACCOUNT,
        region="eu-west-3",
        service=service,
        type="",
        state=state,
        reason="",
        permission="",
    )
    return msgspec.structs.replace(made, **changes)


COVERAGE = (
    _row("kms", CoverageState.COMPLETE, count=2),
    _row("s3", CoverageState.COMPLETE, count=4),
    _row("secretsmanager", CoverageState.DENIED, reason="denied", permission="secretsmanager:ListSecrets"),
    _row("s3", CoverageState.NOT_ENABLED, region="me-central-1", reason="region not enabled"),
)

SUMMARY = Summary(
    verdict="violations",
    exit_code=1,
    resources=4,
    stores=4,
    health_stores=3,
    unclassified_stores=1,
    statuses={"pass": 1, "fail": 2, "unknown": 2, "not_applicable": 56},
    by_country={"FR": 2, "US": 1, "not established": 1},
    by_custody={
        "customer_managed_in_provider_kms": 1,
        "external_holder_not_established": 1,
        "provider_shared": 1,
        "unknown": 1,
    },
    by_parent_country={"US": 4},
    reach=(
        LawReach(
            law="cloud_act",
            country="US",
            name="US CLOUD Act",
            status="in_force",
            stores=4,
            health_stores=3,
            cleartext=1,
            external_key=1,
            ciphertext=0,
            not_established=1,
        ),
        LawReach(
            law="fisa_702",
            country="US",
            name="US FISA 702",
            status="lapsed_grandfathered",
            stores=4,
            health_stores=3,
            cleartext=1,
            external_key=1,
            ciphertext=0,
            not_established=1,
        ),
    ),
    health_volume=Volume(stores=3, filled=1, bytes=5 * 1024**3, counted=1, items=1200),
    units={"complete": 2, "denied": 1, "not_enabled": 1},
    controls=(
        ControlSummary(
            control="CLINIC-1",
            pack="clinic",
            title="Data stay in the EEA",
            severity="critical",
            status="fail",
            assurance="indicated",
            counts={"fail": 1, "waived": 1},
        ),
        ControlSummary(
            control="CORE-20",
            pack="core",
            title="Encryption keys stored alongside the data",
            severity="high",
            status="fail",
            assurance="indicated",
            counts={"fail": 1, "unknown": 2, "pass": 1, "not_applicable": 56},
        ),
    ),
    worst=(
        WorstResource(
            resource="arn:aws:s3:::dossiers",
            type="s3.bucket",
            health="likely",
            country="FR",
            elsewhere=("US", "not established"),
            custody="customer_managed_in_provider_kms",
            rung="K2",
            parent_country="US",
            fails=("CORE-20",),
            unknown=0,
        ),
    ),
)

DOCUMENT = Document(
    schema_version=SCHEMA_VERSION,
    tool=TOOL,
    scan=HEADER,
    summary=SUMMARY,
    coverage=COVERAGE,
    resources=RESOURCES,
    keys=(key(), EXTERNAL),
    findings=FINDINGS,
)


def sample(**changes: Any) -> DocumentScan:
    """The sample, with whole parts of its document replaced."""
    return DocumentScan(msgspec.structs.replace(DOCUMENT, **changes))


def large(number: int) -> DocumentScan:
    """A scan of `number` findings over as many buckets, a third of them fails and a third unknown."""
    buckets = tuple(bucket(f"store-{n:06}") for n in range(number))
    made = tuple(_numbered(number, buckets))
    return sample(resources=buckets, findings=made)


def _numbered(number: int, buckets: tuple[Resource, ...]) -> Iterator[Finding]:
    models = itertools.cycle([FAIL, UNREAD, PASS])
    for n, model, resource in zip(range(number), models, buckets, strict=False):
        yield msgspec.structs.replace(model, id=f"{n:024x}", resource=resource.id)
