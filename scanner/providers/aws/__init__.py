"""AWS. Everything that talks to it is in this room; the SDK is imported when a scope is opened, not before."""

from collections.abc import Mapping
from typing import Any

from scanner.providers.contract import Collector, Limits


class _Aws:
    name = "aws"

    def open(self, options: Mapping[str, Any], limits: Limits) -> Collector:
        if options.get("organization") or options.get("accounts"):
            from scanner.providers.aws.fleet import open_fleet

            return open_fleet(options, limits)
        from scanner.providers.aws.collector import open_collector

        return open_collector(options, limits)

    def source(self, type_: str, fact: str) -> str:
        from scanner.providers.aws.sources import source

        return source(type_, fact)


provider = _Aws()
