"""Things that go wrong on request: rules, as data, that turn a right answer into a wrong one."""

from fnmatch import fnmatchcase
from threading import Lock
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

import msgspec
from msgspec import Struct, field

from scanner.demo.azure.message import Answer, Request


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule. It applies to `times` matching requests (None: all) after the first `skip` of them."""

    do: Literal[
        "answer",
        "close",
        "reset",
        "half_body",
        "not_json",
        "slow",
        "hang",
        "drip",
        "foreign_next_link",
        "repeat_skip_token",
        "expire_tokens",
    ]
    """answer: `status`, `headers` and `body` instead of the right ones.
    close: the connection ends before a byte is sent. reset: it is broken off there (TCP RST). half_body: it ends in the
    middle of the body. not_json: 200 with a page of HTML. slow: the first byte comes after `seconds`. hang: no byte
    comes for `seconds`, then the connection ends. drip: the answer comes byte by byte, `seconds`
    apart. foreign_next_link: nextLink points to `host`. repeat_skip_token: the next page is this page again.
    expire_tokens: every token runs out once this answer is sent.
    """
    path: str = "*"
    """Glob over the path, any letter case."""
    method: str | None = None
    contains: str = ""
    """Text that the query or the body must hold, any letter case."""
    skip: int = 0
    times: int | None = 1
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    seconds: float = 0.0
    host: str = "attacker.example"

    def matches(self, request: Request) -> bool:
        if self.method is not None and self.method != request.method:
            return False
        if not fnmatchcase(request.path.lower(), self.path.lower()):
            return False
        return self.contains.lower() in f"{request.raw_query}\n{request.body.decode(errors='replace')}".lower()

    def spoil(self, request: Request, answer: Answer, url: str) -> Answer:
        """The wrong answer in place of `answer`. `url`: the absolute address that was asked for."""
        if self.do == "answer":
            return Answer(status=self.status, body=self.body, headers=dict(self.headers))
        if self.do == "not_json":
            page = b"<!DOCTYPE html><html><body><h1>Our services aren't available right now</h1></body></html>"
            return Answer(status=200, body=page, headers={"Content-Type": "text/html"})
        if self.do == "foreign_next_link" and isinstance(answer.body, dict):
            parts = urlsplit(answer.body.get("nextLink") or url)
            answer.body["nextLink"] = urlunsplit(("https", self.host, parts.path, parts.query, ""))
        if self.do == "repeat_skip_token" and isinstance(answer.body, dict):
            if request.method == "POST":
                answer.body |= {"$skipToken": sent} if (sent := _sent_token(request)) else {}
            else:
                answer.body["nextLink"] = url
        return answer


class Faults:
    """The rules of one simulation and how often each was met. May be called from several threads at once."""

    def __init__(self, rules: list[Fault]) -> None:
        self._rules = rules
        self._met = [0] * len(rules)
        self._lock = Lock()

    def only(self, rule: Fault) -> None:
        """Forget the rules there were and follow this one."""
        with self._lock:
            self._rules, self._met = [rule], [0]

    def add(self, rule: Fault) -> None:
        with self._lock:
            self._rules = [*self._rules, rule]
            self._met.append(0)

    @property
    def applied(self) -> int:
        """How many answers were spoilt, over all rules."""
        with self._lock:
            counted = zip(self._rules, self._met, strict=True)
            return sum(min(max(0, met - rule.skip), met if rule.times is None else rule.times) for rule, met in counted)

    def pick(self, request: Request) -> Fault | None:
        """The first rule that applies to this request; every matching rule before it counts the request too."""
        with self._lock:
            for index, rule in enumerate(self._rules):
                if not rule.matches(request):
                    continue
                self._met[index] += 1
                if self._met[index] <= rule.skip:
                    continue
                if rule.times is None or self._met[index] <= rule.skip + rule.times:
                    return rule
        return None


def _sent_token(request: Request) -> str | None:
    options = msgspec.json.decode(request.body, type=dict[str, Any]).get("options") or {}
    token = options.get("$skipToken")
    return token if isinstance(token, str) else None
