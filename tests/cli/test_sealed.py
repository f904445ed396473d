"""A scan that is sealed by the installed command, and what can be done with it afterwards, without any cloud."""

import json
import resource
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.command import LEXLOCI, lexloci
from tests.cli.scanning import Command
from tests.fixtures.aws import REGION, Aws
from tests.store.sealing import content, keys


@pytest.fixture
def command(aws: Aws, tmp_path: Path) -> Command:
    """Two buckets with health data under the provider's own key."""
    s3 = aws.client("s3")
    for name in ("rdv-patients", "dossiers-patients"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "data-classification", "Value": "sante"}]})
    aws.freeze()
    return Command(aws, tmp_path)


def test_one_scan_is_sealed_signed_checked_and_read_by_every_command(command: Command) -> None:
    folder, document = command.folder / "scan", command.folder / "scan.json"
    private, public = keys(command.folder)
    done = command.run("-o", f"sealed={folder}", "-o", f"json={document}", "--sign-key", str(private))
    assert done.returncode == 1, done.stderr

    checked = lexloci("verify", str(folder), "--key", str(public))
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "signed with the given key" in checked.stdout
    assert lexloci("verify", str(folder), "--key", str(keys(command.folder, "other")[1])).returncode == 1

    for format_ in ("table", "sarif"):
        again = [lexloci("report", str(scan), "--format", format_) for scan in (folder, document)]
        assert [each.returncode for each in again] == [0, 0], again[0].stderr
        assert again[0].stdout == again[1].stdout
    assert lexloci("report", str(folder), "--format", "json").stdout == document.read_text()

    finding = json.loads(document.read_text())["findings"][-1]["id"]
    for arguments in (
        ["explain", finding],
        ["exposure", "--law", "us-cloud-act"],
        ["claims", "check", "doctolib-2021"],
        ["permissions", "aws"],
    ):
        told = [lexloci(*arguments, "--from", str(scan)) for scan in (folder, document)]
        assert told[0].stdout and told[0].stdout == told[1].stdout, told[0].stderr
        assert told[0].returncode == told[1].returncode

    sealed_again = lexloci("report", str(document), "-o", f"sealed={command.folder / 'again'}")
    assert sealed_again.returncode == 0
    signed = content(folder)
    del signed["manifest.dsse.json"]
    assert content(command.folder / "again") == signed

    code, after, _ = command.document("--baseline", str(folder))
    assert code == 3 and after["summary"]["baseline"]["gone"] == 0


