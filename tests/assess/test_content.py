"""Signs of health data in bytes: what is one, what is none, and that no bytes do any harm."""

import gzip
import io
import re
import string
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.be import nn
from stdnum.dk import cpr
from stdnum.es import nie
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.nl import bsn
from stdnum.se import personnummer

from scanner.assess.content import signals, signs_in
from scanner.assess.excerpts import UNPACKED, unpacked
from scanner.assess.health import classify
from scanner.assess.identifiers import checker, identifiers_in, is_kvnr
from scanner.facts.content import Identifier, table
from scanner.model import HealthLevel, Holds

DICOM = b"\0" * 128 + b"DICM" + b"\x02\0\0\0UL"
HL7 = b"MSH|^~\\&|APP|HOP|||20260101||ADT^A01|1|P|2.5\rPID|1||4711^^^HOP||Muster^Erika\r"
CDA = b'<?xml version="1.0"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3" classCode="DOCCLIN">'
FHIR_XML = b'<Patient xmlns="http://hl7.org/fhir"><id value="1"/></Patient>'
HPRIM_XML = b"<h:evenementsPatients xmlns:h='http://www.hprim.org/hprimXML'><h:patient><h:identifiant/>"
FHIR = b'{"id": "1", "resourceType" : "Observation", "status": "final"}'


def rules(data: bytes) -> set[str]:
    return set(signs_in(data).rules)


def level(data: bytes, name: str = "store-17") -> HealthLevel | None:
    """The rung of a store without any other sign, of which one object was read."""
    found = signals(dict.fromkeys(signs_in(data).rules, 1), 1)
    return classify(names=[name], tags={}, type_="test.store", holds=Holds.CONTENT, others=found)[0].level


def numbers(count: int, make: Callable[[int], str], valid: Callable[[str], bool]) -> list[str]:
    """So many different numbers that pass their check."""
    found: dict[str, None] = {}
    for seed in range(400_000):
        number = make(seed)
        if valid(number):
            found[number] = None
        if len(found) == count:
            return list(found)
    raise AssertionError("the numbers ran out")


def nirs(count: int = 30) -> list[str]:
    first = [f"{1 + i % 2}{40 + i % 60}{1 + i % 12:02}{75 + i % 20}{100 + i % 800}{1 + i:03}" for i in range(count)]
    return [number + nir.calc_check_digits(number) for number in first]


def kvnrs(count: int = 30) -> list[str]:
    return numbers(count, lambda i: f"{chr(65 + i % 26)}{i * 7919 % 10**9:09}", is_kvnr)


def nhs_numbers(count: int = 30) -> list[str]:
    return numbers(count, lambda i: f"{4_000_000_000 + i * 7919}", nhs.is_valid)


def bsns(count: int = 30) -> list[str]:
    return numbers(count, lambda i: f"{100_000_000 + i * 7919}", bsn.is_valid)


def nisses(count: int = 30) -> list[str]:
    first = [f"{50 + i % 40}{1 + i % 12:02}{1 + i % 28:02}{100 + i:03}" for i in range(count)]
    found = [number + f"{97 - int(number) % 97:02}" for number in first]
    assert all(map(nn.is_valid, found))
    return found


