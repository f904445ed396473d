"""Cost of the policy engine: `python -m benchmarks.policies [SUBJECTS] [CONTROLS]`.

Prints the time to load the shipped packs, and to evaluate resources that come account by account, as a journal gives
them. CONTROLS bounds how many of the shipped controls are asked (default: all). Subjects are made one by one; the time
for that is in the figure, and told.
"""

import random
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

from msgspec import structs

from scanner.facts.countries import sets
from scanner.model import Assurance
from scanner.policy.check import CheckedPack, check
from scanner.policy.evaluate import Evaluator
from scanner.policy.outcome import named
from scanner.policy.pack import read_all, shipped
from scanner.policy.rollup import Tally
from scanner.policy.schema import SCHEMA, Provenance
from scanner.policy.subject import Subject
from scanner.scan.lasting import lasting

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


_ACCOUNT = 334
"""Resources of an account, as in `benchmarks.fleet`."""
_KINDS = 20
"""Combinations of facts in an account. The accounts of `benchmarks.fleet` have 14, one of 3,000 resources had 26."""


def _provenance(fact: str) -> Provenance:
    declared = SCHEMA[fact].assurance if fact in SCHEMA else Assurance.PROVEN
    return Provenance(source="benchmark", assurance=declared)


def _subjects(count: int) -> Iterator[Subject]:
    drawn = random.Random(1)
    kinds: list[dict[str, Any]] = []
    for index in range(count):
        account = f"{index // _ACCOUNT:012d}"
        if index % _ACCOUNT == 0:
            kinds = [_facts(drawn, account) for _ in range(_KINDS)]
        yield Subject(
            kind="resource",
            id=f"arn:aws:s3:::bucket-{index}",
            account=account,
            values=drawn.choice(kinds),
            provenance=_provenance,
        )


def _facts(drawn: random.Random, account: str) -> dict[str, Any]:
    values = {name: value for name, choices in _CHOICES.items() if (value := drawn.choice(choices)) is not None}
    return values | ({"key.id": f"{account}/{values['key.id']}"} if values["key.id"] else {})


def _measure(evaluator: Evaluator, count: int) -> tuple[float, int]:
    """CPU seconds, and findings made."""
    tally, findings = Tally(), 0
    start = time.process_time()
    for subject in _subjects(count):
        row = evaluator.row(subject)
        tally.leave_out(row, subject)
        for finding in row.findings:
            tally.add(named(finding, subject), subject)
        findings += len(row.findings)
    for control in evaluator.controls:
        tally.rollup(control, complete=True)
    return time.process_time() - start, findings


def _first(packs: tuple[CheckedPack, ...], controls: int) -> tuple[CheckedPack, ...]:
    """So many controls about resources, of packs whose parameters all have defaults."""
    chosen: list[CheckedPack] = []
    for pack in packs:
        if all(parameter.default is not None for parameter in pack.pack.parameters.values()):
            about = tuple(one for one in pack.controls if one.control.subject == "resource")
            left = controls - sum(len(one.controls) for one in chosen)
            chosen.append(structs.replace(pack, controls=about[:left]))
    return tuple(pack for pack in chosen if pack.controls)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    start = time.process_time()
    with lasting():  # as a scan does
        packs = check(read_all([shipped()]), sets())
    print(f"load {len(packs)} packs: {(time.process_time() - start) * 1e3:.0f} ms of CPU")
    if len(sys.argv) > 2:
        packs = _first(packs, int(sys.argv[2]))
    print(f"{sum(len(pack.controls) for pack in packs)} controls of {', '.join(pack.pack.id for pack in packs)}")
    start = time.process_time()
    for _ in _subjects(count):
        pass
    making = time.process_time() - start
    evaluator = Evaluator(packs, {}, sets())
    seconds, findings = _measure(evaluator, count)
    verdicts = count * sum(control.control.subject == "resource" for control in evaluator.controls)
    hits, misses, _ = evaluator.memo
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count:,} subjects, {verdicts:,} verdicts, {findings:,} findings: {seconds:.1f} s of CPU, {making:.1f} s "
        f"of it to make the subjects; {hits + misses:,} conclusions asked for, {misses:,} computed; peak {peak:.0f} MB"
    )


if __name__ == "__main__":
    main()
