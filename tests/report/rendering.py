"""Every format of the registry, rendered whole."""

from scanner.cli.outputs import FORMATS, render
from scanner.model.finished import FinishedScan

EXTENSIONS = {
    "table": "txt",
    "json": "json",
    "jsonl": "jsonl",
    "csv": "csv",
    "markdown": "md",
    "sarif": "sarif.json",
    "junit": "junit.xml",
    "ocsf": "ocsf.json",
    "oscal": "oscal.json",
    "openmetrics": "prom",
    "html": "html",
}


def rendered(scan: FinishedScan, format_: str) -> bytes:
    return b"".join(render(scan, format_))


__all__ = ["EXTENSIONS", "FORMATS", "rendered"]
