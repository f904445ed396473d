"""The one place that talks to AWS: clients, paging, counting, and the guard that lets read calls pass and nothing else.

A session is not safe to share between threads, a client is; so clients are made under a lock, one a unit, and closed
after it. All that can go wrong with a call comes out as `Refused`.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import botocore
import jmespath
from botocore import xform_name
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from botocore.paginate import PaginatorModel
from botocore.session import Session

from scanner import __version__
from scanner.model import GapReason
from scanner.providers.aws.catalog import ListCall
from scanner.providers.aws.faults import Refused, has_expired, refusal
from scanner.providers.aws.hosts import stay
from scanner.providers.aws.intact import check_intact
from scanner.providers.aws.models import ForgetfulLoader
from scanner.providers.aws.pace import Pace
from scanner.providers.aws.transport import Transport
from scanner.providers.contract import Limits

Answer = dict[str, Any]

SIGN_IN = frozenset(
    {
        ("sts", "get_caller_identity"),
        ("sts", "assume_role"),
        ("sts", "assume_role_with_web_identity"),
        ("sso", "get_role_credentials"),
        ("sso-oidc", "create_token"),
        ("signin", "create_oauth2_token"),
        ("ec2", "describe_regions"),
    }
)
"""Calls that credential providers and scope discovery make. They give tokens to us and change nothing in an account."""


CONTENT = ("s3", "get_object")
"""The one call that reads content: allowed only to a scan with samples, and only for a range."""


class Clients:
    """Makes clients of one account's session, each with its own call counter and the guard in place."""

    def __init__(
        self,
        session: Session,
        limits: Limits,
        allowed: Collection[tuple[str, str]],
        *,
        loader: ForgetfulLoader | None = None,
        transport: Transport | None = None,
    ) -> None:
        """`allowed` holds `(service, method)` pairs; any other operation is refused before it is sent."""
        self._session = session
        self._limits = limits
        self._allowed = frozenset(allowed) | SIGN_IN
        self._pace = Pace()
        extra = [path for path in (session.get_config_variable("data_path") or "").split(os.pathsep) if path]
        self.loader = loader or ForgetfulLoader(self._allowed, extra)
        session.register_component("data_loader", self.loader)
        self.transport = transport or Transport(session, limits)
        self._config = Config(
            connect_timeout=limits.connect_timeout,
            read_timeout=limits.read_timeout,
            max_pool_connections=8,
            retries={"mode": "adaptive", "total_max_attempts": limits.attempts},
            # Sent as it is. The SDK's own is put together anew for every request, which is an eighth of its cost.
            user_agent=f"lexloci/{__version__} botocore/{botocore.__version__}",
            # With an endpoint of the user's own, host prefixes would name hosts that do not exist, and buckets are
            # addressed by path. See the endpoint_url setting of the AWS SDKs.
            **({"inject_host_prefix": False, "s3": {"addressing_style": "path"}} if _own_endpoints(session) else {}),
        )
        self._own_endpoints = _own_endpoints(session)
        session.register("before-call", self._guard)
        session.register("before-send", self.transport.send)

    def beside(self, session: Session) -> "Clients":
        """Clients of another account's session: the same calls are allowed; models and connections are shared."""
        return Clients(session, self._limits, self._allowed, loader=self.loader, transport=self.transport)

    def open(self, service: str, region: str) -> "Client":
        """A client of `service` in `region`; to be closed by the caller. Refused when the SDK knows no such service."""
        try:
            with self.loader.lock:
                made = self._session.create_client(service, region_name=region, config=self._config)
                self.loader.used(service)
        except Exception as error:
            raise refusal(error) from error
        if made.meta.endpoint_url in self._own_endpoints:
            made.meta.events.register("before-sign", _keep_to(made.meta.endpoint_url))
        if isinstance(self._session.get_credentials(), RefreshableCredentials):
            made.meta.events.register_first("needs-retry", _sign_anew)
        return Client(made, service, region, self._pace, self.loader)

    def offers(self, service: str, region: str, partition: str) -> bool:
        """False only when the SDK knows the region and lists the service elsewhere; Refused for no service.

        A region that is newer than the SDK has every service until it says otherwise. Loads the service's model, so it
        is asked when the service's turn has come, not for all of them beforehand.
        """
        listed = self._listed(service, partition)
        return not listed or region in listed or region not in self._listed("ec2", partition)

    def _listed(self, service: str, partition: str) -> Collection[str]:
        with self.loader.lock:
            if (service, partition) not in self.loader.regions:
                try:
                    found = self._session.get_available_regions(service, partition_name=partition)
                except Exception as error:
                    raise refusal(error) from error
                self.loader.regions[service, partition] = frozenset(found)
            return self.loader.regions[service, partition]

    def signer(self, service: str, **settings: Any) -> Any:
        """A plain client of the SDK's, made in turn with the others; for credential providers."""
        with self.loader.lock:
            return self._session.create_client(service, **{"config": self._config, **settings})

    def _guard(self, model: Any, params: Mapping[str, Any], **_: object) -> None:
        operation = (model.service_model.service_name, xform_name(model.name))
        if operation not in self._allowed:
            raise Refused(GapReason.UNSUPPORTED, f"{':'.join(operation)} is not among the declared read calls")
        if operation == CONTENT and "Range" not in params["headers"]:
            raise Refused(GapReason.UNSUPPORTED, "an object is never read whole")


