import json

import pytest

from tests.report.rendering import EXTENSIONS, FORMATS, rendered
from tests.report.sample_scan import large, sample
from tests.report.weight import light
from tests.report.write_golden import GOLDEN


@pytest.mark.parametrize("format_", FORMATS)
def test_a_report_is_what_the_golden_file_says(format_) -> None:
    golden = GOLDEN / f"sample.{EXTENSIONS[format_]}"
    assert rendered(sample(), format_).decode() == golden.read_bytes().decode()


@pytest.mark.parametrize("format_", FORMATS)
def test_two_renderings_are_the_same_bytes(format_) -> None:
    scan = large(50)
    assert rendered(scan, format_) == rendered(scan, format_)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_scan_without_any_finding_can_be_told(format_) -> None:
    empty = sample(findings=(), resources=(), keys=(), coverage=())
    assert rendered(empty, format_)


def test_findings_of_the_sample_are_light() -> None:
    light(json.loads(rendered(sample(), "json"))["findings"])


def test_a_finding_takes_less_than_a_kilobyte_and_a_half_in_json() -> None:
    few, many = (len(rendered(sample(findings=large(n).document.findings), "json")) for n in (10, 1010))
    assert (many - few) / 1000 < 1500
