"""The signature of a sealed scan, checked by us and by a second implementation of DSSE."""

import base64
import copy
import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

from scanner.errors import UsageError
from scanner.store.seal import seal
from scanner.store.signature import read_public_key, read_signing_key
from scanner.store.verify import verify
from tests.report.sample_scan import sample
from tests.store.sealing import content, keys


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return keys(tmp_path)


@pytest.fixture
def folder(tmp_path: Path, pair: tuple[Path, Path]) -> Path:
    seal(sample(), tmp_path / "scan", read_signing_key(pair[0]))
    return tmp_path / "scan"


def test_the_signer_is_recognised(folder, pair) -> None:
    found = verify(folder, read_public_key(pair[1]))
    assert found.holds and found.signed and found.authentic


def test_a_signature_that_nobody_checked_is_not_called_authentic(folder) -> None:
    found = verify(folder)
    assert found.holds and found.signed and found.authentic is None


def test_another_signer_is_refused(folder, tmp_path) -> None:
    found = verify(folder, read_public_key(keys(tmp_path, "other")[1]))
    assert not found.holds
    assert "manifest.dsse.json does not hold: it was not signed with this key" in found.faults[0]


def test_a_signature_that_was_taken_away_is_missed(folder, pair) -> None:
    (folder / "manifest.dsse.json").unlink()
    assert verify(folder).holds
    found = verify(folder, read_public_key(pair[1]))
    assert not found.holds and "manifest.dsse.json is missing" in found.faults[0]


def test_a_scan_sealed_anew_does_not_pass_under_the_old_signature(folder, tmp_path, pair) -> None:
    signature = (folder / "manifest.dsse.json").read_bytes()
    seal(sample(findings=()), tmp_path / "other")
    (tmp_path / "other" / "manifest.dsse.json").write_bytes(signature)
    for key in (None, read_public_key(pair[1])):
        assert any("it speaks of another scan" in fault for fault in verify(tmp_path / "other", key).faults)


def test_a_second_implementation_accepts_it_and_refuses_a_changed_payload(folder, pair) -> None:
    envelope = json.loads((folder / "manifest.dsse.json").read_text())
    public = load_pem_public_key(pair[1].read_bytes())
    key = SSlibKey.from_crypto(public, keyid=envelope["signatures"][0]["keyid"])
    assert Envelope.from_dict(copy.deepcopy(envelope)).verify([key], 1)
    payload = json.loads(base64.b64decode(envelope["payload"]))
    payload["predicate"]["units"]["denied"] = 0
    envelope["payload"] = base64.b64encode(json.dumps(payload).encode()).decode()
    with pytest.raises(VerificationError):
        Envelope.from_dict(copy.deepcopy(envelope)).verify([key], 1)
    (folder / "manifest.dsse.json").write_text(json.dumps(envelope))
    assert "not signed with this key, or was changed" in verify(folder, read_public_key(pair[1])).faults[0]


def test_the_statement_is_that_of_in_toto_and_names_every_file(folder) -> None:
    envelope = json.loads((folder / "manifest.dsse.json").read_text())
    statement = json.loads(base64.b64decode(envelope["payload"]))
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    assert (statement["_type"], statement["predicateType"]) == (
        "https://in-toto.io/Statement/v1",
        "urn:lexloci:sealed-scan:1",
    )
    told = {subject["name"]: subject["digest"]["sha256"] for subject in statement["subject"]}
    files = {name: hashlib.sha256(text).hexdigest() for name, text in content(folder).items()}
    del files["manifest.dsse.json"]
    assert told == files
    predicate = statement["predicate"]
    assert predicate["tool"] == {"name": "lexloci", "version": "0.1.0", "facts_as_of": "2026-09-30"}
    assert predicate["units"]["denied"] == 1 and predicate["policies"][0]["digest"] == "a" * 64


@pytest.mark.parametrize("text", [b"", b"{}", b'{"payload":"?","payloadType":"x","signatures":[]}', b"\xff"])
def test_what_is_no_envelope_does_not_hold(folder, pair, text) -> None:
    (folder / "manifest.dsse.json").write_bytes(text)
    for key in (None, read_public_key(pair[1])):
        assert "manifest.dsse.json does not hold" in verify(folder, key).faults[0]


def test_a_file_that_holds_no_such_key_is_refused(tmp_path, pair) -> None:
    curve = tmp_path / "curve.pem"
    curve.write_bytes(
        generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        load_pem_private_key(pair[0].read_bytes(), None).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
        )
    )
    (tmp_path / "text").write_text("hello")
    for path in (curve, locked, tmp_path / "text", tmp_path / "none", pair[1]):
        with pytest.raises(UsageError, match=path.name):
            read_signing_key(path)
    for path in (tmp_path / "text", tmp_path / "none", pair[0]):
        with pytest.raises(UsageError, match=path.name):
            read_public_key(path)
