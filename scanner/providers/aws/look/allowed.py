"""What the sources of a first look are asked, and the permission for each: for the guard and for the IAM policies."""

from collections.abc import Mapping

from scanner.providers.aws.look import config, explorer
from scanner.providers.aws.look.first import CONFIG, EXPLORER
from scanner.providers.aws.tagging import CALL as TAGGING

_ASKED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    EXPLORER: (explorer.SERVICE, explorer.OPERATIONS),
    CONFIG: (config.SERVICE, config.OPERATIONS),
}

OPERATIONS: dict[tuple[str, str], str] = {
    (service, op): permission for service, asked in _ASKED.values() for op, permission in asked.items()
}
"""Service and method, and the IAM action that allows it. What a scan without a first look does not need."""

BY_SOURCE: dict[str, tuple[str, ...]] = {
    **{source: tuple(sorted(asked.values())) for source, (_, asked) in _ASKED.items()},
    "tags": (TAGGING.permission,),
}
"""The IAM actions that each source of a first look needs; tags are asked for with any of them."""
