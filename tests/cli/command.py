"""The installed command in a process of its own, with an environment that a test spells out."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

LEXLOCI = Path(sys.executable).with_name("lexloci")

SIGNED_OUT = {"AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"}
"""No credentials anywhere, and none looked for on the network."""


def lexloci(
    *arguments: str, environment: Mapping[str, str] = SIGNED_OUT, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `lexloci` with these arguments and nothing of this process's environment but PATH and TMPDIR."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return subprocess.run(
        [LEXLOCI, *arguments],
        env={**kept, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )
