"""Whatever stands in an answer: no traceback, and never "nothing" where nothing could be read."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.simulation import Simulation
from scanner.demo.azure.throttle import Limits
from scanner.model import GapReason
from scanner.providers.azure import armid, keyref, observe, shape
from scanner.providers.azure.declaration import ResourceType, catalog
from scanner.providers.azure.members import misshapen, text, values
from scanner.providers.azure.metadata import NotBelievedError, cloud_of
from scanner.providers.azure.places import Pairs, normalise
from scanner.providers.azure.refusal import from_answer
from scanner.providers.azure.resources import destinations, tags
from tests.fixtures.azure import StartArm
from tests.providers.azure.scanning import scanned
from tests.providers.azure.test_fault_matrix import READS, STORES, Read, estate, holds_back

ID = "/subscriptions/10000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Sql/servers/sql"
PAIRS = Pairs("AzureCloud", {"francecentral": "francesouth"})
TYPES = st.sampled_from(sorted(catalog().values(), key=lambda one: one.type))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.text(max_size=8)
    | st.sampled_from(
        ["https://v.vault.azure.net/keys/k", "https://[", "Microsoft.KeyVault", ID, "Global", "France Central", "true"]
    )
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


def recased(letters: str, choices: list[bool]) -> str:
    return "".join(one.upper() if up else one.lower() for one, up in zip(letters, choices, strict=False))


@st.composite
def spelt_anyhow(draw: st.DrawFn, written: str) -> str:
    return recased(written, draw(st.lists(st.booleans(), min_size=len(written), max_size=len(written))))


@given(spelt_anyhow(f"{ID}/databases/d"), st.sampled_from(["", "/", "//", " "]))
def test_letter_case_and_slashes_name_the_same_resource(written: str, end: str) -> None:
    found = f"{written}{end}"
    assert armid.canonical(found) == f"{ID}/databases/d".lower()
    assert armid.type_of(found) == "microsoft.sql/servers/databases"
    assert armid.subscription_of(found) == "10000000-0000-4000-8000-000000000001"
    assert armid.parent_of_type(found, "Microsoft.Sql/servers") == ID.lower()


@given(st.text(max_size=60) | st.text("/subscriptionproviders. ", max_size=60))
def test_any_text_may_stand_where_an_id_should(written: str) -> None:
    assert armid.canonical(armid.canonical(written)) == armid.canonical(written)
    for read in (armid.subscription_of, armid.group_of, armid.type_of, armid.name_of):
        assert isinstance(read(written), str)
    armid.parent_of_type(written, "Microsoft.Sql/servers")


ADDRESSES = st.text(max_size=40) | st.builds(
    "{}{}/{}/{}".format,
    st.sampled_from(["https://", "HTTPS://", "//", ""]),
    st.sampled_from(["v.vault.azure.net", "V.vault.azure.net:443", "[", "[::1", "a b", ":", "@", "\u2100.net", ""]),
    st.sampled_from(["keys", "Keys", "secrets", ""]),
    st.text(max_size=10),
)


@given(ADDRESSES)
def test_any_text_may_stand_where_a_key_should(written: str) -> None:
    once = keyref.normalise_uri(written)
    assert keyref.normalise_uri(once) == once
    keyref.parse(once)
    keyref.unpack(written, "vault.azure.net")


@given(st.text(max_size=20))
def test_any_text_may_stand_where_a_region_should(written: str) -> None:
    region = normalise(written)
    assert normalise(region) == region
    assert PAIRS.of_region("nowhere" + region) is None
    assert PAIRS.of_vault("nowhere" + region) is None


@given(spelt_anyhow("France Central"), st.sampled_from(["", " ", "  "]), st.sampled_from(["", " "]))
def test_one_region_has_many_spellings(written: str, before: str, after: str) -> None:
    assert normalise(f"{before}{written}{after}") == "francecentral"


def observed(type_: ResourceType, body: Mapping[str, Any]) -> tuple[Any, ...]:
    """Everything that is read of a body without asking anybody."""
    seen = observe.encryption(type_, body, resource_id=ID, vault_suffix="vault.azure.net", absence_proves=True)
    copies = observe.copies(type_, body, home="francecentral", own_id=ID, pairs=PAIRS)
    return (
        seen,
        copies,
        observe.egress(type_, body),
        observe.retention(type_, body),
        observe.region(type_, body, "francecentral"),
        tags(body),
        shape.gaps(type_, body),
    )


@settings(max_examples=300)
@given(TYPES, st.fixed_dictionaries({}, optional={"properties": JSON, "sku": JSON, "location": JSON, "tags": JSON}))
def test_any_body_is_read_without_a_traceback(type_: ResourceType, body: dict[str, Any]) -> None:
    observed(type_, body)


def containers(type_: ResourceType) -> list[tuple[str, str]]:
    """Fact and path of every object or array that leads to something the type's declaration reads."""
    found = []
    for fact, path in shape._paths(type_):
        steps = path.replace("[]", ".[]").split(".") if path else []
        found += [(fact, ".".join(steps[:end])) for end in range(1, len(steps))]
    return sorted(set(found))


def placed(path: str, what: Any) -> dict[str, Any]:
    """A body with `what` at `path`."""
    node = what
    for step in reversed(path.split(".")):
        node = [node] if step == "[]" else {step: node}
    assert isinstance(node, dict)
    return node


