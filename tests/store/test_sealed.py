"""A sealed scan gives back what was sealed, and says of every file when it does not."""

import errno
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from scanner.errors import CannotRunError, UsageError
from scanner.model import Status
from scanner.report.source import DocumentScan
from scanner.store.manifest import read_manifest
from scanner.store.seal import LONGEST, seal
from scanner.store.sealed import SealedScan
from scanner.store.verify import verify
from tests.report.hostile import hostile_scan
from tests.report.rendering import FORMATS, rendered
from tests.report.sample_scan import FAIL, WAIVED, large, sample
from tests.store.sealing import content


def ordered(scan: DocumentScan, **changes: object) -> DocumentScan:
    """A scan whose counts are those of its records, as a real one's are."""
    statuses = dict.fromkeys((status.value for status in Status), 0)
    for finding in scan.findings():
        statuses[finding.status] += finding.subjects
    summary = msgspec.structs.replace(
        scan.summary, statuses=statuses, resources=sum(1 for _ in scan.resources()), **changes
    )
    return DocumentScan(msgspec.structs.replace(scan.document, summary=summary))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    seal(ordered(sample()), tmp_path / "scan")
    return tmp_path / "scan"


@pytest.mark.parametrize("scan", [sample(), hostile_scan(), sample(findings=(), resources=(), keys=(), coverage=())])
@pytest.mark.parametrize("format_", FORMATS)
def test_every_report_of_a_sealed_scan_is_that_of_the_scan(scan, format_, tmp_path) -> None:
    seal(scan, tmp_path / "scan")
    assert rendered(SealedScan(tmp_path / "scan"), format_) == rendered(scan, format_)


def test_findings_of_one_status_come_with_the_most_severe_first(tmp_path) -> None:
    scan = sample()
    seal(scan, tmp_path / "scan")
    for status in Status:
        assert list(SealedScan(tmp_path / "scan").findings(status)) == list(scan.findings(status))
    fails = list(SealedScan(tmp_path / "scan").findings(Status.FAIL))
    assert [found.id for found in fails] == [WAIVED.id, FAIL.id]


def test_a_long_stream_is_cut_into_shards_and_read_back_in_order(tmp_path) -> None:
    scan = ordered(large(LONGEST + 5))
    manifest = seal(scan, tmp_path / "scan")
    records = {file.path: file.records for file in manifest.files if "resources" in file.path}
    assert records == {"shards/resources/000001.jsonl.gz": LONGEST, "shards/resources/000002.jsonl.gz": 5}
    assert [r.id for r in SealedScan(tmp_path / "scan").resources()] == [r.id for r in scan.resources()]
    assert verify(tmp_path / "scan").holds


def test_the_same_scan_is_the_same_bytes(tmp_path) -> None:
    seal(sample(), tmp_path / "one")
    seal(sample(), tmp_path / "two")
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_lines_are_the_records_of_the_document(folder) -> None:
    document = json.loads(rendered(sample(), "json"))
    packed = (folder / "shards/resources/000001.jsonl.gz").read_bytes()
    lines = [json.loads(line) for line in gzip.decompress(packed).splitlines()]
    assert lines == document["resources"]
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["scan"] == document["scan"] and summary["summary"]["verdict"] == "violations"


def test_the_manifest_says_what_the_scan_was_made_with(folder) -> None:
    manifest = read_manifest(folder)
    assert manifest.tool.facts_as_of == "2026-09-30"
    assert [(policy.id, policy.digest[:2]) for policy in manifest.policies] == [("core", "aa"), ("clinic", "bb")]
    assert manifest.units == {"complete": 2, "denied": 1, "not_enabled": 1}
    assert manifest.complete is False


def test_sealing_again_replaces_the_older_scan_and_leaves_nothing_beside_it(folder) -> None:
    seal(ordered(sample(findings=())), folder)
    assert not list(SealedScan(folder).findings())
    assert [path.name for path in folder.parent.iterdir()] == ["scan"]


@pytest.mark.parametrize("what", ["file", "folder"])
def test_nothing_but_a_sealed_scan_is_replaced(tmp_path, what) -> None:
    target = tmp_path / "scan"
    if what == "file":
        target.write_text("mine")
    else:
        target.mkdir()
        (target / "mine").write_text("mine")
    with pytest.raises(UsageError, match=f"{target} is a {what}"):
        seal(sample(), target)
    assert (target if what == "file" else target / "mine").read_text() == "mine"