def csv(name: str, values: Iterable[str]) -> bytes:
    return f"row;{name};town\n".encode() + "".join(f"{i};{v};Paris\n" for i, v in enumerate(values)).encode()


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (DICOM, "content.dicom"),
        (HL7, "content.hl7v2"),
        (b"\x0b" + HL7 + b"\x1c\r", "content.hl7v2"),
        (b"FHS|^~\\&|X\rBHS|^~\\&|X\r" + HL7, "content.hl7v2"),
        (FHIR, "content.fhir-json"),
        (FHIR + b"\n" + FHIR, "content.fhir-json"),
        (b'\xef\xbb\xbf [{"resourceType":"Patient"}]', "content.fhir-json"),
        (b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Condition"', "content.fhir-json"),
        ('{"resourceType": "Patient"}'.encode("utf-16"), "content.fhir-json"),
        (FHIR_XML, "content.fhir-xml"),
        (CDA, "content.cda"),
        (b'<soap><b><c:ClinicalDocument xmlns:c="urn:hl7-org:v3">', "content.cda"),
        (b"<p root='1.2.250.1.213.1.4.8'/>", "content.ins"),
        (HPRIM_XML, "content.hprim-xml"),
    ],
)
def test_a_medical_format_confirms(data: bytes, rule: str) -> None:
    assert rules(data) == {rule}
    assert level(data) is HealthLevel.CONFIRMED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"DICM",
        b"\0" * 127 + b"DICM",
        b"a manual says: MSH|^~\\& begins a message",
        b"MSH and PID are segments",
        b'{"resourceType": "AWS::S3::Bucket"}',
        b'log: "resourceType":"Patient" was refused',
        b'<a xmlns="http://hl7.org/fhir/StructureDefinition"><Patient/></a>',
        b"<ClinicalDocument>",
        b"1.2.250.1.213.1.4.80",
        b"11.2.250.1.213.1.4.8",
        b"H|\\^&|||analyzer",
        b'<acquittementsPatients xmlns="http://www.hprim.org/hprimXML"><enteteAcquittement/>',
        b"<patient><identifiant/></patient>",
        b"1.2.250.1.71.4.2.10",
    ],
)
def test_what_only_looks_alike_shows_nothing(data: bytes) -> None:
    assert rules(data) == set()
    assert level(data) is HealthLevel.NO_SIGNAL


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"MSH|^~\\&|A|B\rMSA|AA|1\r", "content.hl7v2-other"),
        (b'{"resourceType":"Bundle","type":"searchset"', "content.fhir-json-other"),
        (b"<p root='1.2.250.1.213.1.4.10'/>", "content.ins-test"),
        (b"H|~^\\&|||X|||ORU||HPR|2.1\r", "content.hprim"),
        (b"<id root='1.2.250.1.71.4.2.1' extension='899700000000'/>", "content.fr-idnps"),
    ],
)
def test_a_format_without_a_patient_in_sight_is_possible_and_no_more(data: bytes, rule: str) -> None:
    assert rules(data) == {rule}
    assert level(data) is HealthLevel.POSSIBLE


@pytest.mark.parametrize(
    ("values", "name", "id_"),
    [
        (nirs(), "num_secu", "fr-nir"),
        (bsns(), "bsn", "nl-bsn"),
        (nisses(), "NISS", "be-niss"),
        (
            numbers(30, lambda i: f"X{i * 7919 % 10**7:07}{string.ascii_uppercase[i % 26]}", nie.is_valid),
            "NIE",
            "es-nie",
        ),
        (numbers(30, lambda i: f"800101{i * 79 % 10**4:04}", personnummer.is_valid), "personnummer", "se-personnummer"),
        (numbers(30, lambda i: f"{1 + i % 28:02}0180{i * 79 % 4000:04}", cpr.is_valid), "cpr_nr", "dk-cpr"),
    ],
)
def test_a_number_of_every_citizen_is_possible_and_likely_beside_another_sign(
    values: list[str], name: str, id_: str
) -> None:
    data = csv(name, values)
    assert rules(data) == {f"content.{id_}"}
    assert level(data) is HealthLevel.POSSIBLE
    assert level(data, "dossiers-patients") is HealthLevel.LIKELY


@pytest.mark.parametrize(
    ("values", "name", "id_"), [(kvnrs(), "KVNR", "de-kvnr"), (nhs_numbers(), "nhs_number", "gb-nhs")]
)
def test_a_number_of_the_health_insurance_under_its_name_is_likely(values: list[str], name: str, id_: str) -> None:
    data = csv(name, values)
    assert f"content.{id_}" in rules(data)
    assert level(data) is HealthLevel.LIKELY


def test_a_column_of_patients_beside_a_national_number_is_likely() -> None:
    data = csv("patient_nir", nirs())
    assert rules(data) == {"content.fr-nir", "schema.column.patient"}
    assert level(data) is HealthLevel.LIKELY


def test_members_of_json_are_columns_too() -> None:
    lines = "\n".join(f'{{"id": {i}, "nhsNumber": "{number}"}}' for i, number in enumerate(nhs_numbers()))
    assert "content.gb-nhs" in rules(lines.encode())


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("num_secu", nirs(19)),
        ("num_secu", nirs(2) * 30),
        ("num_secu", [*nirs(20), *("295109912611199" for _ in range(20))]),
        ("isbn", nhs_numbers()),
        ("rekening", bsns()),
        ("reference", kvnrs()),
        ("order", nisses()),
        ("versichertennummer", [f"A{i:09}" for i in range(300)]),
    ],
    ids=["too few", "the same again", "half of them wrong", "isbn", "bank account", "reference", "order", "by chance"],
)
def test_what_passes_a_check_without_being_a_number_of_persons_shows_nothing(name: str, values: list[str]) -> None:
    assert rules(csv(name, values)) == set()


