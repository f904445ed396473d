"""The simulated AWS: recognises each request, keeps a log of it, and decides who answers.

In this order: a fault rule that the request meets; our own handler (`handlers`), which may ask moto and correct it; an
answer that a test put in; moto; the empty answer of the operation's model. After `freeze` nothing that changes
anything is accepted, and after `only` nothing else of one client's than the operations named.
"""

import threading
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from scanner.demo.aws import pages
from scanner.demo.aws.empty import empty_answer, is_read
from scanner.demo.aws.faults import Fault, Faults, error_of
from scanner.demo.aws.handlers import HANDLERS, State
from scanner.demo.aws.moto import Moto, NotInMotoError
from scanner.demo.aws.sessions import Sessions
from scanner.demo.aws.signing import services_of
from scanner.demo.aws.wire import (
    AwsError,
    Call,
    Reply,
    StrictnessError,
    check,
    credential_scope,
    likely_protocol,
    read,
    recognise,
    refused,
    request_of,
    written,
)

LOG_LIMIT = 500_000


class SeveredError(Exception):
    """End the connection instead of answering."""

    def __init__(self, *, reset: bool, part: Reply | None = None) -> None:
        self.reset = reset
        self.part = part


class DrippedError(Exception):
    """Answer as slowly as a connection can be kept busy."""

    def __init__(self, reply: Reply, seconds: float) -> None:
        self.reply = reply
        self.seconds = seconds


class Request(Struct, frozen=True):
    """One line of the request log."""

    service: str
    operation: str
    region: str
    account: str
    status: int
    """HTTP status; 0 when the connection was ended without an answer."""
    by: str
    """Who answered: `moto`, `own`, `given`, `empty`, `fault:…`, `refused`, `simulation`."""


class Only(Struct, frozen=True, forbid_unknown_fields=True):
    """What one client may ask, and nothing else. Other clients, those of a test among them, are not held to it."""

    agent: str
    """Word in the client's User-Agent."""
    operations: frozenset[str]
    """`service:Operation`."""

    def forbids(self, call: Call, environ: Mapping[str, Any]) -> bool:
        """Services that sign with one name (Wisdom is Q in Connect) cannot be told apart by their requests."""
        if self.agent not in environ.get("HTTP_USER_AGENT", ""):
            return False
        scope = credential_scope({"Authorization": environ.get("HTTP_AUTHORIZATION", "")})
        services = services_of(scope[2]) if scope else ()
        return not any(f"{service}:{call.operation}" in self.operations for service in (call.service, *services))


class Given(Struct, frozen=True, forbid_unknown_fields=True):
    """An answer that a test puts in, checked against the operation's shapes like any other."""

    service: str
    operation: str
    result: dict[str, Any]
    region: str = "*"
    when: dict[str, Any] = {}
    """Parameters that the request must have, with these values."""

    def fits(self, call: Call) -> bool:
        same = (self.service, self.operation) == (call.service, call.operation) and self.region in ("*", call.region)
        return same and all(call.params.get(name) == value for name, value in self.when.items())


