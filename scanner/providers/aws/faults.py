"""From an SDK exception to the reason of a gap. Every refusal of AWS means one of a few different things.

The table follows the error codes of the services' own models and the AWS documentation; a code that is in no list is a
provider error, which is unknown like the others, never an empty answer.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from botocore import exceptions as sdk

from scanner.model import GapReason
from scanner.providers.secrets import without_secrets

_LENGTH = 300
"""Characters of what AWS or the SDK says that are kept."""


class Refused(Exception):
    """A call that gave no usable answer, after all its retries."""

    def __init__(self, reason: GapReason, detail: str, code: str = "", permission: str = "") -> None:
        # Parsers quote the answer, line breaks and all.
        detail = without_secrets(" ".join(detail.split()))[:_LENGTH]
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.code = code
        """AWS's own error code, when there was an answer to the call itself."""
        self._permission = permission

    @property
    def is_denial(self) -> bool:
        """True when a permission, or the organisation's leave, would have brought an answer."""
        return self.reason in (GapReason.DENIED, GapReason.DENIED_BY_ORGANIZATION)

    def missing(self, permission: str) -> str:
        """What would have brought an answer to a call that needs `permission`; empty when no permission would.

        It is that of the sign-in where the credentials could not be renewed for the call.
        """
        return (self._permission or permission) if self.is_denial else ""


_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AccessDeniedFault",
        "UnauthorizedOperation",
        "AuthorizationError",
        "AuthorizationErrorException",
        "UnauthorizedException",
        "NotAuthorized",
        "NotAuthorizedException",
        "Forbidden",
        "ForbiddenException",
        "403",
    }
)
_NOT_ENABLED = frozenset({"OptInRequired"})
_UNRECOGNIZED = frozenset({"AuthFailure", "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"})
"""What a region that is not enabled says, and what every region says once the credentials were revoked. Which regions
are enabled was asked before, so that here it counts as the second: a closed region would be a settled matter."""
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_SIGN_IN = {
    "AssumeRole": "sts:AssumeRole",
    "AssumeRoleWithWebIdentity": "sts:AssumeRoleWithWebIdentity",
    "GetRoleCredentials": "sso:GetRoleCredentials",
}
"""Operations that credential providers send, in the middle of any call, and what they need."""
_CLOCK = 150
"""Seconds that this machine's clock may differ from AWS's before it is worth a word. Signatures bear five minutes."""
_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
        "429",
    }
)
_UNUSED = frozenset({"SubscriptionRequiredException", "NotSignedUp", "AWSOrganizationsNotInUseException"})
_NO_CREDENTIALS = (
    sdk.NoCredentialsError,
    sdk.CredentialRetrievalError,
    sdk.TokenRetrievalError,
    sdk.SSOError,
    sdk.LoginError,
)
"""What credential providers raise when they have nothing more to give."""
_STILL_EXPIRED = "refreshed credentials are still expired"
"""The SDK says so in a plain RuntimeError."""
_BAD_SIGNATURE = frozenset(
    {
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "RequestTimeTooSkewed",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
    }
)
"""Refusals of status 403 that no permission would cure: the secret, the clock or a proxy is wrong."""
_GONE_ENDINGS = ("NotFound", "NotFoundException", "NotFoundFault", "DoesNotExist", "404")
_UNUSED_TEXT = (
    "not subscribed",
    "is not enabled",
    "has not enabled",
    "not signed up",
    "needs a subscription",
    "not a member of",
    "please complete aws audit manager setup",
)
"""How services without a code of their own for it say that the account has never turned them on."""
_NO_PERMISSION_TEXT = "is not authorized to perform"
_ORGANIZATION_TEXT = ("service control policy", "resource control policy")


