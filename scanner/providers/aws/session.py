"""Signing in to AWS and finding out the scope: which account, which partition, which regions.

Credentials, proxies, CA bundles, FIPS and dual-stack endpoints are botocore's business and are left to it, so that
they work as they do for every other tool of the user's.
"""

import sys
from collections.abc import Callable, Sequence

from botocore import credentials as sdk_credentials
from botocore.exceptions import BotoCoreError, ProfileNotFound
from botocore.session import Session
from msgspec import Struct

from scanner.errors import CannotRunError, UsageError
from scanner.model import Coverage, CoverageState, GapReason
from scanner.model.coverage import beside_units
from scanner.providers.aws.call import Clients
from scanner.providers.aws.events import new_session
from scanner.providers.aws.faults import Refused
from scanner.providers.secrets import without_secrets


class Identity(Struct, frozen=True, kw_only=True):
    """Who is signed in, as AWS says."""

    account: str
    arn: str
    """Without the name of the session, which often is that of a person, and which is another for every sign-in."""
    partition: str


class Regions(Struct, frozen=True, kw_only=True):
    """Regions in scope and how they became so."""

    chosen: tuple[str, ...]
    home: str
    """Where what has no region is asked: the first chosen region, or if none is open, where the account was asked."""
    basis: str
    """`asked for`, `enabled in the account`, or the SDK's list because the account would not say."""
    rows: tuple[Coverage, ...] = ()
    """Coverage rows for regions that are known not to be open, and for the question itself when it was denied."""


class _AssumedRole(sdk_credentials.CredentialProvider):  # type: ignore[misc]
    """Credentials of a role, renewed by botocore before they end.

    Each renewal signs with what the source holds by then, and the source renews itself likewise; so a role entered
    through another role outlasts the hour that AWS grants to chained roles.
    """

    METHOD = "lexloci-assume-role"

    def __init__(self, signer: Callable[..., object], source: object, role_arn: str, external_id: str) -> None:
        super().__init__()
        extra = {"RoleSessionName": "lexloci"} | ({"ExternalId": external_id} if external_id else {})
        self._fetcher = sdk_credentials.AssumeRoleCredentialFetcher(
            client_creator=signer,
            source_credentials=source,
            role_arn=role_arn,
            extra_args=extra,
        )

    def load(self) -> object:
        return sdk_credentials.DeferredRefreshableCredentials(
            method=self.METHOD, refresh_using=self._fetcher.fetch_credentials
        )


def open_session(profile: str, role_arn: str, external_id: str) -> Session:
    """A botocore session with the user's credentials; UsageError or CannotRunError when there are none."""
    session = new_session(profile or None)
    try:
        _ask_for_codes_on_a_terminal_only(session)
        source = session.get_credentials()
    except ProfileNotFound as error:
        raise UsageError(f"{error}.") from None
    except (BotoCoreError, OSError) as error:
        # An OSError is that of a `credential_process` which is not there.
        raise CannotRunError(f"The AWS credentials cannot be loaded: {without_secrets(str(error))}.") from None
    if source is None:
        raise CannotRunError(
            "There are no AWS credentials: none in the environment, no profile, no instance or container role. "
            "Sign in as you do for the AWS command line, or name a --profile."
        )
    if not role_arn:
        return session
    assumed = new_session(profile or None)
    return _as_role(assumed, assumed.create_client, source, role_arn, external_id)


def _ask_for_codes_on_a_terminal_only(session: Session) -> None:
    """A profile with `mfa_serial` asks for a code; where nobody is there to type one, that would never end."""
    if sys.stdin is not None and sys.stdin.isatty():
        return
    # The SDK takes another prompt only when it makes its chain of providers itself.
    session.get_component("credential_provider").get_provider("assume-role")._prompter = _no_code


def _no_code(prompt: str) -> str:
    raise Refused(
        GapReason.NOT_DECLARED,
        f"{prompt.rstrip(': ')}: the profile wants a code, and there is no terminal to ask on. Sign in before, and "
        "give lexloci the credentials of that session",
    )


def member_session(base: Session, clients: Clients, role_arn: str, external_id: str) -> Session:
    """A session in a role of another account, entered with the credentials of `base`, whose `clients` these are."""
    session = new_session(base.get_config_variable("profile"))
    return _as_role(session, clients.signer, base.get_credentials(), role_arn, external_id)


def _as_role(
    session: Session, signer: Callable[..., object], source: object, role_arn: str, external_id: str
) -> Session:
    # The role and nothing else: no other credentials that happen to lie around stand in for it.
    role = _AssumedRole(signer, source, role_arn, external_id)
    session.register_component("credential_provider", sdk_credentials.CredentialResolver([role]))
    return session


