"""How long a session lasts, and whether a request was signed by a clock like AWS's own.

A session token carries its end, as AWS's do: `session-until-SECONDS`. Whoever signs with it later is refused. So is
everybody whose clock differs from the simulation's by more than AWS allows. Sources: IAM user guide, Troubleshoot
Signature Version 4 requests; S3 API reference, Error responses (RequestTimeTooSkewed, 15 minutes).
"""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from scanner.demo.aws.faults import Fault, error_of
from scanner.demo.aws.wire import AwsError, Call

_TOKEN = re.compile(r"session-until-(\d+(?:\.\d+)?)")
_STAMP = "%Y%m%dT%H%M%SZ"


class Sessions:
    """The simulation's clock, and the sessions that it grants."""

    def __init__(self) -> None:
        self.ahead = 0.0
        """Seconds that AWS's clock is ahead of this machine's."""
        self.seconds: float | None = None
        """How long a role that is assumed lasts; None: as long as moto says, and nobody looks."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.ahead

    def ended(self, call: Call, environ: Mapping[str, Any]) -> AwsError | None:
        """The error with which AWS meets a session that is over."""
        token = _TOKEN.fullmatch(environ.get("HTTP_X_AMZ_SECURITY_TOKEN", ""))
        return error_of(Fault.EXPIRED, call) if token is not None and float(token[1]) < self.now() else None

    def grants(self, call: Call) -> bool:
        """Whether the answer is a session, and an end was set for them."""
        return self.seconds is not None and call.service == "sts" and call.operation.startswith("AssumeRole")

    def limited(self, result: dict[str, Any]) -> dict[str, Any]:
        """The answer to a sign-in, with the end that was set."""
        end = self.now() + (self.seconds or 0.0)
        ending = {"SessionToken": f"session-until-{end:.3f}", "Expiration": datetime.fromtimestamp(end, UTC)}
        return {**result, "Credentials": {**result["Credentials"], **ending}}

    def skewed(self, call: Call, environ: Mapping[str, Any]) -> AwsError | None:
        """The error with which AWS meets a signature of another time."""
        stamp = environ.get("HTTP_X_AMZ_DATE", "")
        if not stamp:
            return None
        signed = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        now = datetime.fromtimestamp(self.now(), UTC)
        minutes = 15 if call.service == "s3" else 5
        allowed = timedelta(minutes=minutes)
        if abs(now - signed) <= allowed:
            return None
        if call.service == "s3":
            told = "The difference between the request time and the current time is too large."
            return AwsError("RequestTimeTooSkewed", told, 403)
        if call.protocol == "ec2":
            return AwsError("RequestExpired", "Request has expired.", 400)
        here = f"{now:{_STAMP}}"
        if signed < now:
            told = f"Signature expired: {stamp} is now earlier than {now - allowed:{_STAMP}} ({here} - 5 min.)"
        else:
            told = f"Signature not yet current: {stamp} is still later than {now + allowed:{_STAMP}} ({here} + 5 min.)"
        if call.protocol == "query":
            return AwsError("SignatureDoesNotMatch", told, 403)
        return AwsError("InvalidSignatureException", told, 400 if call.protocol == "json" else 403)
