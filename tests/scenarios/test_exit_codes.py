"""When several things are true of one run, the exit code is that of the first of 2, 4, 1, 3, 0."""

import json
from pathlib import Path

import pytest

from tests.cli.scanning import day
from tests.fixtures.aws import Aws
from tests.policy.making import condition, control, pack_text
from tests.scenarios.test_installed_command import run

FULL = "/dev/full"
OTHER = "111122223333"
PACKS = {
    "passes": pack_text(control(assert_=condition("here", "location.country == 'FR'"))),
    "fails": pack_text(control(assert_=condition("there", "location.country == 'US'"))),
    "broken": pack_text(control(assert_=condition("here", "locaton.country == 'FR'"))),
}
LAPSED = {
    "waivers": [
        {"control": "T-1", "resource": "arn:aws:sqs:*", "reason": "r", "owner": "o", "expires": day(-1)},
    ]
}

CODES = {
    "passes": 0,
    "violation": 1,
    "wrong pack": 2,
    "lapsed waiver, strictly": 2,
    "not all read": 3,
    "nothing read": 3,
    "report without room": 4,
    "no credentials": 4,
}
"""What can be true of a run, and the code that it asks for."""

TOGETHER = [
    ("passes",),
    ("violation",),
    ("wrong pack",),
    ("not all read",),
    ("nothing read",),
    ("report without room",),
    ("no credentials",),
    ("violation", "not all read"),
    ("violation", "report without room"),
    ("violation", "lapsed waiver, strictly"),
    ("not all read", "report without room"),
    ("not all read", "lapsed waiver, strictly"),
    ("nothing read", "report without room"),
    ("nothing read", "lapsed waiver, strictly"),
    ("report without room", "lapsed waiver, strictly"),
    ("violation", "not all read", "report without room", "lapsed waiver, strictly"),
    ("wrong pack", "report without room"),
    ("wrong pack", "no credentials"),
    ("no credentials", "report without room"),
]
FIRST = (2, 4, 1, 3, 0)


@pytest.fixture
def account(aws: Aws, tmp_path: Path) -> Aws:
    """A queue in Paris, packs that it passes and fails, and a waiver that has ended."""
    aws.client("sqs").create_queue(QueueName="rappels")
    aws.freeze()
    for name, text in PACKS.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "waivers.yaml").write_text(json.dumps(LAPSED), encoding="utf-8")
    return aws


def arguments(true: tuple[str, ...], folder: Path) -> list[str]:
    pack = "broken" if "wrong pack" in true else "fails" if "violation" in true else "passes"
    words = ["--services", "sqs,sns", "--policy", str(folder / f"{pack}.yaml")]
    if "report without room" in true:
        words += ["-o", f"jsonl={FULL}"]
    words += ["-o", "json=-"]
    if "lapsed waiver, strictly" in true:
        words += ["--waivers", str(folder / "waivers.yaml"), "--strict-waivers"]
    return words


@pytest.mark.parametrize("true", TOGETHER, ids=" + ".join)
def test_the_first_in_order_counts(account: Aws, tmp_path: Path, true: tuple[str, ...]) -> None:
    if "not all read" in true:
        account.faults({"fault": "denied", "service": "sns"})
    if "nothing read" in true:
        account.faults({"fault": "denied", "service": "sns"}, {"fault": "denied", "service": "sqs"})
    signed_out = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    changes = signed_out if "no credentials" in true else {}
    done = run(account, *arguments(true, tmp_path), XDG_STATE_HOME=str(tmp_path), **changes)
    assert "Traceback" not in done.stderr
    assert done.returncode == min((CODES[one] for one in true), key=FIRST.index), done.stderr
    scanned = not {"wrong pack", "no credentials"} & set(true)
    assert bool(done.stdout) is scanned
    if scanned:
        statuses = json.loads(done.stdout)["summary"]["statuses"]
        assert bool(statuses["fail"]) is ("violation" in true)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ((), 1),
        (("--fail-on", "critical"), 0),
        (("--fail-on", "none"), 0),
        (("--waivers", "{folder}/in_force.yaml"), 0),
        (("--waivers", "{folder}/in_force.yaml", "--strict-waivers"), 0),
    ],
)
@pytest.mark.parametrize("read", ["all", "not all", "not all, and said to be enough"])
def test_a_violation_that_does_not_count_leaves_what_is_not_known(
    account: Aws, tmp_path: Path, more: tuple[str, ...], code: int, read: str
) -> None:
    waived = {"waivers": [{**LAPSED["waivers"][0], "resource": "*", "expires": day(100)}]}
    (tmp_path / "in_force.yaml").write_text(json.dumps(waived), encoding="utf-8")
    words = [word.format(folder=tmp_path) for word in more]
    if read != "all":
        account.faults({"fault": "denied", "service": "sns"})
    if read.endswith("enough"):
        words.append("--allow-incomplete")
    done = run(account, *arguments(("violation",), tmp_path), *words, XDG_STATE_HOME=str(tmp_path))
    assert json.loads(done.stdout)["summary"]["statuses"]["fail"] == 1
    assert done.returncode == (3 if code == 0 and read == "not all" else code)


def test_an_account_that_cannot_be_entered_is_not_known_and_a_role_that_cannot_is_no_run(
    account: Aws, tmp_path: Path
) -> None:
    """An account of several is a row of the coverage; the only one that was asked for is the end of the run."""
    account.faults({"fault": "denied", "service": "sts", "operation": "AssumeRole"})
    passing, failing = (arguments(true, tmp_path) for true in (("passes",), ("violation",)))
    codes = []
    for words in (
        (*passing, "--accounts", OTHER),
        (*passing, "--role-arn", f"arn:aws:iam::{OTHER}:role/lecture"),
        (*failing, "--role-arn", f"arn:aws:iam::{OTHER}:role/lecture"),
    ):
        done = run(account, *words, XDG_STATE_HOME=str(tmp_path))
        codes.append(done.returncode)
        if done.stdout:
            (row,) = json.loads(done.stdout)["coverage"]
            assert (row["account"], row["state"], row["permission"]) == (OTHER, "denied", "sts:AssumeRole")
    assert codes == [3, 4, 4]