class Front:
    """The state of the simulation and the way of a request through it."""

    def __init__(self) -> None:
        self.moto = Moto()
        self.faults = Faults()
        self.log: deque[Request] = deque(maxlen=LOG_LIMIT)
        self.violations: list[str] = []
        self.given: list[Given] = []
        self.state = State()
        self.frozen = False
        self.only: Only | None = None
        self.sessions = Sessions()
        self.closing = threading.Event()
        self._repeats = pages.Repeats()

    def reset(self) -> None:
        """Back to an account with nothing in it and no rules; `only` stays."""
        self.moto.reset()
        self.faults.replace([])
        self.log.clear()
        self.violations.clear()
        self.given.clear()
        self.state.clear()
        self.frozen = False
        self.sessions = Sessions()
        self._repeats = pages.Repeats()

    def answer(self, environ: Mapping[str, Any], body: bytes) -> Reply:
        """Answer one request; raises SeveredError where a fault rule ends the connection."""
        try:
            call = recognise(environ, body, self.moto.account_of)
        except StrictnessError as error:
            return self._broken(str(error), environ, body, None)
        if isinstance(call, AwsError):
            return self._unrecognised(call, environ, body)
        try:
            reply, by = self._decide(call, environ, body)
        except AwsError as error:
            reply, by = refused(error, call.protocol, call.service), "own"
        except SeveredError as end:
            self._note(call, 0, f"fault:{'reset' if end.reset else 'cut'}")
            raise
        except DrippedError:
            self._note(call, 200, "fault:drip")
            raise
        except StrictnessError as error:
            return self._broken(str(error), environ, body, call)
        except Exception:  # noqa: BLE001 - a bug of moto's or of ours: made loud, in the log and in the answer
            return self._broken(f"{call.name} crashed:\n{traceback.format_exc()}", environ, body, call)
        self._note(call, reply.status, by)
        return reply

    def _decide(self, call: Call, environ: Mapping[str, Any], body: bytes) -> tuple[Reply, str]:
        if self.only is not None and self.only.forbids(call, environ):
            self.violations.append(f"not among the listed operations: {call.name} in {call.region}")
            raise AwsError(
                "AccessDeniedException", f"{call.name} is not among the operations of {self.only.agent}", 403
            )
        skewed = self.sessions.skewed(call, environ)
        if skewed is not None:
            return refused(skewed, call.protocol, call.service), "sessions"
        fault, location, seconds = None, "", 0.0
        for rule in self.faults.met_by(call):
            if rule.fault is Fault.SLOW:
                self.closing.wait(rule.seconds)
                continue
            fault, location, seconds = rule.fault, rule.location, rule.seconds
            error = error_of(fault, call)
            if error is not None:
                return refused(error, call.protocol, call.service), f"fault:{fault}"
            if fault is Fault.HANG:
                self.closing.wait(rule.seconds)
                raise SeveredError(reset=False)
        ended = self.sessions.ended(call, environ)
        if ended is not None:
            return refused(ended, call.protocol, call.service), "sessions"
        if fault is Fault.RESET:
            raise SeveredError(reset=True)
        if fault is Fault.MALFORMED:
            return Reply(200, {"Content-Type": "text/plain"}, b'{"half of a json <and> some xml'), "fault:malformed"
        if fault is Fault.BAD_SIGNATURE:
            return refused(_bad_signature(environ), call.protocol, call.service), "fault:bad_signature"
        if fault is Fault.REDIRECT:
            return Reply(307, {"Location": location, "Content-Type": "text/plain"}, b""), "fault:redirect"
        if fault is Fault.HTML:
            page = b"<html><head><title>503 Service Unavailable</title></head><body>proxy</body></html>"
            return Reply(503, {"Content-Type": "text/html"}, page), "fault:html"
        if self.frozen and not is_read(call):
            self.violations.append(f"write after freeze: {call.name} in {call.region}")
            raise AwsError("AccessDeniedException", f"{call.name} would change something; this account is frozen", 400)
        if fault is Fault.REPEATED_TOKEN:
            result = self._repeats.page(call, lambda: read(call, self._ordinary(call, environ, body)[0]))
            return written(call, result), "fault:repeated_token"
        if fault is Fault.WHOLE:
            environ = {name: value for name, value in environ.items() if name != "HTTP_RANGE"}
        reply, by = self._ordinary(call, environ, body)
        if self.sessions.grants(call) and reply.status < 300:
            reply = written(call, self.sessions.limited(read(call, reply)))
        if fault is Fault.TRUNCATED:
            raise SeveredError(reset=False, part=reply)
        if fault is Fault.DRIP:
            raise DrippedError(reply, seconds)
        return reply, by

    def _ordinary(self, call: Call, environ: Mapping[str, Any], body: bytes) -> tuple[Reply, str]:
        for given in self.given:
            if given.fits(call):
                return written(call, given.result), "given"
        handler = HANDLERS.get((call.service, call.operation))
        if handler is None:
            try:
                return self.moto.answer(environ, body, call), "moto"
            except NotInMotoError:
                return self._empty(call)
        check(call.params, call.model.input_shape, f"request {call.name}")
        return written(call, handler(call, self.state, self._upstream(call, environ, body))), "own"

    def _empty(self, call: Call) -> tuple[Reply, str]:
        if not is_read(call):
            raise AwsError("UnknownOperationException", f"{call.name} is not simulated", 404)
        check(call.params, call.model.input_shape, f"request {call.name}")
        return written(call, empty_answer(call)), "empty"

    def _upstream(self, call: Call, environ: Mapping[str, Any], body: bytes) -> "Upstream":
        def ask() -> dict[str, Any]:
            reply = self.moto.answer(environ, body, call)
            if reply.status < 300:
                return read(call, reply)
            error = read(call, reply).get("Error", {})
            raise AwsError(error.get("Code", "InternalFailure"), error.get("Message", ""), reply.status)

        return Upstream(ask, self.moto.backend)

    def _note(self, call: Call, status: int, by: str) -> None:
        self.log.append(Request(call.service, call.operation, call.region, call.account, status, by))

    def _unrecognised(self, error: AwsError, environ: Mapping[str, Any], body: bytes) -> Reply:
        headers = request_of(environ, body).headers
        scope = credential_scope(headers) or ("", "", "")
        operation = headers.get("X-Amz-Target") or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        self.log.append(Request(scope[2], operation, scope[1], "", error.status, "refused"))
        return refused(error, likely_protocol(headers, scope[2]), scope[2])

    def _broken(self, why: str, environ: Mapping[str, Any], body: bytes, call: Call | None) -> Reply:
        self.violations.append(why)
        headers = request_of(environ, body).headers
        if call is not None:
            self._note(call, 500, "simulation")
        protocol = call.protocol if call else likely_protocol(headers, "")
        return refused(AwsError("InternalFailure", f"The simulation is wrong: {why}", 500), protocol)


def _bad_signature(environ: Mapping[str, Any]) -> AwsError:
    signed = "\n".join(
        f"{header.lower().replace('_', '-')}:{environ.get(f'HTTP_{header}', '')}"
        for header in ("HOST", "X_AMZ_DATE", "X_AMZ_SECURITY_TOKEN")
    )
    canonical = f"{environ['REQUEST_METHOD']}\n{environ['PATH_INFO']}\n\n{signed}"
    message = (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        f"Key and signing method. The Canonical String for this request should have been '{canonical}' "
        f"The authorization was '{environ.get('HTTP_AUTHORIZATION', '')}'"
    )
    return AwsError("SignatureDoesNotMatch", message, 403)


class Upstream:
    """moto as a handler sees it: the answer to the same request, and moto's own state."""

    def __init__(self, ask: Callable[[], dict[str, Any]], backend: Callable[[str, str, str], Any]) -> None:
        self.ask = ask
        """moto's answer as the client would read it; raises AwsError where moto refuses."""
        self.backend = backend
        """moto's state of (service, account, region)."""
