"""What a recorder of AWS Config can be believed about: its recording group, its state, and its region. Pure.

Which types can be recorded where stands in `recordable.yaml`; the rest the recorder says itself.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from scanner import strictyaml
from scanner.model import GapReason
from scanner.providers.aws.faults import Refused
from scanner.providers.aws.look.inventory import SETTLED

_FILE = Path(__file__).parent / "recordable.yaml"
_ROLE = ":role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
"""The role that AWS keeps for Config. What another role may not read is not recorded, and no state says so."""


class Recordable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of AWS's guide."""

    source: str
    as_of: str
    regions: tuple[str, ...]
    lacking: dict[str, tuple[str, ...]]
    """By CloudFormation type, the regions among `regions` where Config does not record it."""


@cache
def recordable() -> Recordable:
    """The table of `recordable.yaml`. SourceError if the file is not as declared."""
    return strictyaml.load_file(_FILE, Recordable, _FILE.name).value


def recordable_in(region: str) -> frozenset[str]:
    """CloudFormation types that Config can record in `region`, as far as the table goes."""
    table = recordable()
    if region not in table.regions:
        return frozenset()
    return frozenset(cfn for cfn, lacking in table.lacking.items() if region not in lacking)


def recorded(recorder: Mapping[str, Any], region: str) -> frozenset[str]:
    """CloudFormation types that the recorder records in `region`; none where its group is not understood.

    API reference, RecordingGroup and RecordingStrategy.
    """
    can = recordable_in(region)
    group = recorder.get("recordingGroup") or {}
    named = frozenset(group.get("resourceTypes") or ())
    excluded = frozenset((group.get("exclusionByResourceTypes") or {}).get("resourceTypes") or ())
    match (group.get("recordingStrategy") or {}).get("useOnly"):
        case "ALL_SUPPORTED_RESOURCE_TYPES":
            return can if group.get("allSupported") is True else frozenset()
        case "INCLUSION_BY_RESOURCE_TYPES":
            return can & named
        case "EXCLUSION_BY_RESOURCE_TYPES":
            # Without its list it says nothing that could be relied on.
            return can - excluded if excluded else frozenset()
        case None if group.get("allSupported") is True:
            return can
        case None if not excluded:
            return can & named
    return frozenset()


def lateness(recorder: Mapping[str, Any]) -> str:
    """By how much it may be late: what is recorded once a day is a day late."""
    mode = recorder.get("recordingMode") or {}
    modes = (mode, *(mode.get("recordingModeOverrides") or ()))
    return "a day" if any(each.get("recordingFrequency") == "DAILY" for each in modes) else "hours"


def own(recorders: Iterable[Mapping[str, Any]], region: str) -> Mapping[str, Any]:
    """The customer's recorder, of which there is at most one a region; Refused when there is none.

    What another service of AWS's records for itself does not count.
    """
    for recorder in recorders:
        if not recorder.get("servicePrincipal") and not recorder.get("connectorArn"):
            return recorder
    raise Refused(GapReason.NOT_ENABLED, f"AWS Config has no recorder in {region}")


def check_running(recorder: Mapping[str, Any], status: Mapping[str, Any] | None, region: str, now: datetime) -> None:
    """Refused unless the recorder has been recording for two days, with success and AWS's own role."""
    what = f"the recorder of AWS Config in {region}"
    if not str(recorder.get("roleARN") or "").endswith(_ROLE):
        raise Refused(GapReason.NOT_ENABLED, f"{what} has a role that may not let it see all")
    if status is None or status.get("recording") is not True:
        raise Refused(GapReason.NOT_ENABLED, f"{what} is stopped")
    if str(status.get("lastStatus") or "").casefold() != "success":
        raise Refused(
            GapReason.NOT_ENABLED, f"{what} says {status.get('lastStatus') or 'nothing'} of its last recording"
        )
    started = status.get("lastStartTime")
    if not isinstance(started, datetime) or now - started.astimezone(UTC) < SETTLED:
        raise Refused(GapReason.NOT_ENABLED, f"{what} was started less than two days ago")
