"""Write the golden files anew, to be read in review: python -m tests.report.write_golden"""

from pathlib import Path

from tests.report.rendering import EXTENSIONS, FORMATS, rendered
from tests.report.sample_scan import sample

GOLDEN = Path(__file__).parents[1] / "golden"


def main() -> None:
    for format_ in FORMATS:
        (GOLDEN / f"sample.{EXTENSIONS[format_]}").write_bytes(rendered(sample(), format_))


if __name__ == "__main__":
    main()
