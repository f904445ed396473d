"""Each of these slips in a declaration is reported, so that a clean check means something."""

import pytest
from msgspec.structs import replace

from scanner.providers.aws import catalog
from scanner.providers.aws.catalog import (
    CopyRule,
    Detail,
    EgressRule,
    EncryptionRule,
    Fields,
    NoKey,
    RetentionRule,
    SizeRule,
    State,
    TagRule,
    ToIs,
    Type,
)
from tests.providers.aws.catalog_checker import check

TYPES = catalog.load().types
BUCKET = TYPES["s3.bucket"]
VOLUME = TYPES["ec2.volume"]
STREAM = TYPES["kinesis.stream"]
QUEUE = TYPES["sqs.queue"]


def _detail(type_: Type, **changes: object) -> tuple[Detail, ...]:
    return (replace(type_.details[0], **changes), *type_.details[1:])


SLIPS: dict[str, tuple[Type, str]] = {
    "unknown service": (replace(VOLUME, service="ec3"), "botocore has no service ec3"),
    "misspelt operation": (replace(VOLUME, list=replace(VOLUME.list, op="describe_volume")), "no operation"),
    "misspelt detail operation": (
        replace(BUCKET, details=_detail(BUCKET, op="get_bucket_encription")),
        "no operation get_bucket_encription",
    ),
    "writing operation": (
        replace(VOLUME, list=replace(VOLUME.list, op="delete_volume", permission="ec2:DeleteVolume")),
        "not named as a reading call",
    ),
    "wrong paginator flag": (replace(VOLUME, list=replace(VOLUME.list, paginator=False)), "paginator"),
    "pages forgotten": (
        replace(TYPES["events.event_bus"], list=replace(TYPES["events.event_bus"].list, token=None)),
        "no token is declared",
    ),
    "token member misspelt": (
        replace(
            TYPES["events.event_bus"], list=replace(TYPES["events.event_bus"].list, token=("nextToken", "NextToken"))
        ),
        "takes no nextToken",
    ),
    "token answer misspelt": (
        replace(TYPES["events.event_bus"], list=replace(TYPES["events.event_bus"].list, token=("NextToken", "Next"))),
        "no member 'Next'",
    ),
    "required parameter missing": (
        replace(BUCKET, details=_detail(BUCKET, params={})),
        "requires the parameter Bucket",
    ),
    "unknown parameter": (
        replace(VOLUME, list=replace(VOLUME.list, params={"Owner": "'self'"})),
        "no parameter params.Owner",
    ),
    "parameter of another type": (
        replace(BUCKET, list=replace(BUCKET.list, params={"MaxBuckets": "'1000'"})),
        "is a string, the model wants a integer",
    ),
    "parameter not an expression": (
        replace(BUCKET, list=replace(BUCKET.list, params={"MaxBuckets": 1000})),
        "is not an expression",
    ),
    "parameter outside its enumeration": (
        replace(QUEUE, details=_detail(QUEUE, params={"QueueUrl": "item", "AttributeNames": ["'Everything'"]})),
        "is none of",
    ),
    "list given as a scalar": (
        replace(TYPES["ec2.snapshot"], list=replace(TYPES["ec2.snapshot"].list, params={"OwnerIds": {"a": "'self'"}})),
        "is a list, not a structure",
    ),
    "items that are no list": (
        replace(STREAM, list=replace(STREAM.list, items="HasMoreStreams")),
        "items is applied to a boolean",
    ),
    "items misspelt": (replace(VOLUME, list=replace(VOLUME.list, items="Volume[]")), "no member 'Volume'"),
    "permission of another call": (
        replace(VOLUME, list=replace(VOLUME.list, permission="ec2:DescribeSnapshots")),
        "needs ec2:DescribeVolumes",
    ),
    "permission of another service": (
        replace(VOLUME, list=replace(VOLUME.list, permission="ebs:DescribeVolumes")),
        "start with ec2",
    ),
    "misspelt member": (
        replace(VOLUME, fields=Fields(id="item.VolumeID")),
        "no member 'VolumeID'",
    ),
    "field asked of a list": (
        replace(VOLUME, zone="item.Attachments.Device"),
        "is asked of a list",
    ),
    "answer that no call gave": (replace(VOLUME, zone="volume.AvailabilityZone"), "document has no 'volume'"),
    "expression that is no JMESPath": (replace(VOLUME, zone="item.[Availability"), "is not JMESPath"),
    "structure where a value belongs": (replace(BUCKET, fields=replace(BUCKET.fields, id="item")), "yields a object"),
    "word compared outside its enumeration": (
        replace(TYPES["efs.file_system"], default_when="item.LifeCycleState=='AMAZON'"),
        "'AMAZON' is none of",
    ),
    "condition on a missing member": (
        replace(BUCKET, details=(*BUCKET.details[:-1], replace(BUCKET.details[-1], when="lifecycle.Rule"))),
        "no member 'Rule'",
    ),
    "negation that binds tighter than the dot": (
        replace(VOLUME, default_when="!item.Encrypted"),
        "is asked of a boolean",
    ),
    "error code that the call does not give": (
        replace(
            TYPES["glue.database"],
            details=(
                Detail(
                    op="get_database",
                    permission="glue:GetDatabase",
                    as_="db",
                    params={"Name": "item.Name"},
                    absent=("NotFound",),
                ),
            ),
        ),
        "has no error NotFound",
    ),
    "pages of a detail forgotten": (
        replace(TYPES["logs.log_group"], details=_detail(TYPES["logs.log_group"], paginator=False)),
        "paginator: botocore says true",
    ),
    "two answers of one name": (
        replace(BUCKET, details=(*BUCKET.details, BUCKET.details[0])),
        "the name is taken",
    ),
    "batch without a list of ids": (replace(BUCKET, details=_detail(BUCKET, batch=10)), "the list of ids"),
    "state word that the model does not know": (
        replace(STREAM, encryption=replace(STREAM.encryption, states={"NONE": State.PLAIN, "KSM": State.KMS})),
        "'KSM' is never the state",
    ),
    "state word that the catalog does not know": (
        replace(STREAM, encryption=replace(STREAM.encryption, states={"NONE": State.PLAIN})),
        "also knows 'KMS'",
    ),
    "states without a state": (
        replace(VOLUME, encryption=EncryptionRule(no_key=NoKey.PLAIN, states={"true": State.PLAIN})),
        "belong together",
    ),
    "key path misspelt": (
        replace(VOLUME, encryption=replace(VOLUME.encryption, key="item.KmsKeyID")),
        "no member 'KmsKeyID'",
    ),
    "second key misspelt": (
        replace(VOLUME, encryption=replace(VOLUME.encryption, other_keys={"cache": "item.CacheKey"})),
        "no member 'CacheKey'",
    ),
    "account of a copy misspelt": (
        replace(VOLUME, copies=(CopyRule(kind="replica", to_is=ToIs.REGION, to="item.State", account="item.Owner"),)),
        "no member 'Owner'",
    ),
    "a word that stays inside and never stands there": (
        replace(VOLUME, egress=(EgressRule(kind="saas", to="item.State", inside=("available", "vailable")),)),
        "'vailable' is never the value",
    ),
    "copy target misspelt": (
        replace(VOLUME, copies=(CopyRule(kind="replica", to_is=ToIs.REGION, to="item.Regions[]"),)),
        "no member 'Regions'",
    ),
    "tags in another style": (
        replace(VOLUME, tags=TagRule(path="item.Tags[]", style="key/value")),
        "no member 'key'",
    ),
    "tags that are no map": (
        replace(VOLUME, tags=TagRule(path="item.Tags[]", style="map")),
        "does not fit the style map",
    ),
    "size that is no number": (replace(VOLUME, size=SizeRule(gib="item.VolumeType")), "is a string"),
    "size in two units": (replace(VOLUME, size=SizeRule(gib="item.Size", bytes="item.Size")), "more than one unit"),
    "retention that is no number": (
        replace(VOLUME, retention=RetentionRule(basis="-", value="item.CreateTime")),
        "is a timestamp",
    ),
    "retention until no point in time": (
        replace(VOLUME, retention=RetentionRule(basis="-", value="item.Size", unit="until")),
        "is a integer",
    ),
    "text taken for a number": (
        replace(QUEUE, retention=RetentionRule(basis="-", value="attrs.Attributes.MessageRetentionPeriod")),
        "is a string",
    ),
    "parent that is not in the catalog": (replace(VOLUME, parent="ec2.disk"), "parent ec2.disk is not in the catalog"),
    "unknown placeholder": (
        replace(VOLUME, fields=replace(VOLUME.fields, arn_template="arn:{partition}:ec2:{zone}")),
        "there is no {zone}",
    ),
    "availability that says nothing": (
        replace(VOLUME, availability=catalog.Availability()),
        "neither or both",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_reported(slip: str) -> None:
    broken, expected = SLIPS[slip]
    problems = check({broken.id: broken})
    assert problems
    assert any(expected in problem for problem in problems), problems


@pytest.mark.parametrize("sound", [BUCKET, VOLUME, STREAM, QUEUE, TYPES["events.event_bus"], TYPES["kms.key"]])
def test_the_declarations_that_the_slips_start_from_are_sound(sound: Type) -> None:
    assert check({sound.id: sound}) == []
