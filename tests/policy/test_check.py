"""A pack that is wrong is refused when it is loaded, with every problem and its exact place."""

from pathlib import Path

import pytest

from scanner.errors import SourceError, UsageError
from scanner.facts import countries
from scanner.policy.check import check
from scanner.policy.evaluate import Evaluator
from scanner.policy.pack import parse, read_all, shipped
from scanner.policy.place import place
from tests.policy.making import SETS, checked, condition, control, pack_text

CODES = countries.spellings()
GOOD = condition("encrypted", "encryption.at_rest")


def problems(text: str, *more: str) -> list[str]:
    with pytest.raises(SourceError) as refused:
        check(
            [parse(each, f"{number}.yaml") for number, each in enumerate((text, *more), start=1)], SETS, countries=CODES
        )
    return refused.value.problems


def where(text: str, found: str) -> str:
    """`1.yaml:line:column` of the first occurrence of `found`."""
    index = text.index(found)
    return f"1.yaml:{text.count(chr(10), 0, index) + 1}:{index - text.rfind(chr(10), 0, index)}"


def refusal(expr: str) -> tuple[str, str, str]:
    """Text of a pack with this one condition, place and message of its only problem."""
    text = pack_text(control(assert_=condition("tested", expr)))
    (problem,) = problems(text)
    position, _, message = problem.partition(": control T-1, condition tested: ")
    return text, position, message


@pytest.mark.parametrize(
    ("expr", "at", "message"),
    [
        ("key.custdy == 'none'", "key.custdy", "unknown fact 'key.custdy'; did you mean 'key.custody'?"),
        ("location.country in sets.eaa", "sets.eaa", "unknown fact 'sets.eaa'; did you mean 'sets.eea'?"),
        ("data.health == 'likly'", "'likly'", "'likly' is no value of data.health; did you mean 'likely'?"),
        ("'likly' != data.health", "'likly'", "'likly' is no value of data.health; did you mean 'likely'?"),
        ("data.health in ['likely', 'sure']", "'sure'", "'sure' is no value of data.health; one of"),
        ("key.custody == 'unknown'", "'unknown'", "'unknown' is no value of key.custody; one of"),
        ("location.country == 'France'", "'France'", "'France' is no country code"),
        ("copies.exists(c, c.country == 'France')", "'France'", "'France' is no country code"),
        ("location.country == 'UK'", "'UK'", "'UK' is the code of no country"),
        ("copies.all(c, c.country in ['FR', 'FX'])", "'FX'", "'FX' is the code of no country"),
        ("copies.all(c, c.contry == 'FR')", ".contry", "has no field 'contry'; did you mean 'country'?"),
        (
            "operator.exposure.exists(x, x.strength == 'establishd')",
            "'establishd'",
            "'establishd' is no value of operator.exposure.strength; did you mean 'established'?",
        ),
        ("retention.days == 'x'", "==", "no matching overload for '_==_' applied to '(int, string)'"),
        ("key.custody == 5", "==", "no matching overload for '_==_' applied to '(string, int)'"),
        ("key.custody", "key.custody", "a condition must be true or false, this is of type string"),
        ("has(key.custody)", "has(", "'has' is not part of the condition language"),
        ("size(copies) > 0", "size(", "'size' is not part of the condition language"),
        ("copies.size() > 0", "size(", "'size' is not part of the condition language"),
        ("copies[0].country == 'FR'", "[0]", "is not part of the condition language"),
        ("encryption.at_rest ? true : false", "? true", "is not part of the condition language"),
        ("retention.days + 1 < 3", "+ 1", "is not part of the condition language"),
        ("copies.map(c, c.country) == ['FR']", "map(", "'map' is not part of the condition language"),
        ("copies.exists_one(c, c.country == 'FR')", "exists_one(", "'exists_one' is not part of"),
        ("key.custody.matches('a+')", "matches(", "'matches' is not part of the condition language"),
        ("copies == copies", "copies ==", "walk 'copies' with all() or exists()"),
        ("[copies] == [copies]", "copies]", "walk 'copies' with all() or exists()"),
        ("copies.all(c, c == {'a': 'b'})", "c == {", "read a field of 'c'"),
        ("copies.all(c, 'country' in c)", 'c)"', "read a field of 'c'"),
        ("copies.exists(key, key.country == 'FR')", "copies.exists", "the variable 'key' hides another name"),
        ("key.custody in {'none': 1}", "{'none'", "a map literal is not part of the condition language"),
        ("true", 'true"', "reads no fact"),
        ("'FR' in sets.eea", "'FR'", "reads no fact"),
        ("true || encryption.at_rest", "true ||", "has the same answer whatever the facts are"),
        ("key.custody == ", None, "Syntax error"),
    ],
)
def test_a_wrong_condition_is_refused_at_its_place(expr: str, at: str | None, message: str) -> None:
    text = pack_text(control(assert_=condition("tested", expr)))
    found = problems(text)
    assert any(message in problem for problem in found), found
    if at is not None:
        line, column = where(text, 'expr: "').split(":")[1:]
        inside = text.index(at, text.index('expr: "')) - text.index('expr: "')
        spot = f"1.yaml:{line}:{int(column) + inside}"
        assert any(problem.startswith(f"{spot}:") and message in problem for problem in found), (spot, found)


