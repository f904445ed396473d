"""What the pipeline tells about its progress, without knowing of any terminal."""

from collections.abc import Iterable
from typing import Protocol

from scanner.model import Coverage, Gap, Unit


class Progress(Protocol):
    """Listener of a running scan; called from the pipeline's own thread."""

    def phase(self, name: str, total: int | None) -> None:
        """A phase begins; `total` is how many steps it has, None when that is not known beforehand."""

    def step(self, unit: Unit | None, refused: Iterable[Coverage | Gap] = ()) -> None:
        """One step is done; `unit` is the unit it was about, if any, and `refused` what its failed calls left."""


class Silent:
    """Listens to nothing."""

    def phase(self, name: str, total: int | None) -> None: ...

    def step(self, unit: Unit | None, refused: Iterable[Coverage | Gap] = ()) -> None: ...
