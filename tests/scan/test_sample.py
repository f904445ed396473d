"""A budget shared out: never exceeded, the same every time, and excerpts that become signs and nothing else."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import EncryptionState, GapReason, Holds, KeyOwner, ObservedEncryption, ObservedResource
from scanner.model.gap import Gap
from scanner.model.sample import Sample, Sampled
from scanner.providers.sampling import Excerpt, spread
from scanner.scan.sample import LEAST, MOST, OBJECTS, beyond, looked_at, sampling_of, shares


def store(name: str) -> ObservedResource:
    return ObservedResource(
        id=f"arn:aws:s3:::{name}",
        type="s3.bucket",
        provider="aws",
        partition="aws",
        account="123456789012",
        region="eu-west-3",
        name=name,
        category="object",
        holds=Holds.CONTENT,
        encryption=ObservedEncryption(state=EncryptionState.ENCRYPTED, owner=KeyOwner.PROVIDER_SHARED),
    )


@given(st.integers(0, 10**9), st.integers(0, 60))
def test_shares_never_add_up_to_more_than_the_budget_and_leave_no_store_out(budget: int, count: int) -> None:
    stores = [store(f"b{index}") for index in range(count)]
    given_, left = shares(stores, budget)
    assert sum(share.objects * share.bytes for share in given_) <= budget
    assert sorted([*(share.resource for share in given_), *(one.id for one in left)]) == sorted(
        one.id for one in stores
    )
    assert all(1 <= share.objects <= OBJECTS and LEAST <= share.bytes <= MOST for share in given_)
    assert len({(share.objects, share.bytes) for share in given_}) <= 1
    assert not left or budget < LEAST * count
    assert shares(stores[::-1], budget) == (given_, left)


def test_a_large_budget_gives_each_store_the_most_and_no_more() -> None:
    (share,), left = shares([store("one")], 10**12)
    assert (share.objects, share.bytes, left) == (OBJECTS, MOST, [])


@given(st.integers(0, 40), st.integers(1, 10))
def test_objects_are_picked_over_the_whole_page(count: int, most: int) -> None:
    names = [f"{index:03}" for index in range(count)]
    found = spread(names, most)
    assert len(found) == min(count, most)
    assert found == sorted(set(found))
    assert count <= most or (found[0] == "000" and int(found[-1]) >= count - -(-count // most) - 1)


def test_excerpts_become_signs_and_are_gone() -> None:
    records = [
        Excerpt(b"\0" * 128 + b"DICM"),
        Excerpt(b"plain"),
        Excerpt(bytes(range(256)) * 4),
        Excerpt(b"\0" * 128 + b"DICM"),
        Sampled(resource="r", sample=Sample(objects=4, bytes=9, opaque=0)),
    ]
    assert list(looked_at(records)) == [
        Sampled(resource="r", sample=Sample(objects=4, bytes=9, opaque=1), signs={"content.dicom": 2})
    ]


def test_an_excerpt_does_not_print_and_does_not_travel() -> None:
    one = Excerpt(b"Erika Muster")
    assert "Erika" not in f"{one!r} {one} {[one]}"
    with pytest.raises(TypeError, match="stays in the process"):
        pickle.dumps(one)


def test_the_figures_of_a_scan_add_up() -> None:
    denied = Gap(fact="sample", reason=GapReason.DENIED)
    samples = [
        Sampled(resource="a", sample=Sample(objects=3, bytes=100, opaque=1), signs={"content.dicom": 1}),
        Sampled(resource="b", sample=Sample(objects=1, bytes=10, opaque=0), gaps=(denied,)),
        Sampled(resource="c", sample=Sample(objects=0, bytes=0, opaque=0), gaps=(denied,)),
        Sampled(resource="d", sample=None),
        Sampled(resource="e", sample=None, gaps=(beyond(5000),)),
        Sampled(resource="f", sample=None, gaps=(denied,)),
    ]
    found = sampling_of(samples, {"sample": 5000})
    assert found is not None
    assert (found.stores, found.sampled, found.already_known, found.beyond_budget, found.not_read) == (6, 2, 1, 1, 2)
    assert (found.bytes, found.objects, found.opaque, found.with_signs, found.budget) == (110, 4, 1, 1, 5000)
    assert sampling_of(samples, {}) is None
