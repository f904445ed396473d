"""`lexloci merge`: the shards of one scan, joined, finished and reported as one."""

from pathlib import Path
from typing import Annotated

import typer

from scanner.cli import scan as options


def merge(
    journals: Annotated[list[Path], typer.Argument(help="Journals of `lexloci scan … --shard i/n --journal PATH`.")],
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not sign in to look up keys and destinations; they become gaps.")
    ] = False,
    tag: Annotated[list[str] | None, typer.Option(help="Only resources with this tag: KEY or KEY=VALUE.")] = None,
    policy: options.Policy = None,
    param: options.Param = None,
    config: options.Config = None,
    waivers: options.Waivers = None,
    strict_waivers: options.StrictWaivers = False,
    baseline: options.Baseline = None,
    format_: options.Format = None,
    output: options.Outputs = None,
    sign_key: options.SignKey = None,
    fail_on: options.FailOn = "info",
    allow_incomplete: options.AllowIncomplete = False,
    workers: options.Workers = 16,
    timeout: options.Timeout = 30.0,
    deadline: options.Deadline = None,
    journal: options.JournalPath = None,
    no_plugins: options.NoPlugins = False,
    quiet: options.Quiet = False,
) -> None:
    """Join the journals of a scan's shards, look up what they refer to, and report. Doing it again gives the same."""
    from scanner.cli.join import Joining, run_merge

    request = Joining(
        journals=tuple(journals),
        offline=offline,
        tags=options.words(tag),
        policies=options.words(policy),
        params=tuple(param or ()),
        config=config,
        waivers=waivers,
        strict_waivers=strict_waivers,
        baseline=baseline,
        format_=format_,
        outputs=tuple(output or ()),
        sign_key=sign_key,
        fail_on=fail_on,
        allow_incomplete=allow_incomplete,
        workers=workers,
        timeout=timeout,
        deadline=options.seconds(deadline),
        journal=journal,
        plugins=not no_plugins,
        quiet=quiet,
    )
    raise typer.Exit(run_merge(request))
