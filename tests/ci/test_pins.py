"""What a workflow installs is pinned by hash, and what it uses by commit."""

import re

import pytest

from tests.ci.runner import GITHUB

TEXTS = {path.relative_to(GITHUB).as_posix(): path.read_text("utf-8") for path in sorted(GITHUB.rglob("*.yml"))}
BESIDE = ["tests/fuzz/requirements.txt", "tests/mutation/requirements.txt"]


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_is_installed_without_a_hash_and_nothing_used_by_a_name_that_moves(name: str) -> None:
    installs = [line for line in TEXTS[name].splitlines() if "pip install" in line]
    assert [line for line in installs if "--require-hashes" not in line] == []
    used = re.findall(r"uses: (\S+)", TEXTS[name])
    assert [one for one in used if not re.search(r"@[0-9a-f]{40}$", one) and not one.startswith(("./", "$/"))] == []


@pytest.mark.parametrize("name", BESIDE)
def test_what_the_nights_need_more_does_not_move_what_the_tests_have(name: str) -> None:
    root = GITHUB.parent
    dev, more = (
        dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", (root / path).read_text("utf-8"), re.MULTILINE))
        for path in ("constraints-dev.txt", name)
    )
    assert more
    assert {package: version for package, version in more.items() if dev.get(package, version) != version} == {}
    assert any(name in text for text in TEXTS.values())