@pytest.mark.parametrize("type_", catalog().values(), ids=lambda one: one.type)
def test_text_in_the_place_of_an_object_or_a_list_is_a_gap_of_each_fact_behind_it(type_: ResourceType) -> None:
    for fact, path in containers(type_):
        told = {gap.fact: gap.reason for gap in shape.gaps(type_, placed(path, "text"))}
        assert told.get(fact) is GapReason.MALFORMED, path


@pytest.mark.parametrize("type_", catalog().values(), ids=lambda one: one.type)
def test_a_body_without_properties_says_nothing_about_what_stands_in_them(type_: ResourceType) -> None:
    read = any(path.startswith("properties") for _, path in shape._paths(type_))
    for body in ({}, {"properties": None}, {"properties": []}, {"properties": "x"}):
        assert bool(shape.gaps(type_, body)) is read
    assert shape.gaps(type_, {"properties": {}}) == ()


KEYED = {
    "Properties": {
        "encryption": {"keySource": "Microsoft.Keyvault", "keyvaultproperties": {"keyvaulturi": "v.x", "keyname": "k"}},
        "secondaryLocation": "North Europe",
    },
    "sku": {"name": "Standard_GRS"},
    "location": "France Central",
}


def recase(node: Any, choices: list[bool]) -> Any:
    if isinstance(node, dict):
        return {recased(name, choices): recase(value, choices) for name, value in node.items()}
    return node


@given(st.lists(st.booleans(), min_size=40, max_size=40))
def test_letter_case_of_members_changes_nothing(choices: list[bool]) -> None:
    type_ = catalog()["microsoft.storage/storageaccounts"]
    assert observed(type_, recase(KEYED, choices)) == observed(type_, KEYED)


@given(JSON, st.sampled_from(["a.b", "a[].b", "a[]", "properties.locations[].name"]))
def test_a_path_finds_nothing_only_where_nothing_is_in_its_way(body: Any, path: str) -> None:
    found = values(body, path)
    assert isinstance(text(body, path), str)
    if not isinstance(body, Mapping) and body is not None:
        assert misshapen(body, path) and not found


@given(st.lists(st.dictionaries(st.sampled_from(["name", "properties", "sku"]), JSON, max_size=3), max_size=4))
def test_any_children_are_read_without_a_traceback(children: list[dict[str, Any]]) -> None:
    copies, gaps = observe.deployments({}, children, ID)
    named = {text(child, "name").lower() for child in children}
    assert len(copies) + len(gaps) >= ("" in named)
    _, _, open_ = destinations(children)
    assert len(open_) <= 2 * len(children)


@given(st.integers(400, 599), st.binary(max_size=60) | JSON.map(msgspec.json.encode))
def test_any_error_body_is_a_reason(status: int, body: bytes) -> None:
    refusal = from_answer(status, body.decode(errors="replace"), operation="o", permission="p")
    assert refusal.reason in GapReason
    assert refusal.detail


METADATA = st.fixed_dictionaries(
    {},
    optional={
        "resourceManager": JSON,
        "authentication": JSON | st.fixed_dictionaries({"loginEndpoint": JSON, "audiences": JSON}),
        "suffixes": JSON | st.fixed_dictionaries({"keyVaultDns": JSON}),
    },
)


@given(JSON | METADATA | st.lists(METADATA, max_size=2))
def test_any_metadata_is_a_cloud_or_a_sentence(answer: Any) -> None:
    try:
        cloud_of("https://arm.example", answer, "", None)
    except NotBelievedError as error:
        assert str(error)


ANSWERED = [read for name, read in READS.items() if name not in ("query", "list")]


def is_a_list(body: Any) -> bool:
    found = body.get("value") if isinstance(body, dict) else None
    return isinstance(found, list) and all(isinstance(one, dict) for one in found)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(ANSWERED), JSON)
def test_any_json_in_the_place_of_an_answer_leaves_the_fact_open(arm_once: Simulation, read: Read, body: Any) -> None:
    arm_once.faults.only(Fault(do="answer", path=read.path, status=200, body=body, times=None))
    result = scanned()
    assert {one.name for one in result.stores} == STORES
    if not is_a_list(body):
        assert holds_back(result, read, GapReason.MALFORMED)
        assert not result.green


LINKS = [
    "https://[",
    "https://[::1/x",
    "http://127.0.0.1/",
    "//",
    "?",
    "a b",
    "\u2100",
    "https://127.0.0.1:99999/",
    5,
    {},
]


@pytest.mark.parametrize("link", LINKS)
def test_any_text_may_stand_where_the_next_page_should(arm: StartArm, link: Any) -> None:
    page = {"value": [], "nextLink": link}
    simulation = arm(
        estate(), faults=[Fault(do="answer", path="*/accounts/ai/deployments", status=200, body=page, times=1)]
    )
    result = scanned()
    assert not result.green
    assert "copies" in {gap.fact for gap in result.named("ai").gaps}
    assert simulation.log.violations == []


@pytest.fixture
def arm_once(arm: StartArm) -> Simulation:
    """One simulation for all the examples of a test."""
    return arm(estate(), limits=Limits(graph_queries=10**6, reads_deep=10**6))
