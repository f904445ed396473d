"""What a resource runs, and what ties it to others, from the answers about it."""

from scanner.model import Gap, Ties
from scanner.providers.aws.catalog import TiesRule
from scanner.providers.aws.expression import Document

_ARN_PARTS = 7
"""Parts of an ARN; a reference to a secret may have the names of a member and a version behind them."""


def ties_of(rule: TiesRule, document: Document) -> tuple[Ties, tuple[Gap, ...]]:
    """The ties, and a gap on the signs of health data where they rest on an answer that was refused."""
    gaps = document.missing("health.signals", rule.images, rule.ports, *rule.uses, *rule.within.values())
    ties = Ties(
        images=tuple(sorted(set(document.texts(rule.images)))),
        ports=tuple(sorted({int(port) for port in document.texts(rule.ports) if port.isdigit()})),
        uses=tuple(sorted({plain(text) for path in rule.uses for text in document.texts(path)})),
        within=tuple((kind, id_) for kind, path in rule.within.items() for id_ in document.texts(path)),
    )
    return ties, gaps


def plain(reference: str) -> str:
    """A reference as the resource itself is called: without a secret's member, a bucket's key or a group's stars."""
    if not reference.startswith("arn:"):
        return reference
    parts = reference.split(":")[:_ARN_PARTS]
    if parts[2] == "s3":
        parts[5] = parts[5].partition("/")[0]
    return ":".join(parts)
