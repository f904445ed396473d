"""In which other regions a KMS key has the same material."""

from collections.abc import Mapping
from typing import Any


def other_regions(metadata: Mapping[str, Any], region: str) -> tuple[str, ...] | None:
    """The regions beside `region`, from `KeyMetadata` of DescribeKey; None when that leaves it open."""
    if metadata.get("MultiRegion") is False:
        return ()
    configured = metadata.get("MultiRegionConfiguration") or {}
    keys = (configured.get("PrimaryKey") or {}, *(configured.get("ReplicaKeys") or ()))
    regions = {str(key.get("Region") or "") for key in keys}
    return None if "" in regions else tuple(sorted(regions - {region}))
