"""Shell completion: the script of each shell, and what it completes, in a real shell where there is one."""

import os
import shutil
import subprocess

import pytest

from tests.cli.command import LEXLOCI, lexloci


@pytest.mark.parametrize(
    ("shell", "begins"), [("bash", "_lexloci_completion"), ("zsh", "#compdef"), ("fish", "complete")]
)
def test_each_shell_has_its_script(shell: str, begins: str) -> None:
    done = lexloci("--show-completion", environment={"_LEXLOCI_COMPLETE": f"source_{shell}"})
    assert done.returncode == 0 and done.stdout.strip().startswith(begins)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_flag_finds_out_which_shell_asks(shell: str) -> None:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed here")
    done = subprocess.run(
        [found, "-c", f"{LEXLOCI} --show-completion; true"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "lexloci" in done.stdout and done.stderr == ""


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("lexloci sc", "scan"),
        ("lexloci scan aws --fail-o", "--fail-on"),
        ("lexloci scan aws --fail-on me", "medium"),
        ("lexloci scan azure --format open", "openmetrics"),
        ("lexloci config ch", "check"),
    ],
)
def test_bash_completes_commands_options_and_words(line: str, completed: str) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    script = f"""
eval "$(lexloci --show-completion)"
COMP_WORDS=({line}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_lexloci_completion lexloci; printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    path = f"{LEXLOCI.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [bash, "-c", script], env={"PATH": path}, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == [completed], done.stderr