def test_an_expression_of_two_thousand_characters_is_the_longest() -> None:
    fits = "encryption.at_rest && key.id != '" + "x" * 1966 + "'"
    assert len(fits) == 2000
    checked(control(assert_=condition("tested", fits)))
    _, _, message = refusal(fits.replace("xx'", "xxx'"))
    assert message == "the expression is longer than 2,000 characters"


@pytest.mark.parametrize(
    ("scalar", "shown"),
    [
        ("encryption.at_rest && key.custdy == 'none'", "key.custdy"),
        ("'encryption.at_rest && key.id != ''a'' && key.custdy == ''none'''", "key.custdy"),
        ('"encryption.at_rest && key.id != \\"\\u00e9\\" && key.custdy == \'none\'"', "key.custdy"),
        (">-\n          encryption.at_rest\n          && key.custdy == 'none'", "key.custdy"),
        ("|\n          encryption.at_rest\n            && key.custdy == 'none'", "key.custdy"),
        (">-  # why\n\n          encryption.at_rest &&\n\n          key.custdy == 'none'", "key.custdy"),
        ("encryption.at_rest\n          && key.custdy == 'none'", "key.custdy"),
        (">-\n          encryption.at_rest\n          && key.custody == 'nome'", "'nome'"),
        ("'encryption.at_rest && key.custody == ''nome'''", "''nome'"),
    ],
)
def test_positions_are_exact_in_every_scalar_style(scalar: str, shown: str) -> None:
    text = pack_text(control(assert_=GOOD)).replace(
        f"assert: [{GOOD}]", f"assert:\n      - name: tested\n        expr: {scalar}"
    )
    (problem,) = problems(text)
    assert problem.startswith(where(text, shown) + ":"), problem


@pytest.mark.parametrize(("offset", "expected"), [(0, (1, 4)), (2, (2, 3)), (3, (2, 4)), (99, (2, 4))])
def test_place_points_behind_the_last_visible_character_at_the_end(offset: int, expected: tuple[int, int]) -> None:
    assert place("a: x\n  y\n", (1, 4), "x y", offset) == expected


def test_all_problems_of_all_files_are_told_at_once_in_file_order() -> None:
    first = pack_text(
        control(assert_=condition("a", "key.custdy == 'none'")),
        control(id="T-2", assert_=condition("b", "data.health == 'x'")),
    )
    second = pack_text(control(id="T-3", assert_=condition("c", "copies.size() > 0"))).replace("id: test", "id: other")
    found = problems(first, second)
    assert [problem.split(":")[0] for problem in found[:2]] == ["1.yaml", "1.yaml"]
    assert found[2].startswith("2.yaml:")
    assert "condition a" in found[0] and "condition b" in found[1] and "condition c" in found[2]


