"""One answer about several resources: each gets its own part, whatever the order, and a missing one is no empty one."""

from typing import Any

from scanner.model import GapReason
from scanner.providers.aws.batch import merged, shares
from scanner.providers.aws.catalog import load
from scanner.providers.aws.faults import Refused

PROJECT = load().types["codebuild.project"]


def requests(*names: str) -> list[dict[str, Any]]:
    return [{"names": [name]} for name in names]


def projects(answer: dict[str, Any], *names: str) -> list[Any]:
    """The project in each share, or the reason why there is none."""
    found = shares(answer, requests(*names), "project", PROJECT)
    return [share.reason if isinstance(share, Refused) else share["projects"] for share in found]


def test_the_lists_of_ids_become_one_and_what_all_have_in_common_stays() -> None:
    cluster = {"include": ["TAGS"]}
    asked = [{"services": ["a"], "cluster": "c", **cluster}, {"services": ["b"], "cluster": "c", **cluster}]
    assert merged(asked) == {"services": ["a", "b"], "cluster": "c", "include": ["TAGS"]}


def test_an_answer_in_another_order_is_shared_out_by_id() -> None:
    answer = {"projects": [{"name": "b", "arn": "2"}, {"name": "a", "arn": "1"}]}
    assert projects(answer, "a", "b") == [[{"name": "a", "arn": "1"}], [{"name": "b", "arn": "2"}]]


def test_a_resource_that_is_left_out_is_gone_and_not_without_settings() -> None:
    answer = {"projects": [{"name": "a"}], "projectsNotFound": ["b"]}
    assert projects(answer, "a", "b") == [[{"name": "a"}], GapReason.GONE]


def test_an_empty_answer_means_that_all_are_gone() -> None:
    assert projects({"projects": []}, "a", "b") == [GapReason.GONE, GapReason.GONE]


def test_a_description_that_names_another_resource_does_not_mislead() -> None:
    answer = {"projects": [{"description": "b", "name": "a"}, {"description": "", "name": "b"}]}
    assert projects(answer, "a", "b") == [
        [{"description": "b", "name": "a"}],
        [{"description": "", "name": "b"}],
    ]


def test_elements_without_any_of_the_ids_are_malformed() -> None:
    answer = {"projects": [{"name": "x"}, {"name": "y"}]}
    assert projects(answer, "a", "b") == [GapReason.MALFORMED, GapReason.MALFORMED]


def test_two_elements_of_one_id_are_malformed() -> None:
    answer = {"projects": [{"name": "a"}, {"name": "a"}]}
    assert projects(answer, "a", "b") == [GapReason.MALFORMED, GapReason.MALFORMED]
