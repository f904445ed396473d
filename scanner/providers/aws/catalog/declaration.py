"""What a catalog entry may say: which call answers which question about one AWS resource type.

One document is built per resource, and every expression is JMESPath over it, kept here as plain text:

    item      the element of the list answer (a plain string where the answer is a list of names)
    <as>      the whole answer of a detail call, by its `as` name; null when the call was left out or said `absent`
    parent    the parent's `item`, for types that are listed once per resource of another type
    ctx       account, region, partition, since (a timestamp)

A call that was refused is not absent: nothing may be concluded from its name being null, the answer is unknown.
`tests/providers/aws/test_catalog.py` holds every operation, parameter and expression to botocore's own models.
"""

from enum import StrEnum
from typing import Any, Literal

import msgspec
from msgspec import Struct

from scanner.model import Holds

Params = dict[str, Any]
"""Request members. Leaves are JMESPath over the document so far: literals are quoted, lists and mappings may nest."""


class NoKey(StrEnum):
    """What it means that a resource, encrypted as far as we know, names no key."""

    AWS_OWNED = "aws_owned"
    """A key of AWS's own fleet, invisible in the account; includes SSE-S3, SSE-SQS, sse-rds."""
    AWS_MANAGED = "aws_managed"
    """The key that AWS keeps in the account under the type's `alias`."""
    PLAIN = "plain"
    """Not encrypted at rest."""
    INHERITED = "inherited"
    """The storage it points to decides."""
    NOT_APPLICABLE = "not_applicable"
    """Keeps nothing at rest."""
    INVISIBLE = "invisible"
    """Something decides, and no API shows it."""
    UNKNOWN = "unknown"
    """The API does not say, and neither does the documentation."""


class State(StrEnum):
    """What a value of the API's own encryption field means."""

    KMS = "kms"
    """A KMS key: the named one, else what `no_key` says."""
    AWS_OWNED = "aws_owned"
    AWS_MANAGED = "aws_managed"
    PLAIN = "plain"
    ENCRYPTED = "encrypted"
    """Encrypted without saying with what: the named key, else what `no_key` says."""
    SEE_KEY = "see_key"
    """The field does not decide: a named key means KMS, none means `no_key`."""
    CLOUDHSM = "cloudhsm"
    XKS = "xks"
    INHERITED = "inherited"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


class ToIs(StrEnum):
    """How to read the target of a copy."""

    REGION = "region"
    ARN = "arn"
    BUCKET_ARN = "bucket-arn"
    """Names neither region nor account: the bucket must be looked up."""
    BUCKET_NAME = "bucket-name"
    S3_URL = "s3-url"
    ID = "id"
    """Name within the same account and region, or of a global object of the same service."""
    ID_OR_ARN = "id-or-arn"
    """An ARN when the target is in another region, a bare id when it is in the same."""
    REGION_OR_ARN = "region-or-arn"
    LOG_GROUP = "log-group"
    TOPIC = "topic"
    """An MQTT topic of the same account and region."""
    MODEL_OR_PROFILE = "model-or-profile"
    """A Bedrock model or inference profile, by id or ARN. A profile's prefix names a geography, not a region, and a
    model's ARN without a region means all of them."""
    PRICE_CLASS = "price-class"
    """A set of CloudFront edge locations."""
    JSON_DOCUMENT = "json-document"
    """JSON as text, whose members `DestinationArn` are the targets."""
    COPIED_FROM = "copied-from"
    """The description that AWS gives a copied snapshot: `[Copied snap-… from REGION]`. Any other text says nothing."""


