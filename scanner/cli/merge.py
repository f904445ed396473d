"""`lexloci merge`: the shards of one scan, joined, finished and reported as one."""

import typer

from scanner.cli.options import Merging


def merge(asked: Merging) -> None:
    """Join the journals of a scan's shards, look up what they refer to, and report. Doing it again gives the same."""
    from scanner.cli.join import run_merge

    raise typer.Exit(run_merge(asked))
