"""`lexloci demo`: the ordinary scan, over real HTTP, of a fictional account that runs on this machine."""

import typer

app = typer.Typer(
    help="Scan a fictional account that runs on this machine. Needs the extra: pip install 'lexloci[demo]'.",
    rich_markup_mode=None,
    no_args_is_help=True,
)
