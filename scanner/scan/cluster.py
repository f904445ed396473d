"""Units scanned by the workers of a Dask cluster, through the executor that Dask itself offers.

What travels there is the description of a unit and the options of the scan; each worker signs in by itself, with what
its own environment gives it. What travels back is inventory, so the connection should be TLS (`dask+tls://`).
"""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any
from urllib.parse import urlsplit

from scanner.errors import CannotRunError, UsageError
from scanner.providers.contract import Limits
from scanner.scan.remote import Job, do_remotely
from scanner.scan.work import Result, Work

_SCHEMES = {"dask": "tcp", "dask+tls": "tls"}
_RETRIES = 3
"""Times that a unit is given to another worker after its worker died."""


def cluster(
    address: str, provider: str, options: Mapping[str, Any], limits: Limits, scope: Mapping[str, Any], *, plugins: bool
) -> "Cluster":
    """Connect to a scheduler; UsageError for a wrong address or a missing extra, CannotRunError when none answers."""
    parts = urlsplit(address)
    if parts.scheme not in _SCHEMES or not parts.netloc or parts.path:
        raise UsageError(f"--executor takes dask://HOST:PORT or dask+tls://HOST:PORT, not '{address}'.")
    try:
        import distributed
    except ImportError:
        raise UsageError("--executor needs the extra: pip install 'lexloci[dask]'.") from None
    scheme = _SCHEMES[parts.scheme]
    security = _security(encrypted=scheme == "tls")
    connect: Any = distributed.Client
    try:
        client = connect(f"{scheme}://{parts.netloc}", security=security, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CannotRunError(f"The scheduler {address} does not answer: {error}.") from None
    threads = sum(client.nthreads().values())
    if not threads:
        client.close()
        raise CannotRunError(f"The scheduler {address} has no workers.")
    job = Job.of(provider, options, limits, scope, plugins=plugins)
    return Cluster(client, job, at_once=4 * threads)


def _security(*, encrypted: bool) -> Any:
    """Dask's own configuration of TLS, looked at before a connection is tried: what is missing there costs Dask its
    whole time limit, and is told as a fault of its code. UsageError when it does not go with the address."""
    import distributed

    configured: Any = distributed.Security
    try:
        security = configured()
        settings = security.get_connection_args("client")
    except (OSError, ValueError) as error:
        raise UsageError(f"Dask's configuration of TLS (distributed.comm.tls) cannot be used: {error}.") from None
    if encrypted and settings["ssl_context"] is None:
        needed = "distributed.comm.tls with ca-file, client.cert and client.key"
        raise UsageError(f"dask+tls:// needs Dask's configuration of TLS: {needed}.")
    if settings["require_encryption"] and not encrypted:
        raise UsageError("Dask's configuration requires encryption; name the scheduler as dask+tls://HOST:PORT.")
    return security


class Cluster:
    """See `scanner.scan.work.Pool`. A worker may begin a unit twice; the journal takes each unit once."""

    def __init__(self, client: Any, job: Job, at_once: int) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False, retries=_RETRIES)
        self._job = job
        self.at_once = at_once

    def submit(self, work: Work) -> Future[Result]:
        submitted: Future[Result] = self._executor.submit(do_remotely, self._job, work)
        return submitted

    def leave(self) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()
