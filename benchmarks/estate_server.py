"""An Azure of any number of subscriptions that are nowhere kept: what is in one is computed when somebody asks.

    python -m benchmarks.estate_server SUBSCRIPTIONS RESOURCES [THROTTLED]

It is the strict simulated Azure of the tests, over TLS, around an estate without contents: disks, snapshots, servers
and topics of one group in each subscription, one in a hundred in another country. One request of every THROTTLED is
refused for its rate, and the limits of Azure itself stand at a hundred times their rate: the clock of the waiting is
compressed. Prints the environment that leads a client to it, as JSON, and ends with its standard input; on SIGUSR1 it
prints its own CPU seconds and what it was asked.
"""

import json
import signal
import sys
import time
from collections import Counter
from functools import lru_cache

from scanner.demo.azure.estate import Estate, Record
from scanner.demo.azure.faults import Fault
from scanner.demo.azure.simulation import simulated_azure
from scanner.demo.azure.throttle import Limits
from scanner.demo.azure.world import About, Client, Group, Json, Resource, Subscription, Tenant, World

TYPES: dict[str, Json] = {
    "Microsoft.Compute/disks": {"encryption": {"type": "EncryptionAtRestWithPlatformKey"}},
    "Microsoft.Compute/snapshots": {"encryption": {"type": "EncryptionAtRestWithPlatformKey"}},
    "Microsoft.EventGrid/topics": {},
    "Microsoft.Devices/IotHubs": {},
    "Microsoft.DBforPostgreSQL/flexibleServers": {"backup": {"geoRedundantBackup": "Enabled"}},
}
"""Types that need no read of their own, with their properties."""
_REFUSED = 100
"""Most requests that are refused for their rate."""
_TENANT = "0a000000-0000-4000-8000-00000000000a"


class Endless(Estate):
    """An estate in which every subscription has the same number of resources, made up when asked for."""

    def __init__(self, subscriptions: int, each: int) -> None:
        tenant = Tenant(
            id=_TENANT,
            display_name="Everybody",
            domain="everybody.example",
            clients=[Client(id=f"{_TENANT[:-1]}1", object_id=f"{_TENANT[:-1]}2", secret="simulated", assertion="")],
        )
        super().__init__(
            World(
                about=About(title="An estate without end", banner="Nothing here is real."),
                tenants=[tenant],
                subscriptions=[
                    Subscription(
                        id=f"{number:08x}-0000-4000-8000-000000000000",
                        name=f"subscription {number}",
                        tenant=_TENANT,
                        groups=[Group(name="rg", location="francecentral")],
                    )
                    for number in range(subscriptions)
                ],
            )
        )
        self._each = each
        self._made = lru_cache(maxsize=64)(self._make)

    def tracked(self, subscription: str) -> list[Record]:
        return self._made(subscription.lower())

    def _make(self, subscription: str) -> list[Record]:
        return [self._record(subscription, number) for number in range(self._each)]

    def _record(self, subscription: str, number: int) -> Record:
        type_ = list(TYPES)[number % len(TYPES)]
        name, location = f"r{number:05}", "westus" if number % 100 == 99 else "francecentral"
        resource = Resource(type=type_, name=name, location=location, properties=TYPES[type_], tags={})
        return Record(
            id=f"/subscriptions/{subscription}/resourceGroups/rg/providers/{type_}/{name}",
            type=type_,
            name=name,
            subscription=self.subscriptions[subscription],
            group="rg",
            location=location,
            properties=TYPES[type_],
            resource=resource,
        )


def main() -> None:
    subscriptions, each, throttled = (int(word) for word in (*sys.argv[1:], "0")[:3])
    faster = Limits(reads_rate=2_500, reads_deep=25_000, graph_queries=1_500)
    refused = [
        Fault(do="answer", status=429, headers={"Retry-After": "0"}, skip=throttled * time_)
        for time_ in range(1, _REFUSED + 1 if throttled else 1)
    ]
    with simulated_azure(Endless(subscriptions, each), faults=refused, limits=faster) as azure:

        def tell(*_: object) -> None:
            asked = Counter(f"{entry.method} {entry.status}" for entry in azure.log.entries)
            print(json.dumps({"asked": asked, "cpu": time.process_time()}), flush=True)

        signal.signal(signal.SIGUSR1, tell)
        print(json.dumps(azure.environment), flush=True)
        sys.stdin.read()
    if azure.log.violations:
        raise SystemExit(f"not a reader: {azure.log.violations[:3]}")


if __name__ == "__main__":
    main()
