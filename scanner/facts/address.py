"""Finding the host name in the many forms in which a configuration names a destination."""

import re

_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_PUSH = re.compile(r"arn:[^:]*:sns:[^:]*:[^:]*:app/([^/]+)/")
IMAGE_KINDS = frozenset({"container-image-registry", "container-image"})


def word_of(target: str) -> str:
    """The word that may name an operator: a push platform, a partner event source, a URL's scheme, or all of it."""
    push = _PUSH.match(target)
    if push:
        return push[1]
    if "://" in target:
        return target.split("://", 1)[0]
    if target.startswith("aws.partner/"):
        return target.removeprefix("aws.partner/").split("/")[0].removesuffix(".com")
    return target


def host_of(target: str, kind: str = "") -> str:
    """The host name that `target` points to, in lower case; empty when it names none.

    Understands URLs (also `jdbc:postgresql://…`), `git@host:path`, `host:port/path`, mail addresses and container
    images, where a name without a registry means Docker Hub.
    """
    text = target.strip().lower()
    if kind in IMAGE_KINDS:
        return _registry_of(text)
    if text.startswith(("arn:", "aws.partner/")):
        return ""
    if "://" in text:
        text = text.split("://", 1)[1]
    elif text.startswith("jdbc:"):
        text = text.partition("@")[2].lstrip("/")
    text = re.split(r"[/?#;]", text, maxsplit=1)[0]
    text = text.rpartition("@")[2]
    text = text.split(":", 1)[0].rstrip(".")
    return text if _HOST.fullmatch(text) else ""


def _registry_of(image: str) -> str:
    """Docker's rule: the first part is a registry only when it has a dot or a port, or is `localhost`."""
    first, slash, _ = image.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        return "docker.io" if image else ""
    host = first.split(":", 1)[0]
    return host if _HOST.fullmatch(host) else ""
