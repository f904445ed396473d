#!/usr/bin/env python3
"""Print the score of finished mutation sessions as Markdown, with every change that no test noticed.

Exit code 1 when a module's score is below LEAST, or a session is not finished.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult

LEAST = 0.85
"""Share of changes that the tests must notice in each module."""


def main(sessions: Iterable[str]) -> int:
    done: dict[str, list[tuple[WorkItem, WorkResult]]] = defaultdict(list)
    pending = 0
    for session in sessions:
        with use_db(session, WorkDB.Mode.open) as db:
            results = dict(db.results)
            for item in db.work_items:
                if item.job_id in results and results[item.job_id].worker_outcome is WorkerOutcome.SKIPPED:
                    continue
                if item.job_id in results:
                    done[str(item.mutations[0].module_path)].append((item, results[item.job_id]))
                else:
                    pending += 1
    print("| module | changes | noticed | score |")
    print("| --- | --- | --- | --- |")
    worst = 1.0
    for module, outcomes in sorted(done.items()):
        noticed = sum(result.test_outcome is not TestOutcome.SURVIVED for _, result in outcomes)
        worst = min(worst, noticed / len(outcomes))
        print(f"| `{module}` | {len(outcomes)} | {noticed} | {noticed / len(outcomes):.0%} |")
    if pending:
        print(f"\n{pending} changes were not tried.")
    for module, outcomes in sorted(done.items()):
        for item, result in outcomes:
            if result.test_outcome is TestOutcome.SURVIVED:
                change = item.mutations[0]
                name = change.operator_name.partition("/")[2]
                print(f"\nNot noticed: {Path(module)}:{change.start_pos[0]}:{change.start_pos[1] + 1} {name}")
    return 1 if pending or worst < LEAST else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
