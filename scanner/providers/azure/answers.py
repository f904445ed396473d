"""Reads that many units need the answer of, each asked once."""

from threading import Lock

from msgspec import Struct

from scanner.providers.azure.call import Json, Reader
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.work import Work


class Answer(Struct, frozen=True):
    """What a read gave: bodies, or why not."""

    bodies: tuple[Json, ...] = ()
    refusal: RefusalError | None = None


class Answers:
    """Answers of one endpoint by path. Safe for several threads."""

    def __init__(self, reader: Reader, api_version: str) -> None:
        self._reader = reader
        self._version = api_version
        self._lock = Lock()
        self._locks: dict[str, Lock] = {}
        """One a path, so that of two units that need one answer the second waits for it."""
        self._read: dict[str, Answer] = {}

    def ask(
        self,
        path: str,
        type_: str,
        work: Work,
        *,
        permission: str,
        many: bool = False,
        operation: str = "",
        account: str = "",
    ) -> Answer:
        """The answer at `path`, read once; a refusal is a row, of `type_`, of every unit that meets it."""
        with self._lock:
            mine = self._locks.setdefault(path, Lock())
        with mine:
            if path not in self._read:
                self._read[path] = self._answer(path, permission, work, many, operation, account)
        answer = self._read[path]
        if answer.refusal is not None:
            work.refused(type_, answer.refusal)
        return answer

    def _answer(self, path: str, permission: str, work: Work, many: bool, operation: str, account: str) -> Answer:
        read = self._reader.items if many else self._reader.get
        try:
            found = read(
                path,
                work.tally,
                api_version=self._version,
                permission=permission,
                operation=operation,
                account=account,
            )
            return Answer((found,) if isinstance(found, dict) else tuple(found))
        except RefusalError as error:
            return Answer(refusal=error)