def test_a_broken_seal_names_its_file_and_ends_with_one(command: Command) -> None:
    folder = command.folder / "scan"
    command.run("-o", f"sealed={folder}")
    path = folder / "shards/findings/000001.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-1])
    checked = lexloci("verify", str(folder))
    assert (checked.returncode, checked.stdout) == (1, "")
    assert f"{path} has" in checked.stderr and "it was cut" in checked.stderr

    report = command.folder / "report.json"
    report.write_text("the last good one")
    rendered = lexloci("report", str(folder), "-o", f"json={report}")
    assert rendered.returncode == 2 and str(path) in rendered.stderr
    assert report.read_text() == "the last good one"
    assert [name for name in command.folder.iterdir() if name.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-o", "sealed="], "-o sealed=FOLDER"),
        (["-o", "sealed=-"], "-o sealed=FOLDER"),
        (["--format", "sealed"], "is not one of"),
        (["-o", "sealed=mine"], "mine is a folder that holds something else"),
        (["-o", "sealed=file"], "file is a file"),
        (["-o", "json=mine"], "mine is a folder"),
        (["--sign-key", "file"], "add -o sealed=FOLDER"),
        (["-o", "sealed=new", "--sign-key", "file"], "file holds no private key"),
        (["-o", "sealed=new", "--sign-key", "none"], "none cannot be read"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_sealed_is_refused_before_the_first_call(aws: Aws, tmp_path, arguments, told) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("mine")
    (tmp_path / "file").write_text("mine")
    done = Command(aws, tmp_path).run(*arguments)
    assert done.returncode == 2 and told in done.stderr
    assert aws.asked() == set()
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("arguments", [["verify", "."], ["verify", "none"], ["report", "."], ["report", "none"]])
def test_what_is_no_sealed_scan_is_a_wrong_request(tmp_path, monkeypatch, arguments) -> None:
    monkeypatch.chdir(tmp_path)
    done = lexloci(*arguments)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("lexloci: ")


def _room_for(size: int):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("format_", ["sealed", "html"])
def test_a_disk_that_fills_leaves_the_last_good_report(command: Command, format_: str) -> None:
    outputs = ["-o", f"{format_}={command.folder / 'report'}"]
    document = command.folder / "scan.json"
    command.run("-o", f"json={document}")
    assert lexloci("report", str(document), *outputs).returncode == 0
    before = content(command.folder)
    done = subprocess.run(
        [LEXLOCI, "report", document, *outputs],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_room_for(2_000),
    )
    assert done.returncode == 4 and "cannot be written: File too large" in done.stderr
    assert content(command.folder) == before


def test_a_reader_that_has_seen_enough_ends_a_report_quietly(command: Command) -> None:
    folder = command.folder / "scan"
    command.run("-o", f"sealed={folder}")
    with subprocess.Popen(
        [LEXLOCI, "report", folder, "--format", "jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as reporting:
        assert reporting.stdout is not None and reporting.stderr is not None
        assert reporting.stdout.read(10) == b'{"record":'
        reporting.stdout.close()
        assert reporting.stderr.read() == b""
    assert reporting.returncode == 0


def test_two_nights_are_compared_and_told_as_a_history(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    nights = command.folder / "nights"
    nights.mkdir()
    # Both scans fit into one second of the real clock, and of one second a history knows no order.
    tonight = int(time.time())
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(tonight - 24 * 3600))
    command.run("--reproducible", "-o", f"sealed={nights / 'first'}")
    command.aws.faults({"fault": "denied", "service": "s3", "operation": "GetBucketEncryption"})
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(tonight))
    command.run("--reproducible", "-o", f"sealed={nights / 'second'}")

    compared = lexloci("diff", str(nights / "first"), str(nights / "second"))
    assert compared.returncode == 3, compared.stdout + compared.stderr
    assert "NO LONGER ESTABLISHED (not mended)" in compared.stdout and "MENDED, passes" not in compared.stdout
    assert lexloci("diff", str(nights / "second"), str(nights / "first")).returncode == 1
    assert lexloci("diff", str(nights / "first"), str(nights / "first")).returncode == 0
    assert lexloci("diff", str(nights / "first"), str(nights)).returncode == 2

    told = lexloci("history", str(nights), "--format", "json")
    assert told.returncode == 0, told.stderr
    ((first, second),) = [series["trend"] for series in json.loads(told.stdout)]
    assert first["fails"] > second["fails"] and first["unknown"] < second["unknown"]


def test_a_scan_is_reported_under_pseudonyms_that_a_key_keeps(command: Command) -> None:
    (command.folder / "secret").write_text("a secret of more than sixteen bytes")
    key = ["--redact-key", str(command.folder / "secret")]
    code, hidden, _ = command.document(*key, "-o", f"json={command.folder / 'one.json'}")
    assert code == 1 and hidden["scan"]["scope"]["redacted"] is True
    told = json.dumps(hidden)
    assert not [name for name in ("patients", "dossiers", "123456789012", "111122223333") if name in told]
    command.run("-o", f"json={command.folder / 'two.json'}")
    again = lexloci("report", str(command.folder / "two.json"), *key, "--format", "json")
    assert {f["id"]: f["resource"] for f in json.loads(again.stdout)["findings"]} == {
        f["id"]: f["resource"] for f in hidden["findings"]
    }
