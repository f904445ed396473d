"""Sign-in and clients: from options and environment to an opened cloud, with guard, quotas and time limits in place."""

import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from azure.core import PipelineClient
from azure.core.pipeline.policies import (
    BearerTokenCredentialPolicy,
    ProxyPolicy,
    RequestIdPolicy,
    RetryPolicy,
    UserAgentPolicy,
)
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.resource.resources import ResourceManagementClient
from msgspec import Struct

from scanner.errors import CannotRunError, UsageError
from scanner.providers.azure import clouds, metadata, patience
from scanner.providers.azure.call import Meter, Reader, Tally
from scanner.providers.azure.clouds import Cloud
from scanner.providers.azure.credential import Credential, chain_of
from scanner.providers.azure.guard import Guard
from scanner.providers.azure.pace import Pace
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.tenants import TenantClients, Tenants
from scanner.providers.contract import Limits

Sent = PipelineClient[HttpRequest, HttpResponse]


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the user asked for."""

    subscriptions: tuple[str, ...] = ()
    """Ids or names; none: every visible one."""
    management_group: str = ""
    tenants: tuple[str, ...] = ()
    """Ids or domains; none: the one that the sign-in leads to, and every other that it can enter."""
    arm_endpoint: str = ""
    authority: str = ""
    verify_live: bool = False
    """Read every store itself instead of trusting Resource Graph."""
    data_plane: bool = True
    """Ask vaults and managed HSMs about keys; refusals become gaps."""


class Session(Struct, frozen=True, kw_only=True):
    """An opened cloud. Readers are safe for several threads."""

    cloud: Cloud
    tenants: Tenants
    arm: Reader
    vault: Reader | None
    """Reader of vaults' own hosts; None when the cloud names no suffix or the data plane is switched off."""
    hsm: Reader | None
    close: Callable[[], None]


def open_session(
    options: Options,
    limits: Limits,
    environment: Mapping[str, str] = os.environ,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Session:
    """Find the cloud, sign in, make the clients; UsageError or CannotRunError with a sentence when that fails."""
    _quiet_sdk()
    meter, pacing = Meter(), Pace(clock=clock, sleep=sleep)
    cloud = _cloud(options, limits, environment, meter, pacing)

    def clients(credential: Credential) -> TenantClients:
        return TenantClients(
            arm=_resource_manager(credential, cloud, limits, meter),
            vault=_data_plane(credential, cloud.vault_suffix, limits, meter) if options.data_plane else None,
            hsm=_data_plane(credential, cloud.hsm_suffix, limits, meter) if options.data_plane else None,
        )

    tenants = Tenants(cloud, chain_of(cloud, _transport(limits)), clients, options.tenants)
    return Session(
        cloud=cloud,
        tenants=tenants,
        arm=Reader(tenants.arm, meter, limits, pacing),
        vault=Reader(tenants.vault, meter, limits, pacing) if options.data_plane and cloud.vault_suffix else None,
        hsm=Reader(tenants.hsm, meter, limits, pacing) if options.data_plane and cloud.hsm_suffix else None,
        close=tenants.close,
    )


def _quiet_sdk() -> None:
    """What goes wrong is told once, in our words. Without a handler Python prints the SDK's warnings as well, one of
    which says that a resource provider is being registered, which the guard refuses."""
    for name in ("azure", "msal"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def _cloud(options: Options, limits: Limits, environment: Mapping[str, str], meter: Meter, pacing: Pace) -> Cloud:
    """The cloud that was chosen, with the addresses that it says it has; nothing is signed in to yet."""
    arm = options.arm_endpoint or environment.get("AZURE_ARM_ENDPOINT", "")
    login = options.authority or environment.get("AZURE_AUTHORITY_HOST", "")
    arm = clouds.endpoint(arm, "ARM endpoint") if arm else ""
    login = clouds.endpoint(login, "sign-in authority") if login else ""
    known = (
        clouds.known_by_endpoint(arm) if arm else clouds.known_by_authority(login or clouds.known_clouds()[0].authority)
    )
    if known is None and not arm:
        raise UsageError(
            f"The sign-in authority {login} belongs to no cloud whose addresses are known. Give --arm-endpoint too."
        )
    arm = known.arm if known is not None else arm
    try:
        return metadata.cloud_of(arm, _told(arm, limits, meter, pacing), login, known)
    except (RefusalError, metadata.NotBelievedError) as error:
        why = error.sentence if isinstance(error, RefusalError) else str(error)
        if known is not None and known.confirmed:
            return metadata.table_instead(known, login, why)
        raise CannotRunError(
            f"{arm}{metadata.PATH} did not tell this cloud's addresses: {why}. Check that --arm-endpoint is the address"
            " of an Azure Resource Manager; --authority names the sign-in in place of the one that it names."
        ) from error


def _told(arm: str, limits: Limits, meter: Meter, pacing: Pace) -> Any:
    """What the cloud says of itself. Anybody may ask: the request has no token, and there is none yet."""
    client: Sent = PipelineClient(
        arm,
        policies=[
            UserAgentPolicy(),
            ProxyPolicy(),
            RetryPolicy(retry_total=0),
            Guard(urlsplit(arm).netloc, (), meter.sent),
        ],
        transport=_transport(limits),
    )
    with client:
        reader = Reader(lambda _: client, meter, limits, pacing)
        return reader.any(f"{arm}{metadata.PATH}", Tally(), operation="Microsoft.Resources:GET metadata/endpoints")


def _resource_manager(credential: Credential, cloud: Cloud, limits: Limits, meter: Meter) -> ResourceManagementClient:
    return ResourceManagementClient(
        credential,
        "",
        base_url=cloud.arm,
        credential_scopes=[cloud.scope],
        per_retry_policies=[Guard(urlsplit(cloud.arm).netloc, (), meter.sent)],
        permit_redirects=False,
        retry_total=0,
        transport=_transport(limits),
    )


def _data_plane(credential: Credential, suffix: str, limits: Limits, meter: Meter) -> Sent | None:
    """A client for hosts that end in `suffix`, with tokens for that service and nothing else."""
    if not suffix:
        return None
    policies: list[Any] = [
        RequestIdPolicy(),
        UserAgentPolicy(),
        ProxyPolicy(),
        RetryPolicy(retry_total=0),
        Guard("", (f".{suffix}",), meter.sent),
        BearerTokenCredentialPolicy(credential, f"https://{suffix}/.default"),
    ]
    return PipelineClient(
        f"https://{suffix}",
        policies=policies,
        transport=_transport(limits),
    )


def _transport(limits: Limits) -> RequestsTransport:
    """The SDK's transport with a connection for each worker, and an end to each answer. Its own keeps ten connections,
    drops the others after each use, and knows silence only."""
    session = requests.Session()
    session.mount("https://", patience.adapter(limits.call_timeout, max(10, limits.workers)))
    return RequestsTransport(
        session=session, connection_timeout=limits.connect_timeout, read_timeout=limits.read_timeout
    )
