"""Sessions of the SDK that remember the names of its events from one client to the next."""

from typing import ClassVar

from botocore.hooks import EventAliaser, HierarchicalEmitter
from botocore.session import Session


class _KnownNames(EventAliaser):  # type: ignore[misc] # the SDK is untyped
    """Keeps for all clients which event is now called otherwise.

    The SDK goes through its table of old names for each event of each operation, at every client anew; over the whole
    catalog that is a tenth of a scan. The table never changes, and neither does what was found in it.
    """

    _KNOWN: ClassVar[dict[str, str]] = {}

    def __init__(self, event_emitter: object, event_aliases: object = None) -> None:
        super().__init__(event_emitter, event_aliases)
        self._alias_name_cache = self._KNOWN


def new_session(profile: str | None) -> Session:
    """A session with the SDK's own settings, for a profile or the default one."""
    emitter = HierarchicalEmitter()
    session = Session(profile=profile, event_hooks=emitter)
    session.register_component("event_emitter", _KnownNames(emitter))
    return session
