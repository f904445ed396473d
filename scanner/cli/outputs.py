"""Where reports go: `--format F` to stdout, `-o FORMAT=PATH` as often as wanted, `-` for stdout."""

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from msgspec import Struct

from scanner.cli.options import Format
from scanner.endless import is_endless
from scanner.errors import CannotRunError, UsageError
from scanner.model.finished import FinishedScan
from scanner.replace import put

if TYPE_CHECKING:
    from scanner.model.claims import ClaimReading
    from scanner.store.pseudonym import Pseudonyms
    from scanner.store.signature import SigningKey

FORMATS = {word: f"scanner.report.{word}" for word in get_args(Format)}
"""Format words and the room of each; a room is imported when its format is asked for."""

SEALED = "sealed"
"""The word for a folder, which is no report but what reports are made from (`scanner.store.seal`)."""

STDOUT = "-"

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a write says when the place that it goes to takes no more."""


class Output(Struct, frozen=True, kw_only=True):
    """A report that was asked for: its format, and its file, folder or `-`."""

    format: str
    path: str


def parse_outputs(format_: str | None, outputs: Iterable[str]) -> tuple[Output, ...]:
    """The reports asked for; UsageError for an unknown format or two reports on stdout.

    `-o` takes `FORMAT=PATH`, or a bare path for the format of `--format`. Without any `-o` the report goes to stdout.
    """
    default = format_ or "table"
    parsed = []
    for text in outputs:
        word, separator, path = text.partition("=")
        parsed.append(Output(format=word, path=path) if separator else Output(format=default, path=text))
    if not parsed or (format_ is not None and all("=" in text for text in outputs)):
        parsed.insert(0, Output(format=default, path=STDOUT))
    for output in parsed:
        if output.format == SEALED:
            _check_folder(output.path)
        elif output.format not in FORMATS:
            raise UsageError(f"'{output.format}' is no report format; there are {', '.join((*FORMATS, SEALED))}.")
        elif not output.path:
            raise UsageError(f"-o {output.format}= lacks a path; use {output.format}=- for standard output.")
        elif Path(output.path).is_dir():
            raise UsageError(f"{output.path} is a folder; -o {output.format}= takes a file.")
        elif not Path(output.path).parent.is_dir():
            raise UsageError(f"{Path(output.path).parent} is no folder, so that {output.path} could not be written.")
    if sum(output.path == STDOUT for output in parsed) > 1:
        raise UsageError("Only one report can go to standard output.")
    _refuse_twice(parsed)
    return tuple(parsed)


def _refuse_twice(outputs: Iterable[Output]) -> None:
    """The second report of a file would be all that is left of both. A device or a pipe takes any number."""
    seen: set[Path] = set()
    for output in outputs:
        path = Path(output.path)
        if output.path == STDOUT or is_endless(path):
            continue
        if path.resolve() in seen:
            raise UsageError(f"Two reports go to {output.path}.")
        seen.add(path.resolve())


class Manner(Struct, frozen=True, kw_only=True):
    """What some formats are asked beside the scan."""

    lang: str = "en"
    """Language of the HTML report."""
    ocsf_version: str = "1.6"
    """Two numbers; the third is 0 in every release that there is."""
    anchor: str = ""
    """File of the repository at which a page of code shows the results; empty for the format's own choice."""
    claims: "Callable[[FinishedScan], Sequence[ClaimReading]] | None" = None
    """Reads public statements out of the scan that is written, so that its pseudonyms hold in the readings too."""


def _check_folder(path: str) -> None:
    if path in ("", STDOUT):
        raise UsageError("A sealed scan is a folder: -o sealed=FOLDER.")
    from scanner.store.seal import refuse_other

    refuse_other(Path(path))


def read_sign_key(path: Path | None, outputs: Iterable[Output]) -> "SigningKey | None":
    """The key of `--sign-key`; UsageError when it cannot be used, or there is nothing to sign."""
    if path is None:
        return None
    if not any(output.format == SEALED for output in outputs):
        raise UsageError("--sign-key signs a sealed scan; add -o sealed=FOLDER.")
    from scanner.store.signature import read_signing_key

    return read_signing_key(path)


