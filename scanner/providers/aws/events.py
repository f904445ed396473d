"""Sessions of the SDK that remember the names of its events from one client to the next."""

from copy import copy
from functools import cache
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
    # Its own handlers are copied, as it does for each client: registering them takes twelve times as long.
    emitter = copy(_with_own_handlers())
    session = Session(profile=profile, event_hooks=emitter, include_builtin_handlers=False)
    session.register_component("event_emitter", _KnownNames(emitter))
    return session


@cache
def _with_own_handlers() -> HierarchicalEmitter:
    """An emitter with the handlers that the SDK registers for every session. Nothing else is registered on it."""
    emitter = HierarchicalEmitter()
    Session(event_hooks=emitter)
    return emitter
