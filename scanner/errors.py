"""Every error a user can meet, by what they can do about it.

    LexlociError
    ├── UsageError       change the command, the configuration or the policy   exit 2
    │   └── SourceError  … at this file, line and column
    └── CannotRunError   credentials, network or provider: nothing measured    exit 4

Refusals met *during* a scan are not errors: they are gaps (`scanner.model.gap`) and coverage rows.
"""


class LexlociError(Exception):
    """Root of the family. The message is one or more full sentences for the user."""

    exit_code = 4


class UsageError(LexlociError):
    """The request itself is wrong; running it again unchanged will fail again."""

    exit_code = 2


class SourceError(UsageError):
    """A file of the user's (policy, configuration, fact file) is wrong; each problem has a position."""

    def __init__(self, problems: "list[str]") -> None:
        self.problems = problems
        """`file:line:column: what is wrong`, in file order."""
        super().__init__("\n".join(problems))


class CannotRunError(LexlociError):
    """The scan could not measure anything: no credentials, unreachable provider, unusable store."""

    exit_code = 4
