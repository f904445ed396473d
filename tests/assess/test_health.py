"""The ladder of health data: what raises a resource to which rung, and what must not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.assess.health import classify, stated_without
from scanner.assess.health_signs import image_signals, port_signals, tag_reading, tokens
from scanner.facts.health import table
from scanner.model import Gap, GapReason, Health, HealthLevel, HealthSignal, Holds

LADDER = [
    HealthLevel.NO_SIGNAL,
    HealthLevel.NONE_DECLARED,
    HealthLevel.POSSIBLE,
    HealthLevel.LIKELY,
    HealthLevel.CONFIRMED,
    HealthLevel.DECLARED,
]


def sign(family: str, strength: str = "medium") -> HealthSignal:
    return HealthSignal(family=family, strength=strength, value="v", rule=f"test.{family}")


def level(
    *names: str,
    tags: dict[str, str] | None = {},  # noqa: B006 - never changed
    others: tuple[HealthSignal, ...] = (),
    medical: bool = False,
    holds: Holds = Holds.CONTENT,
    content_present: bool | None = None,
) -> HealthLevel | None:
    health, _ = classify(
        names=names,
        tags=tags,
        type_="test.store",
        holds=holds,
        medical=medical,
        content_present=content_present,
        others=others,
    )
    return health.level


@pytest.mark.parametrize(
    "name",
    [
        "healthcheck",
        "health-check",
        "HealthCheckTable",
        "lb-health-checks",
        "api/health",
        "/health",
        "/health/",
        "healthz",
        "svc/healthz",
        "pacs",
        "pacs-2024",
        "dmp-prod",
        "dpi",
        "ins",
        "instance-store",
        "insert-queue",
        "insurance",
        "act",
        "actions-cache",
        "contract-act",
        "epa-reports",
        "terminal-logs",
        "dossier",
        "dossiers",
        "ordonnance",
        "be-patient",
        "bePatient",
        "nir",
        "his",
        "ris",
        "lis",
        "emr",
        "emr-logs",
        "in-s-3",
        "dmp-ins-pacs",
        "outpatients2",
    ],
)
def test_a_trap_does_not_fire_alone(name: str) -> None:
    assert level(name) is HealthLevel.NO_SIGNAL


@pytest.mark.parametrize("name", ["pacs-dicom", "dossier-patient", "ins-patients", "epa-kvnr", "ordonnance-medicale"])
def test_an_ambiguous_word_counts_beside_a_clear_one(name: str) -> None:
    health, _ = classify(names=[name], tags={}, type_="t", holds=Holds.CONTENT)
    word = name.split("-")[0]
    assert any(signal.rule.endswith(word) for signal in health.signals)


def test_an_ambiguous_name_needs_a_firm_sign_elsewhere() -> None:
    assert level("pacs", others=port_signals([11112])) is HealthLevel.LIKELY
    assert level("pacs", tags={"owner": "dcp"}) is HealthLevel.POSSIBLE


@pytest.mark.parametrize(
    "name",
    [
        "patients-db",
        "patients2024",
        "dossierPatient",
        "dossier_medical_v2",
        "Krankenakte",
        "eRezept-archive",
        "MSSante",
        "hôpital-nord",
        "FHIRStore",
        "HL7Feed",
        "clinic.rdv",
        "teleconsultations",
        "pazienti",
        "pacientes",
        "zorg-data",
        "sante",
        "vaccination-slots",
    ],
)
def test_a_name_alone_is_possible_and_no_more(name: str) -> None:
    assert level(name) is HealthLevel.POSSIBLE


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("data-classification", "phi"),
        ("DataClassification", "PHI"),
        ("Data Classification", "Patient Data"),
        ("data-classification", "PII/PHI"),
        ("classification", "pii, health"),
        ("Classification-Données", "Données de santé"),
        ("sensibilité", "secret médical"),
        ("hds", "oui"),
        ("dscp", "true"),
        ("Datenklasse", "Gesundheitsdaten"),
        ("Schutzbedarf", "SGB V"),
        ("gegevensklasse", "medisch"),
        ("classificazione", "dati sanitari"),
        ("clasificación", "historia clínica"),
        ("regulation", "gdpr.art9"),
    ],
)
def test_a_classification_in_any_of_six_languages_declares(key: str, value: str) -> None:
    assert level("x", tags={key: value}) is HealthLevel.DECLARED


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"compliance": "hipaa"}, HealthLevel.LIKELY),
        ({"team": "hipaa"}, HealthLevel.POSSIBLE),
        ({"dcp": "true"}, HealthLevel.POSSIBLE),
        ({"data-classification": "dcp"}, HealthLevel.POSSIBLE),
        ({"project": "health"}, HealthLevel.POSSIBLE),
        ({"data-classification": "confidential"}, HealthLevel.NO_SIGNAL),
        ({"data-classification": "non-health"}, HealthLevel.NONE_DECLARED),
        ({"data-classification": "public"}, HealthLevel.NONE_DECLARED),
        ({"visibility": "public"}, HealthLevel.NO_SIGNAL),
        ({"phi": "no"}, HealthLevel.NONE_DECLARED),
        ({"hds": "non"}, HealthLevel.NO_SIGNAL),
        ({"Datenklasse": "keine Gesundheitsdaten"}, HealthLevel.NONE_DECLARED),
        ({"data-classification": "public", "data-type": "phi"}, HealthLevel.DECLARED),
    ],
)
def test_other_tags_weigh_what_they_are_worth(tags: dict[str, str], expected: HealthLevel) -> None:
    assert level("x", tags=tags) is expected


def test_a_denial_yields_to_likely_and_confirmed_signs_but_not_to_a_possible_one() -> None:
    denial = {"data-classification": "none"}
    assert level("patients", tags=denial) is HealthLevel.NONE_DECLARED
    assert level("patients", tags=denial, others=(sign("schema"),)) is HealthLevel.LIKELY
    assert level("x", tags=denial, others=(sign("content", "strong"),)) is HealthLevel.CONFIRMED


@pytest.mark.parametrize(
    ("holds", "content_present", "expected"),
    [
        (Holds.CONTENT, True, HealthLevel.CONFIRMED),
        (Holds.CONTENT, None, HealthLevel.CONFIRMED),
        (Holds.CONTENT, False, HealthLevel.POSSIBLE),
        (Holds.PROCESSING, True, HealthLevel.CONFIRMED),
        (Holds.PROCESSING, None, HealthLevel.POSSIBLE),
        (Holds.CONFIG, False, HealthLevel.POSSIBLE),
    ],
)
def test_a_medical_service_is_confirmed_by_a_store_or_by_content(
    holds: Holds, content_present: bool | None, expected: HealthLevel
) -> None:
    assert level("x", medical=True, holds=holds, content_present=content_present) is expected


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ((sign("schema"),), HealthLevel.POSSIBLE),
        ((sign("schema"), sign("schema", "weak")), HealthLevel.POSSIBLE),
        ((sign("schema"), sign("neighbour", "weak")), HealthLevel.LIKELY),
        ((sign("discovery", "weak"),), HealthLevel.POSSIBLE),
        ((sign("discovery", "strong"),), HealthLevel.CONFIRMED),
        ((sign("service", "strong"),), HealthLevel.POSSIBLE),
    ],
)
def test_two_families_are_likely_and_one_is_possible(others: tuple[HealthSignal, ...], expected: HealthLevel) -> None:
    assert level("x", others=others) is expected


@pytest.mark.parametrize(
    ("names", "others", "expected"),
    [
        (("x",), (), None),
        (("patients",), (), None),
        (("patients",), (sign("schema"),), HealthLevel.LIKELY),
        (("x",), (sign("content", "strong"),), HealthLevel.CONFIRMED),
    ],
)
def test_unread_tags_leave_the_lower_rungs_open(
    names: tuple[str, ...], others: tuple[HealthSignal, ...], expected: HealthLevel | None
) -> None:
    assert level(*names, tags=None, others=others) is expected


def test_unread_tags_say_why() -> None:
    denied = Gap(
        fact="tags", reason=GapReason.DENIED, permission="s3:GetBucketTagging", operation="s3:GetBucketTagging"
    )
    health, gaps = classify(names=["patients"], tags=None, type_="t", holds=Holds.CONTENT, unread=denied)
    assert health.level is None and health.classification is None
    assert [signal.rule for signal in health.signals] == ["names.strong.patients"]
    (gap,) = gaps
    assert (gap.fact, gap.reason, gap.permission) == ("health.level", GapReason.DENIED, "s3:GetBucketTagging")


def test_the_classification_is_the_accounts_own_word() -> None:
    assert tag_reading({"Data Classification": "C3 / Santé"}).classification == "c3-sante"
    assert tag_reading({"hds": "oui"}).classification == "hds"
    assert tag_reading({"team": "x"}).classification == ""


def test_medical_software_is_known_by_image_and_port() -> None:
    assert [s.rule for s in image_signals(["docker.io/hapiproject/hapi:v7", "nginx"])] == ["services.images.hapi"]
    assert [s.rule for s in image_signals(["orthancteam/orthanc@sha256:00"])] == ["services.images.orthanc"]
    assert image_signals(["happy/app"]) == ()
    assert [(s.value, s.strength) for s in port_signals([443, 11112, 8042])] == [("8042", "weak"), ("11112", "medium")]


def test_a_name_is_split_on_separators_and_case() -> None:
    assert tokens("dossierPatient_v2.HL7Feed/été") == ("dossier", "patient", "v2", "hl7", "feed", "ete")


names = st.one_of(
    st.text(max_size=40),
    st.sampled_from([*table().names.strong, *table().names.weak, *table().traps.ambiguous, *table().traps.phrases]),
)
tag_maps = st.dictionaries(
    st.one_of(st.text(max_size=10), st.sampled_from(table().tags.keys)),
    st.one_of(st.text(max_size=20), st.sampled_from([*table().tags.health, *table().tags.none, "hipaa", "dcp"])),
    max_size=4,
)
signs = st.builds(
    sign,
    st.sampled_from(["schema", "discovery", "content", "neighbour", "service"]),
    st.sampled_from(["strong", "medium", "weak"]),
)


@given(st.lists(names, max_size=3), st.none() | tag_maps, st.booleans(), st.none() | st.booleans(), st.lists(signs))
def test_any_input_is_classified_or_has_a_gap(
    given_names: list[str],
    tags: dict[str, str] | None,
    medical: bool,
    content: bool | None,
    others: list[HealthSignal],
) -> None:
    health, gaps = classify(
        names=given_names,
        tags=tags,
        type_="t",
        holds=Holds.CONTENT,
        medical=medical,
        content_present=content,
        others=others,
    )
    assert (health.level is None) is bool(gaps)
    assert all(len(signal.value) <= 80 for signal in health.signals)
    if tags is None:
        assert health.level is not HealthLevel.NO_SIGNAL


@given(st.lists(names, max_size=2), tag_maps, st.lists(signs, max_size=2), names, signs)
def test_a_further_sign_never_lowers_the_level(
    given_names: list[str], tags: dict[str, str], others: list[HealthSignal], name: str, other: HealthSignal
) -> None:
    def rank(more_names: list[str], more: list[HealthSignal]) -> int:
        found = level(*given_names, *more_names, tags=tags, others=(*others, *more))
        assert found is not None
        return LADDER.index(found)

    assert rank([name], []) >= rank([], [])
    assert rank([], [other]) >= rank([], [])


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (HealthLevel.NO_SIGNAL, HealthLevel.NONE_DECLARED),
        (HealthLevel.POSSIBLE, HealthLevel.NONE_DECLARED),
        (HealthLevel.NONE_DECLARED, HealthLevel.NONE_DECLARED),
        (HealthLevel.LIKELY, HealthLevel.LIKELY),
        (HealthLevel.CONFIRMED, HealthLevel.CONFIRMED),
        (HealthLevel.DECLARED, HealthLevel.DECLARED),
        (None, None),
    ],
)
def test_a_statement_weighs_as_much_as_a_tag_and_never_decides_what_was_not_read(
    level: HealthLevel | None, expected: HealthLevel | None
) -> None:
    stated = stated_without(Health(level=level), "B. Durand, DPO", date(2027, 9, 30))
    assert stated.level is expected
    assert [(sign.family, sign.value) for sign in stated.signals] == [("statement", "until 2027-09-30: B. Durand, DPO")]
