"""Faults to provoke, as data: which requests they meet, how often, and what happens to those.

This file knows HTTP and AWS, and nothing of who is asking.
"""

import fnmatch
import threading
from enum import StrEnum

from msgspec import Struct

from scanner.demo.aws.wire import AwsError, Call


class Fault(StrEnum):
    """What goes wrong."""

    DENIED = "denied"
    """The caller's own policies do not allow the call."""
    DENIED_BY_SCP = "denied_by_scp"
    """A service control policy of the organisation refuses it."""
    OPT_IN_REQUIRED = "opt_in_required"
    """The account is not subscribed to the service."""
    REGION_DISABLED = "region_disabled"
    """The region is not enabled for the account: its endpoints do not know the credentials."""
    THROTTLED = "throttled"
    SERVER_ERROR = "server_error"
    EXPIRED = "expired"
    """The credentials have ended."""
    RESET = "reset"
    """The connection is reset instead of an answer."""
    HANG = "hang"
    """No answer; the connection stays open for `seconds`."""
    SLOW = "slow"
    """The ordinary answer after `seconds`."""
    DRIP = "drip"
    """The ordinary answer, its body byte by byte over `seconds`."""
    TRUNCATED = "truncated"
    """Half of the answer, then the end of the connection."""
    MALFORMED = "malformed"
    """Status 200 and a body that is not in the protocol."""
    HTML = "html"
    """Status 503 and the web page of a proxy."""
    BAD_SIGNATURE = "bad_signature"
    """The signature does not match, and the message says back what was signed, the session token included, as AWS's."""
    REDIRECT = "redirect"
    """Status 307 and another place to ask: `location`."""
    GONE = "gone"
    """What was listed is not there any more."""
    KEY_DENIED = "key_denied"
    """The caller may read the object, but not use the key that it is under."""
    SSE_C = "sse_c"
    """The object is under a key that the writer sent along and AWS did not keep."""
    ARCHIVED = "archived"
    """The object has to be restored first."""
    WHOLE = "whole"
    """The range that was asked for is ignored and all of it sent."""
    REPEATED_TOKEN = "repeated_token"
    """Every page says that the same page comes next."""


_GONE = {
    "DescribeGlobalClusters": "GlobalClusterNotFoundFault",
    "GetTableBucketEncryption": "NotFoundException",
    "GetTableBucketReplication": "NotFoundException",
}
"""What operations with a word of their own say of something that is not there."""


class Rule(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Requests that meet `fault`. Names are shell patterns."""

    fault: Fault
    service: str = "*"
    """boto3 client name; `rds` stands for DocumentDB and Neptune too, which share its endpoint."""
    operation: str = "*"
    region: str = "*"
    account: str = "*"
    after: int = 0
    """So many matching requests are let through first."""
    times: int | None = None
    """So many requests meet the fault; None: all."""
    seconds: float = 30.0
    """For `hang`, `slow` and `drip`."""
    location: str = ""
    """For `redirect`: an address."""

    def meets(self, call: Call) -> bool:
        pairs = (
            (call.service, self.service),
            (call.operation, self.operation),
            (call.region, self.region),
            (call.account, self.account),
        )
        return all(fnmatch.fnmatchcase(value, pattern) for value, pattern in pairs)


class Faults:
    """The rules in force and how often each was met. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._met: list[int] = []

    def replace(self, rules: list[Rule]) -> None:
        """Put other rules in force and forget the counts."""
        with self._lock:
            self._rules = list(rules)
            self._met = [0] * len(rules)

    def met_by(self, call: Call) -> list[Rule]:
        """Rules that this request meets, in order: any `slow` ones, then at most one other."""
        met: list[Rule] = []
        with self._lock:
            for index, rule in enumerate(self._rules):
                if not rule.meets(call):
                    continue
                self._met[index] += 1
                position = self._met[index] - rule.after
                if position <= 0 or (rule.times is not None and position > rule.times):
                    continue
                met.append(rule)
                if rule.fault is not Fault.SLOW:
                    break
        return met


def error_of(fault: Fault, call: Call) -> AwsError | None:
    """The error AWS answers for `fault` in the family of this call's protocol; None for faults of the transport."""
    who = f"User: arn:aws:iam::{call.account}:user/scanner is not authorized to perform: {call.name}"
    match fault:
        case Fault.DENIED:
            because = f"because no identity-based policy allows the {call.name} action"
            return AwsError(_denied_code(call), f"{who} on resource: * {because}", _denied_status(call))
        case Fault.DENIED_BY_SCP:
            because = "with an explicit deny in a service control policy"
            return AwsError(_denied_code(call), f"{who} on resource: * {because}", _denied_status(call))
        case Fault.OPT_IN_REQUIRED:
            return AwsError("OptInRequired", "The AWS Access Key Id needs a subscription for the service", 403)
        case Fault.REGION_DISABLED:
            return _disabled(call)
        case Fault.THROTTLED:
            return _throttled(call)
        case Fault.SERVER_ERROR:
            return AwsError("InternalFailure", "The request processing has failed because of an internal error", 500)
        case Fault.EXPIRED:
            return _expired(call)
        case Fault.KEY_DENIED:
            who = who.replace(call.name, "kms:Decrypt")
            because = "because no identity-based policy allows the kms:Decrypt action"
            return AwsError("AccessDenied", f"{who} on the resource associated with this ciphertext {because}", 403)
        case Fault.SSE_C:
            form = "The object was stored using a form of Server Side Encryption."
            return AwsError("InvalidRequest", f"{form} The correct parameters must be provided to retrieve it.", 400)
        case Fault.ARCHIVED:
            message = "The operation is not valid for the object's storage class"
            return AwsError("InvalidObjectState", message, 403)
        case Fault.GONE:
            code = _GONE.get(call.operation, "NoSuchKey" if call.service == "s3" else "ResourceNotFoundException")
            return AwsError(code, "The specified key does not exist.", 404)
    return None


def _denied_code(call: Call) -> str:
    if call.protocol == "ec2":
        return "UnauthorizedOperation"
    return "AccessDenied" if call.protocol in ("query", "rest-xml") else "AccessDeniedException"


def _denied_status(call: Call) -> int:
    return 400 if call.protocol == "json" else 403


def _disabled(call: Call) -> AwsError:
    match call.protocol:
        case "ec2":
            return AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
        case "query":
            return AwsError("InvalidClientTokenId", "The security token included in the request is invalid", 403)
        case "rest-xml":
            return AwsError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist", 403)
    return AwsError("UnrecognizedClientException", "The security token included in the request is invalid.", 403)


def _throttled(call: Call) -> AwsError:
    match call.protocol:
        case "ec2":
            return AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
        case "query":
            return AwsError("Throttling", "Rate exceeded", 400)
        case "rest-xml":
            return AwsError("SlowDown", "Please reduce your request rate.", 503)
    return AwsError("ThrottlingException", "Rate exceeded", 400 if call.protocol == "json" else 429)


def _expired(call: Call) -> AwsError:
    match call.protocol:
        case "ec2":
            return AwsError("RequestExpired", "Request has expired.", 400)
        case "query":
            return AwsError("ExpiredToken", "The security token included in the request is expired", 403)
        case "rest-xml":
            return AwsError("ExpiredToken", "The provided token has expired.", 400)
    return AwsError("ExpiredTokenException", "The security token included in the request is expired", 403)
