"""Reading one resource by id, with another api-version when Azure does not serve the catalog's in a region."""

import re

from scanner.model import GapReason
from scanner.providers.azure import armid
from scanner.providers.azure.call import Json, Reader, Tally
from scanner.providers.azure.declaration import ResourceType
from scanner.providers.azure.members import text
from scanner.providers.azure.refusal import RefusalError

_SUPPORTED = re.compile(r"supported api-versions are '([^']+)'")
_NO_SUCH_VERSION = frozenset({"noregisteredproviderfound", "unsupportedapiversion", "invalidapiversionparameter"})


def read(reader: Reader, type_: ResourceType, resource_id: str, tally: Tally) -> tuple[Json, bool]:
    """The resource, and whether a missing key block in it proves that there is none. RefusalError when not readable."""
    try:
        return _at(reader, type_, resource_id, tally, type_.api_version), True
    except RefusalError as error:
        other = _other_version(type_, error)
        if not other:
            raise
    body = _at(reader, type_, resource_id, tally, other)
    return body, bool(type_.encryption.since) and other >= type_.encryption.since


def _at(reader: Reader, type_: ResourceType, resource_id: str, tally: Tally, version: str) -> Json:
    body = reader.get(
        resource_id,
        tally,
        api_version=version,
        permission=f"{type_.type}/read",
        expand=type_.expand,
        operation=type_.operation,
    )
    if not armid.looks_like_id(text(body, "id")):
        # Every resource answers with its id; an object without one is something else, and proves nothing.
        raise RefusalError(GapReason.MALFORMED, "the answer is not a resource", operation=type_.operation)
    return body


def _other_version(type_: ResourceType, error: RefusalError) -> str:
    """The newest stable version that both Azure's message and the catalog know; empty when there is none."""
    if error.code.lower() not in _NO_SUCH_VERSION:
        return ""
    match = _SUPPORTED.search(error.message)
    offered = {version.strip() for version in match[1].split(",")} if match else set()
    newest = type_.newest or type_.api_version
    return max((one for one in offered if "preview" not in one and one <= newest), default="")