class Client:
    """One service in one region."""

    PATIENCE = 2
    """Times in a row that an operation may be silent, before this client asks it no more."""

    def __init__(self, client: Any, service: str, region: str, pace: Pace, models: ForgetfulLoader) -> None:
        self._client = client
        self._models = models
        self._pace = pace
        self._silences: Counter[str] = Counter()
        self.service = service
        self.region = region
        self.calls: Counter[str] = Counter()
        self._counting = threading.Lock()
        events = client.meta.events
        # Before it is sent, which is a handler's work too; and counted only if it stays where it belongs.
        events.register_first("before-send", self._count)
        events.register_first("before-send", stay(client.meta.endpoint_url, client.meta.partition))
        events.register("before-parse", check_intact)
        events.register("before-call", self._leave_silent)
        events.register_first("needs-retry", self._give_up_on_silence)

    def call(self, op: str, params: Mapping[str, Any] | None = None) -> Answer:
        """One answer; Refused after retries."""
        self._check_declared(op)
        try:
            answer: Answer = getattr(self._client, op)(**(params or {}))
        except Exception as error:
            raise refusal(error) from error
        if not isinstance(answer, dict):
            raise Refused(GapReason.MALFORMED, f"{op} answered with a {type(answer).__name__}")
        return answer

    def pages(self, call: ListCall, params: Mapping[str, Any]) -> Iterator[Answer]:
        """Every page of a list; Refused, possibly after some pages, when it cannot be read to its end."""
        if call.paginator:
            yield from self._paginate(call.op, params)
        elif call.token:
            yield from self._by_hand(call, params)
        else:
            yield self.call(call.op, params)

    def joined(self, op: str, params: Mapping[str, Any], *, paginator: bool) -> Answer:
        """One answer, or the lists of all its pages joined. Refused when any page is: a part is no answer."""
        if not paginator:
            return self.call(op, params)
        whole: Answer = {}
        for page in self._paginate(op, params):
            for member, value in page.items():
                if isinstance(value, list) and isinstance(whole.get(member), list):
                    whole[member] = [*whole[member], *value]
                else:
                    whole.setdefault(member, value)
        return whole

    def operation(self, op: str) -> str:
        """`service:Operation` as AWS spells it."""
        return f"{self.service}:{self._client.meta.method_to_api_mapping.get(op, op)}"

    def close(self) -> None:
        self._client.close()

    def _check_declared(self, op: str) -> None:
        if op not in self._client.meta.method_to_api_mapping:
            told = f"{self.service}:{op} is not among the declared read calls, or the SDK does not know it"
            raise Refused(GapReason.UNSUPPORTED, told)

    def _paginate(self, op: str, params: Mapping[str, Any]) -> Iterator[Answer]:
        self._check_declared(op)
        try:
            with self._models.lock:  # the first one of a client reads another file of the service's model
                paginator = self._client.get_paginator(op)
                rules = PaginatorModel(self._models.load_service_model(self.service, "paginators-1"))
            rule = rules.get_paginator(self._client.meta.method_to_api_mapping[op])
            # The SDK's paginator raises PaginationError when a token comes twice, and ends without a word where the
            # answer says that there is more and gives no token.
            for page in paginator.paginate(**params):
                yield page
                if _breaks_off(rule, page):
                    raise Refused(GapReason.TRUNCATED, f"{op} says that there is more, and not how to go on")
        except Exception as error:
            if type(error).__name__ == "PaginationError":
                raise Refused(GapReason.TRUNCATED, f"{op} repeated a page token: {error}") from error
            raise refusal(error) from error

    def _by_hand(self, call: ListCall, params: Mapping[str, Any]) -> Iterator[Answer]:
        assert call.token is not None
        member, path = call.token
        seen: set[str] = set()
        request = dict(params)
        while True:
            answer = self.call(call.op, request)
            yield answer
            token = _token(answer, path)
            if not token:
                return
            if token in seen:
                raise Refused(GapReason.TRUNCATED, f"{call.op} repeated a page token")
            seen.add(token)
            request[member] = token

    def _count(self, event_name: str, **_: object) -> None:
        # `before-send.kms.DescribeKey`, once for every attempt.
        operation = event_name.rpartition(".")[2]
        self._pace.wait(self.service, operation, self.region)
        with self._counting:
            self.calls[f"{self.service}:{operation}"] += 1

    def _leave_silent(self, model: Any, **_: object) -> None:
        """Hundreds of questions to an operation that hangs would cost their time limit each."""
        if self._silences[model.name] >= self.PATIENCE:
            raise Refused(GapReason.UNREACHABLE, f"{model.name} was silent too often and is not asked any more")

    def _give_up_on_silence(self, operation: Any, caught_exception: Exception | None = None, **_: object) -> None:
        """An endpoint that lets a request time out costs its time limit once, not once for every attempt."""
        silent = isinstance(caught_exception, ReadTimeoutError | ConnectTimeoutError)
        with self._counting:
            self._silences[operation.name] = self._silences[operation.name] + 1 if silent else 0
        if silent and caught_exception is not None:
            raise caught_exception


