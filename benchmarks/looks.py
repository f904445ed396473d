"""What the sources of a first look answer about the account of a benchmark: old enough, its types everywhere.

The index of Resource Explorer takes in every type of the catalog that CloudFormation names, which AWS's own does not.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from scanner.demo.aws.process import ACCOUNT, SimulatedAws
from scanner.providers.aws.catalog import load

_LONG_AGO = (datetime.now(UTC) - timedelta(days=30)).isoformat()


def _explorer(aws: SimulatedAws, regions: Sequence[str], shown: Sequence[str]) -> None:
    home, service = regions[0], "resource-explorer-2"
    arn = f"arn:aws:{service}:{home}:{ACCOUNT}"
    index, view = f"{arn}:index/benchmark", f"{arn}:view/all/benchmark"
    aws.given(service, "ListIndexes", {"Indexes": [{"Region": home, "Arn": index, "Type": "AGGREGATOR"}]})
    aws.given(
        service,
        "GetIndex",
        {
            "Arn": index,
            "Type": "AGGREGATOR",
            "State": "ACTIVE",
            "ReplicatingFrom": list(regions[1:]),
            "CreatedAt": _LONG_AGO,
        },
    )
    aws.given(service, "GetDefaultView", {"ViewArn": view})
    aws.given(service, "GetView", {"View": {"ViewArn": view, "Filters": {"FilterString": ""}}})
    names = sorted({type_.cfn for type_ in load().types.values() if type_.cfn})
    aws.given(
        service,
        "ListSupportedResourceTypes",
        {"ResourceTypes": [{"ResourceType": name, "CFNResourceTypes": [name]} for name in names]},
    )
    there = [
        {"Arn": f"{arn}:{name}", "OwningAccountId": ACCOUNT, "Region": region, "CfnResourceType": name}
        for name in shown
        for region in regions
    ]
    aws.given(service, "ListResources", {"Resources": there, "ViewArn": view})


def _config(aws: SimulatedAws, _regions: Sequence[str], shown: Sequence[str]) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    group = {"allSupported": True, "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}}
    recorder = {
        "name": "default",
        "roleARN": role,
        "recordingGroup": group,
        "recordingMode": {"recordingFrequency": "CONTINUOUS"},
    }
    status = {"name": "default", "recording": True, "lastStatus": "SUCCESS", "lastStartTime": _LONG_AGO}
    counts = [{"resourceType": name, "count": 1} for name in shown]
    aws.given("config", "DescribeConfigurationRecorders", {"ConfigurationRecorders": [recorder]})
    aws.given("config", "DescribeConfigurationRecorderStatus", {"ConfigurationRecordersStatus": [status]})
    aws.given(
        "config", "GetDiscoveredResourceCounts", {"totalDiscoveredResources": len(shown), "resourceCounts": counts}
    )


LOOKS: Mapping[str, Callable[[SimulatedAws, Sequence[str], Sequence[str]], None]] = {
    "resource-explorer": _explorer,
    "config": _config,
}
"""By the name that `--first-look-by` has for it; given the regions, and CloudFormation's names of the types to show."""
