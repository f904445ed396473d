"""Starts lexloci, once it is sure that the `scanner` it would start is lexloci's own.

The import package is called `scanner`, as others are. This module beside it cannot be shadowed by them, and says what
is wrong where Python would say "No module named 'scanner.cli'".
"""

import sys


def main() -> None:
    """Entry point of the console script; exit code 4 when a foreign package stands in the way."""
    import scanner

    if getattr(scanner, "DISTRIBUTION", None) != "lexloci":
        found = scanner.__file__ or next(iter(scanner.__path__), "?")
        sys.stderr.write(
            f"lexloci: the Python package 'scanner' at {found} is not lexloci's and hides it.\n"
            "lexloci: install it into an environment of its own: pipx install lexloci, or uv tool install lexloci.\n"
            "lexloci: if PYTHONPATH or the current folder holds the other one, leave that out.\n"
        )
        sys.exit(4)
    from scanner.cli.main import main as start

    start()


if __name__ == "__main__":
    main()
