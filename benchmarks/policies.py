"""Cost of the policy engine: `python -m benchmarks.policies [SUBJECTS] [CONTROLS]`.

Prints the time to load the shipped packs, and evaluations a second with and without the memo, over subjects with as
many different combinations of facts as an account of that size tends to have. CONTROLS bounds how many of the shipped
controls are asked (default: all). Subjects are made one by one; making them is timed apart, and taken off.
"""

import random
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

from scanner.facts.countries import sets
from scanner.policy.check import CheckedPack, check
from scanner.policy.evaluate import Evaluator
from scanner.policy.pack import read_all, shipped
from scanner.policy.rollup import Tally
from scanner.policy.schema import SCHEMA, Provenance
from scanner.policy.subject import Subject

_CHOICES: dict[str, list[Any]] = {
    "resource.is_store": [True, True, False],
    "resource.holds": ["content", "derived", "log", "processing"],
    "resource.category": ["object", "database", "backup"],
    "resource.provider_sees_plaintext": [True],
    "location.country": ["FR", "DE", "IE", "US", None],
    "operator.id": ["aws-emea"],
    "operator.parent_country": ["US"],
    "operator.exposure": [[{"law": "cloud_act", "via": "parent", "strength": "established"}]],
    "operator.certifications": [[{"scheme": "HDS", "status": "certified", "confirmed": "true"}]],
    "data.health": ["no_signal"] * 6 + ["possible", "likely", "declared", None],
    "data.classification": ["", "internal", "health", None],
    "data.declared_none": [False],
    "data.signals": [[], [{"family": "name", "strength": "strong", "rule": "patient"}]],
    "data.content_examined": [False],
    "encryption.at_rest": [True, True, False],
    "key.id": ["", "key-1", "key-2", "key-3"],
    "key.custody": ["provider_shared", "provider_managed", "customer_managed_in_provider_kms", None],
    "key.replicas": [[], [], [{"region": "us-east-1", "country": "US"}]],
    "alongside.operator": [True],
    "alongside.exposure": [True],
    "copies": [[], [], [], [{"country": "FR", "direction": "out"}], [{"country": "US", "direction": "out"}, {}]],
    "egress": [[], [], [], [{"kind": "http", "country": "US", "parent_country": "US"}]],
    "retention.limited": [True, False, None],
    "retention.days": [30, 90, 365],
}


def _provenance(fact: str) -> Provenance:
    return Provenance(source="benchmark", assurance=SCHEMA[fact].assurance)


def _subjects(count: int) -> Iterator[Subject]:
    drawn = random.Random(1)
    for index in range(count):
        yield Subject(
            kind="resource",
            id=f"arn:aws:s3:::bucket-{index}",
            values={name: value for name, choices in _CHOICES.items() if (value := drawn.choice(choices)) is not None},
            provenance=_provenance,
        )


def _measure(packs: tuple[CheckedPack, ...], count: int, memo_entries: int) -> tuple[float, Evaluator]:
    evaluator, tally = Evaluator(packs, {}, sets(), memo_entries), Tally()
    start = time.process_time()
    for subject in _subjects(count):
        for outcome in evaluator.evaluate(subject):
            tally.add(outcome, subject)
    return time.process_time() - start, evaluator


def _first(packs: tuple[CheckedPack, ...], controls: int) -> tuple[CheckedPack, ...]:
    """As many whole packs as come to about that many controls, those without parameters that must be set first."""
    chosen: list[CheckedPack] = []
    for pack in sorted(
        packs, key=lambda one: (any(p.default is None for p in one.pack.parameters.values()), one.pack.id)
    ):
        if sum(len(one.controls) for one in chosen) + len(pack.controls) <= controls:
            chosen.append(pack)
    return tuple(chosen)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    start = time.process_time()
    packs = check(read_all([shipped()]), sets())
    print(f"load {len(packs)} packs: {(time.process_time() - start) * 1e3:.0f} ms of CPU")
    if len(sys.argv) > 2:
        packs = _first(packs, int(sys.argv[2]))
    print(f"{sum(len(pack.controls) for pack in packs)} controls of {', '.join(pack.pack.id for pack in packs)}")
    start = time.process_time()
    for _ in _subjects(count):
        pass
    making = time.process_time() - start
    for name, entries in (("with memo", 20_000), ("without", 0)):
        if not entries and count > 100_000:
            continue
        seconds, evaluator = _measure(packs, count, entries)
        seconds -= making
        hits, misses, held = evaluator.memo
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{name}: {(hits + misses) / seconds / 1e3:,.0f} k evaluations/s, {seconds:.2f} s of CPU for {count:,} "
            f"subjects, {hits / (hits + misses):.1%} recalled, {held:,} entries, peak {peak:.0f} MB"
        )


if __name__ == "__main__":
    main()
