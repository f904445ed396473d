"""`lexloci report`: a finished scan in other formats, without scanning."""

from typing import TYPE_CHECKING

from scanner.cli.options import Rendering

if TYPE_CHECKING:
    from scanner.model.claims import ClaimReading
    from scanner.model.finished import FinishedScan


def report(asked: Rendering) -> None:
    """Render a finished scan again, in any format. Verdicts are those of the scan; nothing is read from the cloud.

    The exit code is 0 once everything is written, whatever the scan found.
    """
    from datetime import datetime

    from scanner.cli.anchor import anchor
    from scanner.cli.claims import readings_of
    from scanner.cli.outputs import Manner, parse_outputs, read_pseudonyms, read_sign_key, write_outputs
    from scanner.cli.own_facts import registry_for
    from scanner.cli.reading import read_scan

    outputs = parse_outputs(asked.format, asked.output)
    key = read_sign_key(asked.sign_key, outputs)
    pseudonyms = read_pseudonyms(asked.redact, asked.redact_key)
    scan = read_scan(asked.scan)

    def claims(written: "FinishedScan") -> "tuple[ClaimReading, ...]":
        day = datetime.fromisoformat(written.header.started_at).date()
        return readings_of(written, asked.claims, registry_for(written, asked.facts), day)

    manner = Manner(
        lang=asked.lang,
        ocsf_version=asked.ocsf_version,
        claims=claims if asked.claims else None,
        anchor=anchor(outputs),
    )
    write_outputs(scan, outputs, key, pseudonyms, manner)
