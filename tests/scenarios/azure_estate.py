"""One scan of one Azure by the installed command: a child process with nothing but environment variables."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanner.demo.azure.simulation import simulated_azure
from scanner.demo.azure.world import World

COMMAND = str(Path(sys.executable).with_name("lexloci"))
FOREIGN = ("AZURE_", "IDENTITY_", "MSI_", "ARM_")


class Document(dict[str, Any]):
    """A scan's JSON document."""

    def resource(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self["resources"] if one["name"] == name)
        return found

    def key_of(self, name: str) -> dict[str, Any]:
        """The key that the resource `name` is encrypted with."""
        wanted = self.resource(name)["encryption"]["key"]
        found: dict[str, Any] = next(one for one in self["keys"] if one["id"] == wanted)
        return found

    def gaps(self, holder: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Gaps of a resource or a key by their fact."""
        return {gap["fact"]: gap for gap in holder["gaps"]}

    def statuses(self, control: str, name: str) -> set[str]:
        """What `control` says of the resource `name`."""
        about = self.resource(name)["id"]
        return {one["status"] for one in self["findings"] if (one["control"], one["resource"]) == (control, about)}


def scan_of(world: World, folder: Path, *arguments: str) -> Iterator[Document]:
    """Serve `world`, scan it once with `core`, and give the document; nothing may have been written or left."""
    with simulated_azure(world) as simulation:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        done = subprocess.run(
            [COMMAND, "scan", "azure", "-q", "--format", "json", *arguments],
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
            env={**clean, **simulation.environment, "XDG_STATE_HOME": str(folder)},
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert simulation.log.violations == []
        yield Document(json.loads(done.stdout))