def home_region(session: Session) -> str:
    """Region for the first questions: the configured one, else the implicit one of the commercial partition."""
    return str(session.get_config_variable("region") or "us-east-1")


def identify(session: Session, clients: Clients) -> Identity:
    """Ask who we are; CannotRunError when AWS will not say."""
    try:
        return who(session, clients)
    except Refused as refused:
        raise CannotRunError(
            f"AWS did not accept the credentials (sts:GetCallerIdentity in {home_region(session)}): {refused.detail}"
        ) from None


def who(session: Session, clients: Clients) -> Identity:
    """Ask STS, at its regional endpoint, who we are; Refused when it will not say."""
    region = home_region(session)
    partition = partition_of(session, region)
    client = clients.open("sts", region)
    try:
        answer = client.call("get_caller_identity")
    finally:
        client.close()
    arn = str(answer.get("Arn", ""))
    # The ARN of the caller names the partition for certain; the region's pattern only suggests it.
    named = arn.split(":")[1] if arn.count(":") >= 5 else partition
    return Identity(account=str(answer.get("Account", "")), arn=without_secrets(arn), partition=named or partition)


def partition_of(session: Session, region: str) -> str:
    """The partition of a region, from the SDK's own data; UsageError for a name that fits none."""
    try:
        return str(session.get_partition_for_region(region))
    except BotoCoreError:
        raise UsageError(f"The SDK knows no partition with a region '{region}'.") from None


def partition_regions(session: Session, partition: str) -> tuple[str, ...]:
    """Regions of a partition that the SDK knows."""
    return tuple(sorted(session.get_available_regions("ec2", partition_name=partition)))


def find_regions(
    session: Session, clients: Clients, identity: Identity, asked: Sequence[str], excluded: Sequence[str]
) -> Regions:
    """The regions to scan; UsageError for a region of no partition or of another one, or when none is left."""
    for region in (*asked, *excluded):
        if partition_of(session, region) != identity.partition:
            raise UsageError(f"The region {region} is not in the partition {identity.partition} of these credentials.")
    home = _home(session, identity)
    enabled, closed, refused = _enabled(clients, home)
    for region in asked:
        if refused is None and region not in (*enabled, *closed):
            raise UsageError(f"AWS names no region '{region}' to this account.")
    if asked:
        chosen, basis = tuple(dict.fromkeys(asked)), "asked for"
        closed = tuple(region for region in closed if region in asked)
    elif refused is None:
        chosen, basis = enabled, "enabled in the account"
    else:
        chosen = partition_regions(session, identity.partition)
        basis = "the SDK's list, since the account did not say which are enabled"
    chosen = tuple(region for region in chosen if region not in excluded and region not in closed)
    if not chosen and not closed:
        raise UsageError("No region is left to scan.")
    rows = [
        _row(identity, region, CoverageState.NOT_ENABLED, "the region is not enabled for this account")
        for region in closed
        if region not in excluded
    ]
    if refused is not None and not asked:
        state = CoverageState.DENIED if refused.is_denial else CoverageState.FAILED
        reason = f"{refused.reason.value}: which regions are enabled is not known: {refused.detail}"
        rows.append(_row(identity, "", state, reason, refused.missing("ec2:DescribeRegions")))
    return Regions(chosen=chosen, home=chosen[0] if chosen else home, basis=basis, rows=tuple(rows))


def _home(session: Session, identity: Identity) -> str:
    """Where the account's first questions are asked: at home, unless home is in another partition."""
    region = home_region(session)
    if partition_of(session, region) == identity.partition:
        return region
    return partition_regions(session, identity.partition)[0]


def _enabled(clients: Clients, region: str) -> tuple[tuple[str, ...], tuple[str, ...], Refused | None]:
    """Open regions, closed regions, and why neither is known."""
    try:
        client = clients.open("ec2", region)
        try:
            answer = client.call("describe_regions", {"AllRegions": True})
        finally:
            client.close()
    except Refused as refused:
        return (), (), refused
    found = {str(row.get("RegionName")): row.get("OptInStatus") for row in answer.get("Regions", [])}
    if not found:
        return (), (), Refused(GapReason.MALFORMED, "the answer holds no region")
    closed = {name for name, status in found.items() if status == "not-opted-in"}
    return tuple(sorted(set(found) - closed)), tuple(sorted(closed)), None


def _row(identity: Identity, region: str, state: CoverageState, reason: str, permission: str = "") -> Coverage:
    return beside_units(
        "aws", identity.partition, identity.account, state, reason, region=region, permission=permission
    )
