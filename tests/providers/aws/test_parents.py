"""What is kept of resources until what exists under them is listed."""

import pytest

from scanner.providers.aws.catalog import load
from scanner.providers.aws.expression import Document, expressions_of
from scanner.providers.aws.parents import kept, parent_members

TYPES = load().types
CHILDREN = [type_ for type_ in TYPES.values() if type_.parent]


@pytest.mark.parametrize(
    ("parent", "members"),
    [("glue.database", {"Name"}), ("lambda-web.function", {"functionName", "functionArn"}), ("ecs.cluster", None)],
)
def test_only_what_children_read_is_kept(parent: str, members: set[str] | None) -> None:
    found = parent_members(TYPES[parent], [child for child in CHILDREN if child.parent == parent])
    assert found == members
    item = {"Name": "rdv", "functionName": "f", "functionArn": "a", "Parameters": {"owner": "x"}}
    assert kept(item, found) == ({name: item[name] for name in members} if members is not None else item)


@pytest.mark.parametrize("child", CHILDREN, ids=lambda child: child.id)
def test_what_a_child_says_of_its_parent_can_be_read_from_what_is_kept(child) -> None:
    """Every member that the texts of the declaration name after `parent`, and the id."""
    parent = TYPES[child.parent]
    members = parent_members(parent, [child])
    if members is None:
        return
    item = {name: f"value of {name}" for name in members}
    assert Document({"item": item}).text(parent.fields.id)
    for text in expressions_of((child.list.params, [detail.params for detail in child.details], child.zone)):
        if text.startswith("parent."):
            assert Document({"parent": kept(item, members)}).find(text) is not None, text
