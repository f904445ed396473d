"""AWS Config as an inventory: in each region, the account's own recorder, and the counts of what it records."""

from datetime import datetime

from scanner.model import GapReason
from scanner.providers.aws.call import Client, Open
from scanner.providers.aws.faults import Refused
from scanner.providers.aws.look.asking import answer, asked, rows
from scanner.providers.aws.look.inventory import Inventory, Unseen, minute
from scanner.providers.aws.look.recorder import check_running, lateness, own, recorded

SERVICE = "config"
OPERATIONS = {
    "describe_configuration_recorders": "config:DescribeConfigurationRecorders",
    "describe_configuration_recorder_status": "config:DescribeConfigurationRecorderStatus",
    "get_discovered_resource_counts": "config:GetDiscoveredResourceCounts",
}
"""What it is asked, and the permission for it."""


def recorder(open_: Open, region: str, now: datetime) -> Inventory | Unseen:
    """What the account's recorder in `region` shows: three calls, and one more for each hundred types."""
    return asked(open_, SERVICE, region, lambda client: _shown(client, region, now))


def _shown(client: Client, region: str, now: datetime) -> Inventory:
    found = own(answer(client, "describe_configuration_recorders").get("ConfigurationRecorders") or (), region)
    states = answer(client, "describe_configuration_recorder_status").get("ConfigurationRecordersStatus") or ()
    check_running(found, next((each for each in states if each.get("name") == found.get("name")), None), region, now)
    types = recorded(found, region)
    if not types:
        raise Refused(
            GapReason.NOT_ENABLED, f"the recorder of AWS Config in {region} records no type that we can rely on"
        )
    counts = rows(client, "get_discovered_resource_counts", "resourceCounts", {}, ("nextToken", "nextToken"))
    there = {str(each.get("resourceType")): int(each.get("count") or 0) for each in counts}
    return Inventory(
        name=f"AWS Config's recorder in {region}",
        service=SERVICE,
        region=region,
        as_of=minute(now),
        covers={region: types},
        seen=frozenset((region, cfn) for cfn, count in there.items() if count),
        count=sum(there.values()),
        late=lateness(found),
    )
