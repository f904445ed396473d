"""Why a fact is missing. A fact is a value or a gap; there is no third thing."""

from enum import StrEnum

from msgspec import Struct


class GapReason(StrEnum):
    """The different ways of not knowing. They are kept apart because they call for different remedies."""

    DENIED = "denied"
    """The caller lacks a permission; `Gap.permission` names it."""
    DENIED_BY_ORGANIZATION = "denied_by_organization"
    """An organisation policy (SCP, Azure deny assignment) refuses the call to this caller."""
    NOT_ENABLED = "not_enabled"
    """The region or service is not open for this account."""
    THROTTLED = "throttled"
    """The provider kept asking to slow down until retries ran out."""
    UNREACHABLE = "unreachable"
    """No connection, no name resolution, reset, or a time limit passed."""
    EXPIRED = "expired"
    """The credentials ended or were revoked while the scan ran."""
    PROVIDER_ERROR = "provider_error"
    """The provider answered with an error of its own (5xx, unknown operation)."""
    MALFORMED = "malformed"
    """The answer could not be read, or did not have the shape its model promises."""
    TRUNCATED = "truncated"
    """The list did not end: a repeated page token, or a cut answer."""
    GONE = "gone"
    """Listed, then not found when asked about."""
    INVISIBLE = "invisible"
    """No API of the provider shows this."""
    UNSUPPORTED = "unsupported"
    """The catalog does not know this type, state or word."""
    UNMAPPED = "unmapped"
    """The fact tables have no entry: an unknown region, operator or host."""
    UNRESOLVED = "unresolved"
    """A reference whose target could not be found in what was scanned."""
    NOT_SCANNED = "not_scanned"
    """Out of the chosen scope, so not looked at."""
    NOT_DECLARED = "not_declared"
    """Only a statement of the user's could say, and none was given."""
    CONFLICT = "conflict"
    """Two sources disagree."""


class Gap(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One fact that could not be read, and why.

    `fact` is the dotted name of the missing field as it stands in the document (`encryption.key`, `tags`,
    `copies`), so that a reader finds the hole at the place of the value.
    """

    fact: str
    reason: GapReason
    detail: str = ""
    operation: str = ""
    """The call that failed, as `service:Operation`."""
    permission: str = ""
    """The permission that would have let it succeed, when that is why it failed."""