def test_norway_stays_norway() -> None:
    pack = checked(
        control(assert_=condition("inside", "location.country in params.countries")),
        extra="parameters:\n  countries: {type: list<string>, default: [NO, IS], doc: where}\n",
    )
    assert pack.pack.parameters["countries"].default == ["NO", "IS"]


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("title: A pack", "title: A\ntitle: A pack", "title: A pack", "the key 'title' is written twice"),
        ("severity: high", "sevrity: high", "sevrity", "unknown field `sevrity`; did you mean 'severity'?"),
        ("severity: high", "severity: hihg", "hihg", "Invalid enum value 'hihg'; did you mean 'high'?"),
        ("severity: high", "severity: grave", "grave", "Invalid enum value 'grave'; one of critical, high, medium, "),
        ("issuer: nobody", "isuer: nobody", "isuer", "unknown field `isuer`; did you mean 'issuer'?"),
        ("axis: key", "axis: keys", "keys", "Invalid enum value 'keys'"),
        ("confirmed: true", "confirmed: yes", "yes", "Expected `bool`, got `str`"),
        ("as_of: 2026-01-01", "as_of: yesterday", "yesterday", "Expected `str` matching regex"),
        ("name: encrypted", "name: Is Encrypted", "Is Encrypted", "Expected `str` matching regex"),
        ("expr: ", "exp: ", "exp: ", "unknown field `exp`; did you mean 'expr'?"),
        ("title: A pack", "title: &a A pack", "&a", "anchors and aliases are not allowed"),
        ("title: A pack of", "title: !!python/name:os A pack of", "!!python", "tag"),
    ],
)
def test_a_wrong_file_is_refused_at_its_place(old: str, new: str, at: str, message: str) -> None:
    text = pack_text(control(assert_=GOOD)).replace(old, new, 1)
    found = problems(text)
    assert any(problem.startswith(where(text, at) + ":") and message in problem for problem in found), found


def test_a_missing_field_is_told_at_its_control() -> None:
    text = pack_text(control(assert_=GOOD)).replace("    remediation: None.\n", "")
    assert problems(text) == [f"{where(text, 'id: T-1')}: Object missing required field `remediation`"]


def test_a_file_of_the_wrong_shape_tells_all_its_faults() -> None:
    text = pack_text(control(assert_=GOOD)).replace("axis: key", "axis: keys").replace("issuer: nobody\n", "")
    assert len(problems(text)) == 2


def test_a_control_without_assert_is_refused() -> None:
    text = pack_text(control(match=GOOD))
    assert problems(text) == [
        f"{where(text, '[]')}: control T-1: without an assert it would pass without looking at anything"
    ]


def test_control_and_pack_ids_are_unique_across_files() -> None:
    text = pack_text(control(assert_=GOOD))
    assert problems(text, text) == [
        f"2.yaml:1:5: the pack id 'test-pack' is already used at {where(text, 'test-pack')}",
        f"2.yaml:{where(text, 'T-1').removeprefix('1.yaml:')}: the control id 'T-1' is already used at "
        f"{where(text, 'T-1')}",
    ]


def test_two_conditions_of_one_name_are_refused() -> None:
    text = pack_text(control(match=GOOD, assert_=GOOD))
    assert "two conditions are named 'encrypted'" in problems(text)[0]


def test_a_scope_is_shared_and_a_misspelt_one_refused() -> None:
    extra = f"scopes:\n  stores: [{condition('keeps-data', 'resource.is_store')}]\n"
    text = pack_text(control(assert_=GOOD), extra=extra).replace("    match:", "    scope: [stores]\n    match:")
    pack = check([parse(text, "x.yaml")], SETS)[0]
    assert [each.name for each in pack.controls[0].match] == ["keeps-data"]
    wrong = text.replace("scope: [stores]", "scope: [store]")
    assert any(
        problem.startswith(where(wrong, "store]")) and "no scope 'store'; did you mean 'stores'?" in problem
        for problem in problems(wrong)
    )


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ("parameters:\n  unused: {type: int, default: 1, doc: d}\n", "no condition uses the parameter 'unused'"),
        ("attestations:\n  unused: a statement\n", "no condition uses the attestation 'unused'"),
        ("scopes:\n  unused: [" + condition("a", "resource.is_store") + "]\n", "no control uses the scope 'unused'"),
    ],
)
def test_what_no_condition_uses_is_refused(declared: str, message: str) -> None:
    assert message in problems(pack_text(control(assert_=GOOD), extra=declared))[0]


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ("{type: list<string>, default: sets.eaa, doc: d}", "'sets.eaa' is neither a list nor a country set"),
        ("{type: list<string>, default: [], doc: d}", "must be a list of texts with at least one entry"),
        ("{type: list<string>, default: [1], doc: d}", "Expected"),
        ("{type: list<country>, default: sets.eaa, doc: d}", "'sets.eaa' is neither a list nor a country set"),
        (
            "{type: list<country>, default: [FR, UK], doc: d}",
            "'UK' is the code of no country (ISO 3166 alpha-2); did you mean 'GB'?",
        ),
        ("{type: list<country>, default: [fr], doc: d}", "did you mean 'FR'?"),
        ("{type: list<country>, default: [France], doc: d}", "did you mean 'FR'?"),
    ],
)
def test_a_wrong_default_is_refused(parameter: str, message: str) -> None:
    inside = condition("inside", "location.country in params.where")
    found = problems(pack_text(control(assert_=inside), extra=f"parameters:\n  where: {parameter}\n"))
    assert any(message in problem for problem in found), found