def _sign_anew(response: tuple[Any, Any] | None, attempts: int, **_: object) -> float | None:
    """Ask again, once and at once, when the credentials ended between the signature and AWS's look at it: what is sent
    again is signed again, with credentials that are renewed by then."""
    error = response[1].get("Error", {}) if response is not None and isinstance(response[1], dict) else {}
    return 0.0 if attempts == 1 and has_expired(str(error.get("Code") or "")) else None


def _breaks_off(rule: Mapping[str, Any], page: Answer) -> bool:
    """Whether a page says that there is more without a token for it. Operations without such a word are never so.

    `rule` is how the SDK pages the operation, by its model.
    """
    more, tokens = rule.get("more_results"), rule["output_token"]
    if more is None or not jmespath.search(more, page):
        return False
    return not any(jmespath.search(path, page) for path in (tokens if isinstance(tokens, list) else [tokens]))


def _own_endpoints(session: Session) -> frozenset[str]:
    """Endpoints of the user's own, to which environment or configuration file point the SDK."""
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return frozenset()
    profile = session.get_scoped_config()
    services = session.full_config.get("services", {}).get(profile.get("services"), {})
    named = [value for name, value in os.environ.items() if name.startswith("AWS_ENDPOINT_URL")]
    named += [
        settings.get("endpoint_url", "") for settings in (profile, *services.values()) if isinstance(settings, dict)
    ]
    return frozenset(filter(None, named))


def _keep_to(endpoint: str) -> Callable[..., None]:
    """A handler that keeps requests to an endpoint of the user's own.

    Endpoint rules put something before its host (S3 Control), and endpoint discovery puts another host in its place
    (Timestream), which the SDK refrains from only for an endpoint that is passed as an argument.
    """
    own = urlsplit(endpoint)

    def keep(request: Any, **_: object) -> None:
        request.url = urlunsplit(urlsplit(request.url)._replace(scheme=own.scheme, netloc=own.netloc))

    return keep


def _token(answer: Answer, path: str) -> str:
    found = jmespath.search(path, answer)
    return "" if found is None else str(found)


Open = Callable[[str, str], Client]
