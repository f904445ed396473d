"""Credentials that are revoked while a scan runs. AWS answers then as a region does that is not enabled."""

from pathlib import Path

import pytest

from tests.fixtures.aws import Aws
from tests.scenarios.test_sampling import scanned


@pytest.mark.parametrize("after", [0, 1])
def test_what_was_not_read_with_revoked_credentials_is_not_a_closed_region(
    aws: Aws, tmp_path: Path, after: int
) -> None:
    aws.client("sns").create_topic(Name="dossiers-patients")
    aws.faults({"fault": "region_disabled", "service": "sns", "after": after})
    code, found = scanned(aws, tmp_path, "--services", "sns")
    assert code in (1, 3) and found["scan"]["complete"] is False
    assert found["summary"]["verdict"] != "nothing_found"
    lost = [row for row in found["coverage"] if row["state"] != "complete"]
    assert lost and {row["state"] for row in lost} <= {"failed", "partial"}
    assert all("revoked" in row["reason"] for row in lost)
