"""`lexloci verify`: is a sealed scan what was sealed, and did the holder of a key seal it?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scanner.store.verify import Verified


def verify(
    scan: Annotated[Path, typer.Argument(help="A sealed folder.")],
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="Public key (Ed25519, PEM) that must have signed it.")
    ] = None,
) -> None:
    """Compute every digest, link and count of a sealed scan again. Needs no network.

    Exit code 0 when all of it holds, 1 when a file is missing, extra, cut, changed or reordered, or --key did not sign
    it, 2 when there is no sealed scan or no key to check with.
    """
    from scanner.store.signature import read_public_key
    from scanner.store.verify import verify as verified

    found = verified(scan, read_public_key(key) if key is not None else None)
    for fault in found.faults:
        typer.echo(f"lexloci: {fault}", err=True)
    if not found.holds:
        raise typer.Exit(1)
    typer.echo(f"{scan}: {found.files} files, {found.bytes} bytes, nothing changed")
    typer.echo(f"seal {found.seal}")
    typer.echo(_signature(found))


def _signature(found: "Verified") -> str:
    if found.authentic:
        return "signed with the given key"
    if found.signed:
        return "signed; by whom was not checked, for that give --key"
    return "not signed: whoever could change the files could have sealed them anew"
