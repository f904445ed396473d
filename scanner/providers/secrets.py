"""Taking secrets out of what a cloud, a proxy or an SDK says, before it becomes a gap, a row or an error message.

Some say back what they were sent: AWS puts the canonical request, session token included, into the message of a refused
signature; proxies print whole requests.
"""

import os
import re

_IN_ENVIRONMENT = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_PASSWORD",
    "IDENTITY_HEADER",
)
_SHORTEST = 16
"""Values below this length are no secrets that would be worth the name, and would be found inside words."""

_SESSION = re.compile(r"(:assumed-role/[^/\s]+|:federated-user)/[^\s,\"']+")
_SHAPES = (
    (re.compile(r"\bA[KS]IA[A-Z0-9]{16}\b"), "…"),
    (re.compile(r"\beyJ[\w-]{6,}\.[\w-]+\.?[\w-]*"), "…"),
    (re.compile(r"(?i)\b(x-amz-security-token|x-amz-signature)([\"']?\s*[:=]\s*[\"']?)[^\s\"'&,]+"), r"\1\2…"),
    (
        re.compile(r"(?i)\b(client_secret|client_assertion|password)([\"']?\s*[:=]\s*[\"']?)[^\s\"'&,]+"),
        r"\1\2…",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 …"),
    (re.compile(r"(?i)\b(signature=)[0-9a-f]{64}"), r"\1…"),
)


def without_secrets(text: str) -> str:
    """`text` without credentials, tokens, and the session names that AWS puts into the name of a caller."""
    for name in _IN_ENVIRONMENT:
        value = os.environ.get(name, "")
        if len(value) >= _SHORTEST:
            text = text.replace(value, "…")
    text = _SESSION.sub(r"\1/…", text)
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text