LIMIT = condition("soon", "retention.days <= params.limit")


def test_a_required_parameter_that_is_not_set_is_an_error_and_never_a_pass() -> None:
    pack = checked(control(assert_=LIMIT), extra="parameters:\n  limit: {type: int, doc: longest time in days}\n")
    with pytest.raises(UsageError, match="needs the parameter 'limit' \\(longest time in days\\); it is not set"):
        Evaluator([pack], {}, SETS)
    Evaluator([pack], {"test-pack": {"limit": 3}}, SETS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"test-pack": {"limit": "3"}}, "The parameter 'limit' of the pack test-pack must be a whole number."),
        ({"test-pack": {"limit": True}}, "must be a whole number"),
        ({"test-pack": {"limt": 3}}, "has no parameter 'limt'; did you mean 'limit'?"),
        ({"tst-pack": {"limit": 3}}, "'tst-pack', which is not loaded; did you mean 'test-pack'?"),
    ],
)
def test_a_wrong_parameter_is_an_error(given: dict[str, dict[str, object]], message: str) -> None:
    pack = checked(control(assert_=LIMIT), extra="parameters:\n  limit: {type: int, default: 9, doc: d}\n")
    with pytest.raises(UsageError) as refused:
        Evaluator([pack], given, SETS)
    assert message in str(refused.value)


@pytest.mark.parametrize("value", [[], [""], ["FR", ""], "FR", [1]])
def test_an_empty_list_is_no_value_because_all_of_nothing_is_true(value: object) -> None:
    pack = checked(
        control(assert_=condition("inside", "copies.all(c, c.country in params.where)")),
        extra="parameters:\n  where: {type: list<string>, default: sets.eea, doc: d}\n",
    )
    with pytest.raises(UsageError, match="must be a list of texts with at least one entry"):
        Evaluator([pack], {"test-pack": {"where": value}}, SETS)


def test_an_unreadable_file_and_an_empty_folder_are_errors_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        read_all([tmp_path / "absent.yaml"])
    with pytest.raises(UsageError, match="holds no policy pack"):
        read_all([tmp_path])


def test_several_unreadable_files_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe")
    (tmp_path / "b.yaml").write_text("id: [")
    with pytest.raises(SourceError) as refused:
        read_all([tmp_path])
    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        str(tmp_path / "a.yaml"),
        str(tmp_path / "b.yaml"),
    ]


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    import hashlib

    path = shipped() / "core.yaml"
    (source,) = read_all([path])
    assert source.digest == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("level", ["[", "{a: ", "- ", "? "])
@pytest.mark.parametrize("levels", [1_000, 9_000, 200_000])
def test_a_file_nested_without_end_is_refused_and_takes_no_process_with_it(level: str, levels: int) -> None:
    (problem,) = problems(level * levels + "a" + {"[": "]", "{a: ": "}"}.get(level, "") * levels)
    assert problem.startswith("1.yaml:1:")
    assert "lists and mappings are nested too deeply" in problem


@pytest.mark.parametrize("day", ["2026-13-01", "2026-00-10", "2026-10-32", "soon"])
def test_a_day_that_no_calendar_has_is_refused(day: str) -> None:
    text = pack_text(control(assert_=GOOD)).replace("as_of: 2026-01-01", f"as_of: {day}")
    assert day in text
    assert problems(text)[0].startswith(where(text, day))