def read_pseudonyms(redact: bool, path: Path | None) -> "Pseudonyms | None":
    """The pseudonyms of `--redact` and `--redact-key`, which asks for them too; None for neither."""
    if not redact and path is None:
        return None
    from scanner.store.pseudonym import Pseudonyms, read_key

    return Pseudonyms(read_key(path) if path is not None else None)


def write_outputs(
    scan: FinishedScan,
    outputs: Iterable[Output],
    key: "SigningKey | None" = None,
    pseudonyms: "Pseudonyms | None" = None,
    manner: Manner | None = None,
) -> None:
    """Render every output, under pseudonyms if there are any. Each appears whole or not at all, so the last good one
    survives a failure; CannotRunError for those that failed, once the others are written."""
    manner = manner or Manner()
    if pseudonyms is None:
        _write_outputs(scan, outputs, key, manner)
        return
    from scanner.store.redact import redacted

    with redacted(scan, pseudonyms) as hidden:
        _write_outputs(hidden, outputs, key, manner)


def _write_outputs(scan: FinishedScan, outputs: Iterable[Output], key: "SigningKey | None", manner: Manner) -> None:
    failed = []
    for output in outputs:
        try:
            _write_output(scan, output, key, manner)
        except CannotRunError as error:
            failed.append(str(error))
    if failed:
        raise CannotRunError("\n".join(failed))


def _write_output(scan: FinishedScan, output: Output, key: "SigningKey | None", manner: Manner) -> None:
    if output.format == SEALED:
        from scanner.store.seal import seal

        seal(scan, Path(output.path), key)
    elif output.path == STDOUT:
        to_stdout(render(scan, output.format, manner, stdout_width()))
    else:
        to_file(render(scan, output.format, manner), Path(output.path))


def render(scan: FinishedScan, format_: str, manner: Manner | None = None, width: int | None = None) -> Iterator[bytes]:
    """The chosen format's bytes, in pieces. Readings of public statements stand before a table and in the HTML page.

    `width` is that of a table, in columns; without it as wide as a file.
    """
    manner = manner or Manner()
    arguments: dict[str, Any] = {}
    if format_ == "table":
        from scanner.report.columns import WIDTH

        arguments = {"width": width or WIDTH}
        if manner.claims is not None:
            from scanner.report.claims import lines

            yield ("\n".join(lines(manner.claims(scan), width or WIDTH)) + "\n\n").encode()
    elif format_ == "html":
        arguments = {"lang": manner.lang, "claims": manner.claims(scan) if manner.claims is not None else ()}
    elif format_ == "ocsf":
        arguments = {"version": f"{manner.ocsf_version}.0"}
    elif format_ == "sarif" and manner.anchor:
        arguments = {"anchor": manner.anchor}
    yield from import_module(FORMATS[format_]).render(scan, **arguments)


def stdout_width() -> int:
    """Columns of standard output: what COLUMNS says, else the terminal's own, else those of a file."""
    from scanner.report.columns import NARROWEST, WIDTH

    return max(NARROWEST, shutil.get_terminal_size((WIDTH, 24)).columns)


def to_stdout(chunks: Iterable[bytes]) -> None:
    """Write; a reader who has seen enough is no error, and the exit code stays that of the result.

    CannotRunError where standard output takes nothing: it is closed, or on a disk that is full.
    """
    if sys.stdout is None:
        raise CannotRunError("The report cannot be written: standard output is closed.")
    try:
        for chunk in chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        turn_away()
    except OSError as error:
        turn_away()
        raise CannotRunError(f"The report cannot be written to standard output: {error.strerror or error}.") from None


def turn_away() -> None:
    """Point stdout at nothing, so that the interpreter's own flush at exit does not complain about the same pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def to_file(chunks: Iterable[bytes], path: Path) -> None:
    """The whole report, or an error and the report that was there before."""
    try:
        put(chunks, path)
    except OSError as error:
        raise CannotRunError(f"The report {path} cannot be written: {error.strerror or error}.") from None