@pytest.mark.parametrize("kind", table().identifiers, ids=lambda kind: str(kind.id))
def test_every_kind_finds_its_own_numbers_and_not_one_number_twenty_times(kind: Identifier) -> None:
    assert re.fullmatch(kind.shape, kind.example)
    assert checker(kind.check)(kind.example)
    assert identifiers_in(kind.words[0], [kind.example] * 40) == []


def test_the_check_digit_of_a_kvnr() -> None:
    vectors = {"A123456780": True, "A123456789": False, "T000000002": True, "a123456780": False, "A12345678": False}
    assert {number: is_kvnr(number) for number in vectors} == vectors


def zipped(data: bytes, method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("Müller/befund.dat", data)
    return out.getvalue()


def tarred(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("a")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(DICOM),
        zipped(DICOM, zipfile.ZIP_DEFLATED),
        zipped(DICOM, zipfile.ZIP_STORED),
        tarred(DICOM),
        gzip.compress(tarred(DICOM)),
    ],
    ids=["gzip", "zip", "stored", "tar", "tar.gz"],
)
def test_the_first_file_of_an_archive_is_looked_at(packed: bytes) -> None:
    assert rules(packed) == {"content.dicom"}


def test_a_bomb_unfolds_no_further_than_its_limit() -> None:
    bomb = gzip.compress(b"\0" * 200_000_000)[: 64 * 1024]
    assert len(unpacked(bomb)) == UNPACKED
    nested = gzip.compress(gzip.compress(gzip.compress(gzip.compress(b"x" * 10_000_000))))
    assert len(unpacked(nested)) <= UNPACKED
    assert signs_in(bomb).opaque


def test_what_cannot_be_read_says_so_and_shows_nothing() -> None:
    encrypted = bytearray(zipped(DICOM, zipfile.ZIP_DEFLATED))
    encrypted[6] |= 1
    for data in (bytes(encrypted), bytes(range(256)) * 64, b"\x89PNG\r\n\x1a\n" + bytes(500)):
        assert signs_in(data).opaque
        assert not signs_in(data).rules
    assert not signs_in(b"plain text").opaque


def test_what_is_told_of_content_is_ours_and_nothing_of_it() -> None:
    data = csv("nom_du_patient_Erika_Muster", [*nirs(), "Erika Muster"])
    told = str(signals(dict.fromkeys(signs_in(data).rules, 1), 1))
    assert "patient" in told
    for word in ("Erika", "Muster", "Paris", "nom_du", nirs()[0]):
        assert word not in told


TRICKY = [
    HL7,
    CDA,
    FHIR,
    FHIR_XML,
    csv("nir", nirs()),
    gzip.compress(HL7),
    zipped(CDA, zipfile.ZIP_DEFLATED),
    tarred(FHIR),
]


@given(st.binary(max_size=4096))
@example(b"\x1f\x8b\x08")
@example(b"PK\x03\x04")
@example(b"PK\x03\x04" + b"\xff" * 40)
@example(b"\0" * 124 + b"99999999999\0" + b"\0" * 121 + b"ustar" + b"\0" * 300)
@example(b"\0" * 124 + b"77777777777\0" + b"\0" * 121 + b"ustar" + b"\0" * 300)
@example(b"\xff\xfe\x00")
def test_no_bytes_raise(data: bytes) -> None:
    assert signs_in(data).rules <= {f"content.{entry.id}" for entry in table().signatures} | {
        rule for rule in signs_in(data).rules if rule.startswith("schema.column.")
    }


@given(st.sampled_from(TRICKY), st.data())
def test_no_cut_and_no_flipped_byte_of_a_medical_file_raises(whole: bytes, data: st.DataObject) -> None:
    cut = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for place in data.draw(st.lists(st.integers(0, max(0, len(cut) - 1)), max_size=4)):
        if cut:
            cut[place] = data.draw(st.integers(0, 255))
    signs_in(bytes(cut))


@pytest.mark.parametrize(
    "piece",
    [b'{"', b'"a":', b"<", b"< ", b"a,b\n", b" ", b'"', b"MSH|^~\\&", b"H|", b"1.2.250.1.213.1.4.", b"aA", b"\n", b";",
     b'"resourceType" ', b"a_;", b"\r\x0b", b'{"a":"', b"<a:", b"<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:", b"0,",
     b"H|HP", b'"\\'],
)  # fmt: skip
def test_no_content_of_the_largest_size_takes_long(piece: bytes) -> None:
    """A pattern that goes back over what it has read would need hours here, not a second."""
    data = (piece * UNPACKED)[:UNPACKED]
    began = time.process_time()
    signs_in(data)
    assert time.process_time() - began < 5
