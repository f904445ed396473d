"""`lexloci report`: a finished scan in other formats, without scanning."""

from pathlib import Path
from typing import Annotated

import typer

from scanner.cli import scan as options


def report(
    scan: Annotated[Path, typer.Argument(help="A sealed folder, a JSON document, or - for one on standard input.")],
    format_: options.Format = None,
    output: options.Outputs = None,
    sign_key: options.SignKey = None,
) -> None:
    """Render a finished scan again, in any format. Verdicts are those of the scan; nothing is read from the cloud.

    The exit code is 0 once everything is written, whatever the scan found.
    """
    from scanner.cli.outputs import parse_outputs, read_sign_key, write_outputs
    from scanner.cli.reading import read_scan

    outputs = parse_outputs(format_, tuple(output or ()))
    key = read_sign_key(sign_key, outputs)
    write_outputs(read_scan(scan), outputs, key)