class ListCall(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The call that finds the resources of a type."""

    op: str
    """boto3 method name."""
    permission: str
    """IAM action that allows the call."""
    items: str
    """Path from the answer to the list of resources."""
    paginator: bool
    """What boto3's `can_paginate` says of `op`."""
    params: Params = {}
    each: dict[str, tuple[str, ...]] = {}
    """Request members that take one word at a time; the list is asked for with every word."""
    token: tuple[str, str] | None = None
    """Request member and path in the answer for pages that are fetched by hand."""
    absent: tuple[str, ...] = ()
    """Error codes that mean *there is none*: an empty list."""
    also_needs: tuple[str, ...] = ()
    """Further IAM actions without which the call fails, e.g. endpoint discovery."""


class Detail(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A further call for each resource found."""

    op: str
    permission: str
    as_: str = msgspec.field(name="as")
    """Name of the answer in the document."""
    params: Params = {}
    paginator: bool = False
    """What boto3's `can_paginate` says of `op`; the document then holds the lists of all pages joined."""
    batch: int = 0
    """How many ids one call may carry in the parameter that is a list; 0: one resource a call."""
    when: str = ""
    """Make the call only if this is true."""
    absent: tuple[str, ...] = ()
    """Error codes that mean *nothing configured*."""


class Fields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Where a resource's identity stands."""

    id: str
    arn: str = ""
    arn_template: str = ""
    """ARN to build from {partition}, {region}, {account}, {id} and, of a type with a parent, {parent}
    where no answer carries one, as AWS's service authorization reference writes it. An id that begins with a slash
    loses it."""
    name: str = ""
    region: str = ""
    """Where the resource is, when that need not be the region asked."""
    country: str = ""
    """The country of the site it stands on (ISO 3166 alpha-2), where AWS itself keeps the address."""


class TagRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Tags that come with the answers."""

    path: str
    style: Literal["map", "Key/Value", "key/value", "TagKey/TagValue"]


class EncryptionRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """How the answers tell encryption at rest.

    Decided in this order:

    1. a `key` that is there is resolved: an id, an ARN, an alias, or one of the words in `literals.yaml`;
    2. `state`, looked up in `states`; a word that is not in them is unknown;
    3. a `state` that is null takes `state_absent`; without one it is unknown, unless `always`;
    4. without a `state`, or with `always`: as `no_key` says.

    A resource that is said to be encrypted and names no key uses the key that `no_key` says, if that is one of AWS's;
    else the key is unknown. Several values of one path describe several parts of the resource: the weakest state
    counts, every key is kept, an empty list is null. What rests on a call that was refused is unknown.
    """

    no_key: NoKey
    state: str = ""
    states: dict[str, State] = {}
    """By the value as text; booleans as `true` and `false`."""
    state_absent: State | None = None
    always: bool = False
    """AWS encrypts every resource of this type."""
    key: str = ""
    alias: str = ""
    """Alias of the AWS managed key, for `no_key: aws_managed`. Never to be described: asking can create the key."""
    other_keys: dict[str, str] = {}
    """Paths to second keys of the same resource, by purpose."""


class CopyRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A copy or flow of the resource's data to another place in AWS."""

    kind: str
    to_is: ToIs
    to: str
    """Path to the targets."""
    inbound: bool = False
    """The target is where the data came *from*."""
    account: str = ""
    """Path to the account of each target, by number or ARN, where that need not be the resource's own."""
    key: str = ""
    """Path to the key that encrypts each copy."""
    note: str = ""


class EgressRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A destination outside AWS, or one named only by host or vendor."""

    kind: str
    to: str
    inside: tuple[str, ...] = ()
    """Values, as shell patterns, that stay in the account or with AWS and are no way out. Other values are one."""
    note: str = ""


class RetentionRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """How long AWS itself keeps the data, before anybody deletes it.

    `undetermined_when` is asked first: true means that the end depends on the data (per-object rules, an application's
    own expiry attribute) and is a gap. Else `value`. Several values all apply, so the shortest counts. One that is
    among `forever` means kept until deleted, and so does null or an empty list unless `absent` says otherwise. Without
    `value` there is no such setting: kept until deleted.
    """

    basis: str
    """The setting, in words."""
    value: str = ""
    unit: Literal["days", "hours", "minutes", "seconds", "until"] = "days"
    """`until`: the value is a point in time, counted from now."""
    forever: tuple[str, ...] = ()
    """Values, as text, that mean no end."""
    absent: Literal["forever", "unknown"] = "forever"
    """What it means that `value` is null."""
    undetermined_when: str = ""


class SizeRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """How much there is, where calls already made say so. At most one of the three measures of volume."""

    bytes: str = ""
    mib: str = ""
    gib: str = ""
    items: str = ""
    allotted: bool = False
    """The volume is what was reserved, not what is filled."""


class TiesRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a resource runs and what ties it to others, where its answers say so: signs of health data may follow."""

    images: str = ""
    ports: str = ""
    uses: tuple[str, ...] = ()
    """Paths to ids or names of other resources."""
    within: dict[str, str] = {}
    """Paths to what it is part of, by kind: `cluster`, `vpc`."""


class FindsRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What an answer of a discovery service says of other resources. The type is then no resource itself."""

    resources: str
    """Path to the ARNs of the resources it speaks of; what follows a bucket's name is left out."""
    kinds: str
    """Path to what was found, in the service's own words."""
    aside: str = ""
    """The same, where somebody has put the finding aside."""
    words: str = ""
    """Path to names that the customer gave to what was found."""


class Availability(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Regions of the commercial partition with or without the type. A hint for skipping, never a proof of absence."""

    only: tuple[str, ...] = ()
    except_: tuple[str, ...] = msgspec.field(name="except", default=())


class Type(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One resource type."""

    id: str = ""
    """`<boto3 client>.<noun>`; in the files it is the key of the entry."""
    service: str = ""
    """boto3 client name; in the files only where it is not the first word of the id."""
    category: str = ""
    """What it is; in the files it stands once, at the head."""
    holds: Holds
    list: ListCall
    fields: Fields
    encryption: EncryptionRule
    details: tuple[Detail, ...] = ()
    scope: Literal["regional", "global"] = "regional"
    client_region: str = ""
    """The only region of the commercial partition whose endpoint answers."""
    parent: str = ""
    """Type whose every resource this one is listed for."""
    setting: bool = False
    """One account-level answer that exists everywhere; not a resource that somebody made."""
    medical: bool = False
    """Exists only to hold health data."""
    tags: TagRule | Literal["tagging_api", "none"] = "tagging_api"
    copies: tuple[CopyRule, ...] = ()
    egress: tuple[EgressRule, ...] = ()
    retention: RetentionRule | None = None
    """None: how long the provider keeps the data is no question for this type."""
    zone: str = ""
    """Path to the availability zone, Local Zone or Outpost where the machines stand."""
    size: SizeRule | None = None
    ties: TiesRule = TiesRule()
    finds: FindsRule | None = None
    default_when: str = ""
    """True of an item that exists in every account without anyone's doing: no evidence that the service is used."""
    cfn: str = ""
    """CloudFormation type."""
    availability: Availability | None = None
    aws_config: bool = False
    """AWS Config can record the type."""
    policies: tuple[str, ...] = ()
    """AWS managed policies that allow every call of the type."""
    notes: str = ""

    @property
    def calls(self) -> "tuple[ListCall | Detail, ...]":
        """The list call, then the detail calls, in the order in which they are made."""
        return (self.list, *self.details)

    @property
    def permissions(self) -> tuple[str, ...]:
        """IAM actions that the type's calls need, each once, in the order of the calls."""
        needed = [call.permission for call in self.calls]
        return tuple(dict.fromkeys((*needed, *self.list.also_needs)))
