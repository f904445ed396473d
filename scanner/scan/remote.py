"""The worker's side of a cluster: open the scope once a process, then do the units that come."""

import threading
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from scanner import __version__
from scanner.errors import CannotRunError
from scanner.providers.contract import Collector, Limits
from scanner.providers.plugins import load_provider
from scanner.scan.work import Result, Work, do


class Job(Struct, frozen=True, kw_only=True):
    """What the units of one scan have in common. It names profiles and roles and holds nothing that signs in."""

    provider: str
    options: str
    """JSON."""
    limits: Limits
    accounts: tuple[str, ...]
    partition: str
    plugins: bool
    version: str

    @classmethod
    def of(
        cls, provider: str, options: Mapping[str, Any], limits: Limits, scope: Mapping[str, Any], *, plugins: bool
    ) -> "Job":
        return cls(
            provider=provider,
            options=msgspec.json.encode(options, order="sorted").decode(),
            limits=limits,
            accounts=tuple(scope["accounts"]),
            partition=str(scope["partition"]),
            plugins=plugins,
            version=__version__,
        )


_OPENED: dict[Job, Collector] = {}
_OPENING = threading.Lock()


def do_remotely(job: Job, work: Work) -> Result:
    """Do one piece of work in this process; CannotRunError when it is of another version or another identity."""
    return do(_opened(job), work)


def _opened(job: Job) -> Collector:
    if job.version != __version__:
        raise CannotRunError(f"This worker has lexloci {__version__}, the scan is by {job.version}.")
    with _OPENING:
        if job not in _OPENED:
            provider, _ = load_provider(job.provider, plugins=job.plugins)
            collector = provider.open(msgspec.json.decode(job.options), job.limits)
            accounts = tuple(collector.scope["accounts"])
            if (accounts, str(collector.scope["partition"])) != (job.accounts, job.partition):
                collector.close()
                raise CannotRunError(
                    "This worker's credentials reach other accounts than those of the scan: "
                    f"{', '.join(accounts[:3]) or 'none'}."
                )
            _OPENED[job] = collector
        return _OPENED[job]