def refusal(error: BaseException) -> Refused:
    """What an exception of a call means. Anything unexpected is malformed or a provider error, never silence."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, sdk.ClientError):
        return _answered(error)
    if isinstance(error, _NO_CREDENTIALS) or _STILL_EXPIRED in str(error):
        return Refused(GapReason.EXPIRED, f"no usable credentials: {error}")
    if isinstance(error, sdk.EndpointConnectionError | sdk.ConnectionError | sdk.HTTPClientError):
        return Refused(GapReason.UNREACHABLE, f"{type(error).__name__}: {error}")
    if isinstance(error, sdk.ParamValidationError | sdk.UnknownServiceError | sdk.UnknownParameterError):
        return Refused(GapReason.UNSUPPORTED, f"the SDK refused the request: {error}")
    if isinstance(error, sdk.BotoCoreError):
        return Refused(GapReason.MALFORMED, f"{type(error).__name__}: {error}")
    # A parser fed an answer of another protocol raises whatever it stumbles over, MemoryError included.
    return Refused(GapReason.MALFORMED, f"the answer could not be read ({type(error).__name__}: {error})")


def is_unused(refused: Refused) -> bool:
    """True when AWS says that the account has never turned the service on: an answer, and an empty one."""
    text = refused.detail.lower()
    said = any(word in text for word in _UNUSED_TEXT) and _NO_PERMISSION_TEXT not in text
    # "Needs a subscription" is also what a closed region says, and a closed region is not an empty one.
    closed = refused.reason in (GapReason.DENIED_BY_ORGANIZATION, GapReason.NOT_ENABLED) or "region" in text
    return refused.code in _UNUSED or (said and not closed)


def has_expired(code: str) -> bool:
    """Whether this error code of AWS says that the credentials have ended."""
    return _plain(code) in _EXPIRED


def _answered(error: sdk.ClientError) -> Refused:
    body = error.response.get("Error", {})
    code = str(body.get("Code") or "")
    metadata = error.response.get("ResponseMetadata", {})
    status = int(metadata.get("HTTPStatusCode") or 0)
    message = " ".join(str(body.get("Message") or "").split())
    if message.startswith("<"):
        message = f"a page instead of an answer (HTTP {status})"
    told = f"{code}: {message}"
    if _plain(code) in _EXPIRED | _BAD_SIGNATURE:
        told = _beside_the_clock(str(metadata.get("HTTPHeaders", {}).get("date") or "")) + told
    if _plain(code) in _UNRECOGNIZED:
        told += " (the credentials were revoked, or the region is not enabled)"
    reason = _reason(code, status, message)
    if error.operation_name in _SIGN_IN:
        # A credential provider's call, not the one that was to be made: its code says nothing about that.
        if reason in (GapReason.NOT_ENABLED, GapReason.GONE):
            reason = GapReason.EXPIRED
        return Refused(reason, f"signing in: {told}", permission=_SIGN_IN[error.operation_name])
    return Refused(reason, told, code)


def _beside_the_clock(date: str) -> str:
    """A word in front of a refusal that this machine's clock may be the cause of; the message may be long."""
    try:
        ahead = (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError):
        return ""
    if abs(ahead) < _CLOCK:
        return ""
    return f"the clock of this machine is {abs(ahead) / 60:.0f} minutes {'ahead of' if ahead > 0 else 'behind'} AWS's; "


def _plain(code: str) -> str:
    # SQS writes some codes as it did in its old protocol: `AWS.SimpleQueueService.…`.
    return code.rpartition(".")[2]


def _reason(code: str, status: int, message: str) -> GapReason:
    plain = _plain(code)
    if plain in _EXPIRED | _UNRECOGNIZED:
        return GapReason.EXPIRED
    if plain in _DENIED:
        text = message.lower()
        if any(word in text for word in _ORGANIZATION_TEXT):
            return GapReason.DENIED_BY_ORGANIZATION
        return GapReason.DENIED
    if plain in _NOT_ENABLED:
        return GapReason.NOT_ENABLED
    if plain in _THROTTLED or status == 429:
        return GapReason.THROTTLED
    if plain.endswith(_GONE_ENDINGS) or status == 404:
        return GapReason.GONE
    if status == 403 and plain not in _BAD_SIGNATURE:
        return GapReason.DENIED
    return GapReason.PROVIDER_ERROR
