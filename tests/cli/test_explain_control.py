"""`lexloci explain CONTROL`: whoever reads it needs neither the pack's file nor the list of facts beside it."""

import re
from pathlib import Path

import pytest

from scanner.cli.control import lines
from scanner.cli.packs import all_packs, country_sets
from scanner.policy.check import CheckedControl, CheckedPack
from scanner.policy.explain import explain_control
from scanner.policy.pack import shipped
from tests.cli.command import SIGNED_OUT, lexloci

CONTROLS = [pytest.param(pack, control, id=control.id) for pack in all_packs() for control in pack.controls]


def told(pack: CheckedPack, control: CheckedControl) -> list[str]:
    return [" ".join(line.split()) for line in lines(explain_control(pack, control), {}, country_sets())]


@pytest.mark.parametrize(("pack", "control"), CONTROLS)
def test_every_control_says_what_it_asks_and_where_it_is_from(pack: CheckedPack, control: CheckedControl) -> None:
    said = told(pack, control)
    written = control.control
    assert said[0] == f"{written.id} {written.title}"
    assert written.question in said
    assert f"a pass needs: {written.pass_needs}" in said
    assert f"a pass does not mean: {written.pass_does_not_mean}" in said
    assert f"severity {written.severity.value}: {written.severity_reason}" in said
    assert f"remediation: {written.remediation}" in said
    assert written.references and all(f"see: {one}" in said for one in written.references)
    (source,) = [line for line in said if line.startswith("source: ")]
    assert pack.pack.source in source and pack.pack.as_of in source
    assert ("was read there" in source) == written.confirmed
    assert written.article == "-" or said[1].endswith(written.article)


@pytest.mark.parametrize(("pack", "control"), CONTROLS)
def test_every_control_says_what_decides_and_what_it_reads(pack: CheckedPack, control: CheckedControl) -> None:
    said = told(pack, control)
    for role, condition in control.conditions:
        (line,) = [line for line in said if re.match(rf"{role} +{re.escape(condition.name)}: ", line)]
        expression, name, row = re.fullmatch(r"[^:]+: (.*) \((policies/\S+\.yaml):(\d+):\d+\)", line).groups()
        assert expression == " ".join(condition.text.split())
        rows = (shipped().parent / name).read_text(encoding="utf-8").splitlines()
        assert expression.split()[0].strip("(!\"'") in " ".join(rows[int(row) - 1 : int(row) + 2])
    verdicts = {line.partition(": ")[0]: line.partition(": ")[2] for line in said}
    assert ("not applicable" in verdicts) == bool(control.match)
    assert "an assert is false" in verdicts["fail"] and ("match" in verdicts["fail"]) == bool(control.match)
    assert "every assert is true" in verdicts["pass"] and ("doubt" in verdicts["pass"]) == bool(control.doubts)
    assert "was not read" in verdicts["unknown"]
    for fact in control.facts:
        declared = pack.vocabulary[fact]
        (line,) = [line for line in said if line.startswith(f"{fact}: ")]
        assert line.startswith(f"{fact}: {declared.doc} ({declared.assurance.value})")
        assert all(word in line for word in declared.words)
    for name in control.settings:
        kind, _, name = name.partition(".")
        title = f"{pack.pack.id}.{name}" if kind == "params" else f"sets.{name}"
        (line,) = [line for line in said if line.startswith(f"{title} = ")]
        assert len(line) > len(f"{title} = ")


def explained(*arguments: str, width: int = 120) -> tuple[int, str]:
    done = lexloci("explain", *arguments, environment={**SIGNED_OUT, "COLUMNS": str(width)})
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("width", [60, 80, 200])
def test_an_explanation_is_no_wider_than_the_terminal_and_loses_nothing(width: int) -> None:
    code, said = explained("CORE-24", width=width)
    assert code == 0
    assert max(map(len, said.splitlines())) <= width
    (pack,) = [pack for pack in all_packs() if pack.pack.id == "core"]
    (control,) = [control for control in pack.controls if control.id == "CORE-24"]
    assert "".join(said.split()) == "".join("".join(told(pack, control)).split())


def test_a_parameter_of_the_control_is_shown_as_it_was_given() -> None:
    code, said = explained("CORE-30", "--param", "core.allowed_countries=FR,DE")
    assert (code, "core.allowed_countries = FR, DE (given): countries in which" in said) == (0, True)
    code, said = explained("CORE-30")
    assert (code, "core.allowed_countries = sets.eea (default): countries in which" in said) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--param", "core.allowed_countries=FR,UK"], "did you mean 'GB'?"),
        (["--param", "core.allowed_countrys=FR"], "has no parameter 'allowed_countrys'"),
        (["--param", "core.decryptor_countries=FR"], "CORE-30 does not read the parameter 'decryptor_countries'"),
        (["--param", "hdh.countries=FR"], "CORE-30 is of the pack core; a parameter of 'hdh' changes nothing there"),
        (["--facts", "own.yaml"], "--facts changes nothing without --from"),
    ],
    ids=["no country", "no parameter", "of another control", "of another pack", "facts"],
)
def test_an_option_that_would_change_nothing_is_refused(arguments: list[str], why: str, tmp_path: Path) -> None:
    code, said = explained("CORE-30", *arguments)
    assert code == 2
    assert why in said
