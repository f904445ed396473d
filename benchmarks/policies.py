"""Cost of the policy engine: `python -m benchmarks.policies [SUBJECTS]`.

Prints the time to load the shipped packs, and evaluations a second with and without the memo, over subjects with as
many different combinations of facts as an account of that size tends to have.
"""

import random
import sys
import time
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


def _subjects(count: int) -> list[Subject]:
    drawn = random.Random(1)
    return [
        Subject(
            kind="resource",
            id=f"arn:aws:s3:::bucket-{index}",
            values={name: value for name, choices in _CHOICES.items() if (value := drawn.choice(choices)) is not None},
            provenance=_provenance,
        )
        for index in range(count)
    ]


def _measure(packs: tuple[CheckedPack, ...], subjects: list[Subject], memo_entries: int) -> tuple[float, Evaluator]:
    evaluator, tally = Evaluator(packs, {}, sets(), memo_entries), Tally()
    start = time.process_time()
    for subject in subjects:
        for outcome in evaluator.evaluate(subject):
            tally.add(outcome)
    return time.process_time() - start, evaluator


def main() -> None:
    subjects = _subjects(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
    start = time.process_time()
    packs = check(read_all([shipped()]), sets())
    print(f"load {len(packs)} packs: {(time.process_time() - start) * 1e3:.0f} ms of CPU")
    for name, entries in (("with memo", 20_000), ("without", 0)):
        seconds, evaluator = _measure(packs, subjects, entries)
        hits, misses, held = evaluator.memo
        print(
            f"{name}: {(hits + misses) / seconds / 1e3:,.0f} k evaluations/s, {seconds:.2f} s for {len(subjects):,} "
            f"subjects, {hits / (hits + misses):.1%} recalled, {held:,} entries"
        )


if __name__ == "__main__":
    main()
