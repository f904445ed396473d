"""The Azure provider. Importing this module loads no SDK; opening it does."""

from collections.abc import Mapping
from typing import Any

from scanner.providers.contract import Collector, Limits


class AzureProvider:
    """Azure of any cloud: public, China, US Government, and others by their ARM endpoint."""

    name = "azure"

    def open(self, options: Mapping[str, Any], limits: Limits) -> Collector:
        """Sign in and establish the subscriptions in scope; UsageError or CannotRunError when that fails."""
        import msgspec

        from scanner.errors import UsageError
        from scanner.providers.azure.collect import AzureCollector
        from scanner.providers.azure.session import Options, open_session

        try:
            asked = msgspec.convert(dict(options), Options)
        except msgspec.ValidationError as error:
            raise UsageError(f"An option of the Azure scan is wrong: {error}") from error
        session = open_session(asked, limits)
        try:
            return AzureCollector(session, asked)
        except BaseException:
            session.close()
            raise

    def source(self, type_: str, fact: str) -> str:
        """The call that answers `fact` for a catalog type; empty when it is not from a call."""
        from scanner.providers.azure.sources import source

        return source(type_, fact)


provider = AzureProvider()
