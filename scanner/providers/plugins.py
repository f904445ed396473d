"""Which code besides our own a scan loads. It runs with the scan's credentials, so it is named and can be refused."""

from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.providers.contract import Provider

GROUP = "lexloci.providers"
OWN = "lexloci"


def registered() -> dict[str, str]:
    """What installed packages besides lexloci say of their providers, by name: `lexloci-example 1.0`. Imports none."""
    strangers = [entry for entry in entry_points(group=GROUP) if _package(entry) != OWN]
    return {entry.name: _package_and_version(entry) for entry in sorted(strangers, key=_described)}


def load_provider(name: str, *, plugins: bool = True) -> "tuple[Provider, str]":
    """The provider registered as `name`, and what it is: `aws: scanner.providers.aws:provider (lexloci 1.0)`.

    UsageError when there is none, when two packages claim the name, or when it is not our own and `plugins` is false.
    """
    found = sorted(entry_points(group=GROUP), key=_described)
    ours = [entry for entry in found if plugins or _package(entry) == OWN]
    named = [entry for entry in ours if entry.name == name]
    if not named:
        refused = [entry for entry in found if entry.name == name]
        if refused:
            raise UsageError(f"The provider '{name}' is a plugin ({_described(refused[0])}), and --no-plugins is set.")
        known = ", ".join(sorted({entry.name for entry in ours})) or "none"
        raise UsageError(f"There is no provider '{name}'; installed: {known}.")
    if len(named) > 1:
        claims = " and ".join(_described(entry) for entry in named)
        raise UsageError(f"The provider '{name}' is registered twice: {claims}. Uninstall one, or use --no-plugins.")
    provider: Provider = named[0].load()
    return provider, _described(named[0])


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else ""


def _package_and_version(entry: EntryPoint) -> str:
    version = entry.dist.version if entry.dist is not None else "?"
    return f"{_package(entry) or 'unknown package'} {version}"


def _described(entry: EntryPoint) -> str:
    return f"{entry.name}: {entry.value} ({_package_and_version(entry)})"
