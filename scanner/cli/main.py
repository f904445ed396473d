"""The `lexloci` command: which commands there are, and how an error becomes an exit code."""

from typing import Annotated

import typer

import scanner
from scanner.cli import (
    claims,
    config,
    demo,
    diff,
    explain,
    exposure,
    facts,
    history,
    merge,
    permissions,
    policies,
    report,
    scan,
    tables,
    verify,
)
from scanner.cli.app import PREFIX, App
from scanner.errors import CannotRunError, LexlociError

app = App(
    name="lexloci",
    help="Shows, from the accounts themselves, where health data sits, under whose law, and who can decrypt it.",
    epilog=(
        "Exit codes: 0 nothing at or above --fail-on; 1 violations; 2 usage, configuration or policy error; "
        "3 no violation, but not established; 4 could not run; 130/143 interrupted, what is complete is kept. "
        "Any option can also stand in lexloci.yaml or in the environment: lexloci config show."
    ),
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": PREFIX.rstrip("_")},
)
app.add_typer(scan.app, name="scan")
app.add_typer(demo.app, name="demo")
app.add_typer(config.app, name="config")
app.add_typer(claims.app, name="claims")
app.add_typer(policies.app, name="policies")
app.add_typer(permissions.app, name="permissions")
app.add_typer(facts.operators, name="operators")
app.add_typer(facts.regions, name="regions")
app.add_typer(facts.laws, name="laws")
app.command("explain")(explain.explain)
app.command("merge")(merge.merge)
app.command("report")(report.report)
app.command("diff")(diff.diff)
app.command("history")(history.history)
app.command("tables")(tables.tables)
app.command("verify")(verify.verify)
app.command("exposure")(exposure.exposure)


@app.command()
def version() -> None:
    """Print the versions of lexloci and of the policy packs, and the dates of the fact tables."""
    from scanner.cli.packs import all_packs
    from scanner.facts.ages import dates
    from scanner.facts.registry import shipped

    typer.echo(f"lexloci {scanner.__version__}")
    for name, checked in dates(shipped()).items():
        typer.echo(f"facts   {checked}  {name}")
    for pack in all_packs():
        typer.echo(f"pack    {pack.pack.as_of}  {pack.pack.id}: {pack.pack.edition}")


def _version(asked: bool) -> None:
    if asked:
        version()
        raise typer.Exit


@app.callback()
def lexloci(
    version_: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print what `lexloci version` does.")
    ] = False,
) -> None: ...


def main() -> None:
    """Entry point of the console script."""
    from scanner.cli.signals import leave
    from scanner.cli.terminal import failure

    try:
        app()
    except LexlociError as error:
        for line in str(error).splitlines():
            failure(line)
        leave(error.exit_code)
    except OSError as error:
        from scanner.cli.outputs import NO_ROOM, turn_away

        # Every file that is opened has a name, and every report of its own has been told of by now.
        if error.errno in NO_ROOM and error.filename is None:
            turn_away()
            failure(f"The result cannot be written to standard output: {error.strerror}.")
        else:
            _bug()
        leave(CannotRunError.exit_code)
    except Exception as error:  # noqa: BLE001 - a bug of ours, told as one; Python's own code would say "violations"
        if type(error).__module__ == "sqlite3":  # by its name, as most commands have no need to load it
            failure(f"A working file cannot be used: {error}.")
        else:
            _bug()
        leave(CannotRunError.exit_code)
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        leave(end.code)


def _bug() -> None:
    import sys
    import traceback

    from scanner.providers.secrets import without_secrets

    sys.stderr.write(without_secrets(traceback.format_exc()))
    sys.stderr.write("lexloci: this is a bug in lexloci; there is no result.\n")
