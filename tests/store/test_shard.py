import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import UsageError
from scanner.store.shard import Shard, parse
from tests import samples


@given(service=st.text(min_size=1, max_size=30), of=st.integers(1, 50))
def test_every_unit_belongs_to_exactly_one_shard(service: str, of: int) -> None:
    unit = samples.unit(service)
    assert sum(Shard(index, of).holds(unit) for index in range(1, of + 1)) == 1


def test_the_division_is_the_same_everywhere() -> None:
    """A change here would make shards of two versions overlap and leave out units."""
    services = ("s3", "sqs", "kms", "rds", "ec2", "logs", "sns", "dynamodb")
    assert [next(i for i in range(1, 5) if Shard(i, 4).holds(samples.unit(s))) for s in services] == [
        4,
        2,
        3,
        1,
        2,
        3,
        3,
        4,
    ]


def test_shards_are_of_about_the_same_size() -> None:
    units = [samples.unit(f"service-{i}", f"region-{j}") for i in range(60) for j in range(40)]
    sizes = [sum(Shard(index, 4).holds(unit) for unit in units) for index in range(1, 5)]
    assert sum(sizes) == 2400
    assert all(540 <= size <= 660 for size in sizes)


@given(accounts=st.lists(st.text(), unique=True), of=st.integers(1, 50))
def test_every_account_belongs_to_exactly_one_shard_and_shards_differ_by_one_account(
    accounts: list[str], of: int
) -> None:
    shares = [Shard(index, of).share(accounts) for index in range(1, of + 1)]
    assert sorted(account for share in shares for account in share) == sorted(accounts)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize("word", ["", "1", "0/2", "3/2", "1/0", "1/2/3", "a/b", "-1/2", "1 / 2"])
def test_what_is_no_shard_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="--shard takes i/n"):
        parse(word)


def test_a_shard_is_written_as_it_is_read() -> None:
    assert str(parse("2/4")) == "2/4"
