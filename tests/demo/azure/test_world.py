from pathlib import Path

import pytest

from scanner.demo.azure.estate import Estate
from scanner.demo.azure.world import Child, Resource, read_world
from scanner.errors import SourceError, UsageError
from tests.fixtures.azure import OTHER_TENANT, disks, subscription, world


def test_a_misspelt_member_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    path.write_text("about: {title: t, banner: b}\ntenants: []\nsubscriptions:\n  - {id: a, nmae: b, tenant: c}\n")
    with pytest.raises(SourceError, match=r"w\.yaml:4"):
        read_world(path)


@pytest.mark.parametrize(
    "resource",
    [
        Resource(type="Microsoft.Compute/things", name="a", location="francecentral"),
        Resource(type="Microsoft.Sql/servers/databases", name="a", location="francecentral"),
        disks(1)[0],
    ],
)
def test_an_unknown_type_a_short_name_and_a_double_are_refused(resource: Resource) -> None:
    with pytest.raises(UsageError):
        Estate(world(subscription(resource, *disks(1))))


def test_an_unknown_child_and_an_unknown_tenant_are_refused() -> None:
    parent = Resource(type="Microsoft.Sql/servers", name="a", location="x", children=[Child(type="nothing", name="b")])
    with pytest.raises(UsageError, match=r"Microsoft\.Sql/servers/nothing"):
        Estate(world(subscription(parent)))
    with pytest.raises(UsageError, match="tenant"):
        Estate(world(subscription(tenant_id=OTHER_TENANT)))