def test_a_scan_that_breaks_while_being_sealed_leaves_the_older_one(folder) -> None:
    class Breaking(DocumentScan):
        def keys(self):
            raise OSError(errno.EIO, "Input/output error")

    before = content(folder)
    with pytest.raises(CannotRunError, match="scan cannot be written: Input/output error"):
        seal(Breaking(sample().document), folder)
    assert content(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["scan"]


_KILLED = """
import os, signal, sys
from pathlib import Path
from scanner.report.source import DocumentScan
from scanner.store.seal import seal
from tests.report.sample_scan import sample

class Killed(DocumentScan):
    def keys(self):
        os.kill(os.getpid(), signal.SIGKILL)

seal(Killed(sample().document), Path(sys.argv[1]))
"""


def test_a_process_that_is_killed_while_sealing_leaves_the_older_scan(folder) -> None:
    before = content(folder)
    done = subprocess.run([sys.executable, "-c", _KILLED, folder], cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -9
    assert content(folder) == before and verify(folder).holds


def first(folder: Path, kind: str) -> Path:
    return folder / f"shards/{kind}/000001.jsonl.gz"


def cut(folder: Path) -> Path:
    path = first(folder, "findings")
    path.write_bytes(path.read_bytes()[:-20])
    return path


def add_to(folder: Path) -> Path:
    path = first(folder, "keys")
    path.write_bytes(path.read_bytes() + gzip.compress(b"{}\n"))
    return path


def change(folder: Path) -> Path:
    path = first(folder, "resources")
    packed = bytearray(path.read_bytes())
    packed[len(packed) // 2] ^= 1
    path.write_bytes(packed)
    return path


def rewrite(folder: Path) -> Path:
    """A finding less, packed anew: valid in itself."""
    path = first(folder, "findings")
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(gzip.compress(b"".join(lines[1:]), mtime=0))
    return path


def lose(folder: Path) -> Path:
    path = first(folder, "coverage")
    path.unlink()
    return path


def tell_otherwise(folder: Path) -> Path:
    path = folder / "summary.json"
    path.write_text(path.read_text().replace('"violations"', '"nothing_id"'))
    return path


READABLE_FAULTS = (cut, add_to, change, rewrite, lose, tell_otherwise)


@pytest.mark.parametrize("harm", READABLE_FAULTS, ids=lambda harm: harm.__name__)
def test_a_damaged_scan_is_told_with_its_file(folder, harm) -> None:
    path = harm(folder)
    found = verify(folder)
    assert not found.holds and len(found.faults) == 1
    assert str(path) in found.faults[0]
    with pytest.raises(UsageError, match=path.name):
        rendered(SealedScan(folder), "json")


def add(folder: Path) -> str:
    path = first(folder, "findings").with_name("000009.jsonl.gz")
    path.write_bytes(gzip.compress(b"{}\n"))
    return str(path)


def link(folder: Path) -> str:
    path = first(folder, "findings")
    elsewhere = folder.parent / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    return str(path)


def manifest_without(folder: Path) -> str:
    """One shard left out of the manifest and of the folder."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    (gone,) = [file for file in manifest["files"] if "keys" in file["path"]]
    manifest["files"].remove(gone)
    (folder / gone["path"]).unlink()
    path.write_text(json.dumps(manifest))
    return "manifest.json was changed: the chain breaks at shards/findings/000001.jsonl.gz"


def reorder(folder: Path) -> str:
    """Two shards change places: names, sizes and digests stay true, their order does not."""
    one, two = (folder / f"shards/findings/00000{n}.jsonl.gz" for n in (1, 2))
    spare = one.with_name("spare")
    one.rename(spare)
    two.rename(one)
    spare.rename(two)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    files = [file for file in manifest["files"] if "findings" in file["path"]]
    files[0]["path"], files[1]["path"] = files[1]["path"], files[0]["path"]
    path.write_text(json.dumps(manifest))
    return "the chain breaks at shards/findings/"


def forget_a_denial(folder: Path) -> str:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"denied": 1', '"denied": 0'))
    return "the chain breaks at summary.json"


def break_off(folder: Path) -> str:
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes()[:100])
    return f"{path} is damaged"


def lead_outside(folder: Path) -> str:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace("shards/keys/000001.jsonl.gz", "../../../../etc/passwd"))
    return "is no file of a sealed scan"


@pytest.mark.parametrize(
    "harm",
    [add, link, manifest_without, reorder, forget_a_denial, break_off, lead_outside],
    ids=lambda harm: harm.__name__,
)
def test_a_scan_that_was_made_up_is_told(folder, harm) -> None:
    told = harm(folder)
    found = verify(folder)
    assert not found.holds
    assert told in found.faults[0]


def test_records_that_do_not_add_up_are_told_even_under_a_sound_chain(tmp_path) -> None:
    seal(sample(), tmp_path / "scan")
    assert verify(tmp_path / "scan").faults == ()
    fewer = ordered(sample())
    seal(DocumentScan(msgspec.structs.replace(fewer.document, findings=fewer.document.findings[1:])), tmp_path / "less")
    assert "does not add up" in verify(tmp_path / "less").faults[0]
    turned = DocumentScan(msgspec.structs.replace(fewer.document, resources=fewer.document.resources[::-1]))
    seal(turned, tmp_path / "turned")
    assert "is out of order" in verify(tmp_path / "turned").faults[0]


def test_what_is_no_sealed_scan_is_another_error(tmp_path) -> None:
    with pytest.raises(UsageError, match="is no sealed scan"):
        verify(tmp_path)
    with pytest.raises(UsageError, match="is no sealed scan"):
        SealedScan(tmp_path)


def test_memory_does_not_grow_with_the_scan(tmp_path) -> None:
    """Sealing and reading back eight times as many findings takes no more memory."""
    few, many = (_peak(tmp_path / str(number), number) for number in (5_000, 40_000))
    assert many < few * 1.15 + 4_000


_MEASURED = """
import itertools, resource, sys
from pathlib import Path
import msgspec
from scanner.report.source import DocumentScan
from scanner.store.seal import seal
from scanner.store.sealed import SealedScan
from tests.report.sample_scan import FAIL, bucket, sample

class Endless(DocumentScan):
    def resources(self):
        return (bucket(f"store-{n:08}") for n in range(int(sys.argv[2])))
    def findings(self, status=None):
        for n in range(int(sys.argv[2])):
            yield msgspec.structs.replace(FAIL, id=f"{n:024x}", resource=f"arn:aws:s3:::store-{n:08}")

folder = Path(sys.argv[1])
seal(Endless(sample().document), folder)
assert sum(1 for _ in SealedScan(folder).findings()) == int(sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _peak(folder: Path, number: int) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, folder, str(number)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)
