"""`lexloci report`: a finished scan in other formats, without scanning."""

from scanner.cli.options import Rendering


def report(asked: Rendering) -> None:
    """Render a finished scan again, in any format. Verdicts are those of the scan; nothing is read from the cloud.

    The exit code is 0 once everything is written, whatever the scan found.
    """
    from scanner.cli.outputs import parse_outputs, read_pseudonyms, read_sign_key, write_outputs
    from scanner.cli.reading import read_scan

    outputs = parse_outputs(asked.format, asked.output)
    key = read_sign_key(asked.sign_key, outputs)
    pseudonyms = read_pseudonyms(asked.redact, asked.redact_key)
    write_outputs(read_scan(asked.scan), outputs, key, pseudonyms)
