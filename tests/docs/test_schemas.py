"""The published schemas are those of the code, and accept and refuse what the loaders do."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scanner import strictyaml
from scanner.policy.pack import shipped

ROOT = Path(__file__).parents[2]
EXPECTED: dict[Path, str] = runpy.run_path(str(ROOT / "scripts" / "schemas.py"))["files"]()


def validator(kind: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((ROOT / "docs" / "reference" / f"{kind}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def shown(page: str) -> list[Any]:
    """The YAML blocks of a page."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return [strictyaml.load(block, page, object).value for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.name)
def test_a_schema_is_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == EXPECTED[path], "run scripts/schemas.py"


@pytest.mark.parametrize("path", sorted(shipped().rglob("*.yaml")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_shipped_packs_and_claims_are_as_their_schema_says(path: Path) -> None:
    validator("scenarios" if path.parent.name == "tests" else "pack").validate(strictyaml.load_file(path, object).value)


def test_what_the_page_on_statements_shows_is_as_the_schema_says() -> None:
    blocks = shown("statements.md")
    assert len(blocks) == 2
    for block in blocks:
        validator("lexloci").validate(block)
    validator("waivers").validate(blocks[1])


def test_what_the_page_on_facts_shows_is_as_the_schema_says() -> None:
    (block,) = shown("facts.md")
    validator("facts").validate(block)


def test_what_the_page_on_configuration_shows_is_as_the_schema_says() -> None:
    (block,) = shown("configuration.md")
    validator("lexloci").validate(block)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("lexloci", {"attestation": []}),
        ("lexloci", {"options": {"fail_on": "hgih"}}),
        ("lexloci", {"commands": {"scan aws": {"subscription": "x"}}}),
        ("lexloci", {"certificates": [{"scheme": "HDS"}]}),
        ("facts", {"regions": [{"provider": "aws", "region": "x", "country": "FR"}]}),
        ("waivers", {"waivers": [{"control": "CORE-20", "resource": "*", "owner": "dpo", "expires": "2027-01-01"}]}),
        ("pack", {"id": "ours"}),
    ],
)
def test_a_schema_refuses_what_the_loader_refuses(kind: str, wrong: dict[str, Any]) -> None:
    assert not validator(kind).is_valid(wrong)
