"""A simulated Azure for the length of a `with` block, and the environment in which ordinary clients find it."""

import importlib.util
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

from msgspec import Struct

from scanner.demo.azure.cloud import SimulatedCloud
from scanner.demo.azure.estate import Estate
from scanner.demo.azure.faults import Fault, Faults
from scanner.demo.azure.message import Clock
from scanner.demo.azure.paging import PageSizes
from scanner.demo.azure.request_log import RequestLog
from scanner.demo.azure.server import Server
from scanner.demo.azure.throttle import Limits
from scanner.demo.azure.world import World, read_world
from scanner.errors import UsageError


class Simulation(Struct, frozen=True, kw_only=True):
    environment: dict[str, str]
    """Settings for a client: a service principal, the endpoints, the certificate authority and the proxy."""
    banner: str
    log: RequestLog
    faults: Faults
    """Rules may be added while the simulation runs."""
    base: str
    """Where Resource Manager is: scheme, host and port; sign-in too, unless the world names a host for it."""
    managed_identity: dict[str, dict[str, str]]
    """Settings for managed identity: `virtual machine` and `app service`, each instead of the service principal's."""


@contextmanager
def simulated_azure(
    world: World | Estate,
    *,
    faults: list[Fault] | None = None,
    clock: Clock = time.time,
    limits: Limits | None = None,
    sizes: PageSizes | None = None,
    token_lifetime: int = 3599,
) -> Iterator[Simulation]:
    """Serve `world` on free ports of 127.0.0.1. `token_lifetime`: seconds. Needs the `demo` extra (trustme)."""
    import trustme

    estate = Estate(world) if isinstance(world, World) else world

    identity_header = secrets.token_hex(16)
    cloud = SimulatedCloud(
        estate,
        clock=clock,
        limits=limits or Limits(),
        sizes=sizes or PageSizes(),
        token_lifetime=token_lifetime,
        secret_header=identity_header,
    )
    authority = trustme.CA(organization_name="lexloci simulated Azure")
    tls = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert(
        "127.0.0.1",
        "localhost",
        *sorted(cloud.key_vault.hosts | cloud.blobs.hosts | cloud.purview.hosts | cloud.names),
    ).configure_cert(tls)
    rules = Faults(faults or [])
    server = Server(cloud, rules, clock, tls)
    with tempfile.TemporaryDirectory(prefix="lexloci-azure-") as folder:
        bundle = Path(folder) / "ca.pem"
        authority.cert_pem.write_to_path(bundle)
        server.start()
        try:
            yield Simulation(
                environment=_environment(estate.world, server, bundle),
                banner=estate.world.about.banner,
                log=cloud.log,
                faults=rules,
                base=server.base,
                managed_identity={
                    "virtual machine": {"AZURE_POD_IDENTITY_AUTHORITY_HOST": server.plain_base},
                    "app service": {
                        "IDENTITY_ENDPOINT": f"{server.plain_base}/msi/token",
                        "IDENTITY_HEADER": identity_header,
                    },
                },
            )
        finally:
            server.stop()


@contextmanager
def health_data_hub() -> Iterator[Simulation]:
    """The fiction that ships with lexloci, with this process's environment leading to it and to nothing else.

    Needs the `demo` extra; UsageError when it is missing.
    """
    if importlib.util.find_spec("trustme") is None:
        raise UsageError("The simulated Azure needs the 'demo' extra: pip install 'lexloci[demo]'.")
    world = read_world(Path(__file__).with_name("health_data_hub.yaml"))
    with simulated_azure(world) as simulation:
        before = dict(os.environ)
        for name in [name for name in os.environ if name.startswith(_ELSEWHERE)]:
            del os.environ[name]
        os.environ.update(simulation.environment)
        try:
            yield simulation
        finally:
            os.environ.clear()
            os.environ.update(before)


_ELSEWHERE = (
    "AZURE_",
    "IDENTITY_",
    "MSI_",
    "ARM_",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "CURL_CA_BUNDLE",
)
"""What could lead a client elsewhere than to the simulation, or away from the credentials it is given."""


def _environment(world: World, server: Server, bundle: Path) -> dict[str, str]:
    tenant = next(one for one in world.tenants if one.clients)
    client = tenant.clients[0]
    # A cloud with names of its own is left to be named by whoever asks for it.
    endpoints = {} if world.cloud.arm else {"AZURE_AUTHORITY_HOST": server.base, "AZURE_ARM_ENDPOINT": server.base}
    return {
        **endpoints,
        "AZURE_TENANT_ID": tenant.id,
        "AZURE_CLIENT_ID": client.id,
        "AZURE_CLIENT_SECRET": client.secret,
        "REQUESTS_CA_BUNDLE": str(bundle),
        # The names of key stores lead to this machine through the proxy; both spellings, as either may be set already.
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), server.plain_base),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
    }
