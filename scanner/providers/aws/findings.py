"""What discovery services of the account's own found in its resources. They are read, and never turned on."""

from scanner.model import Gap
from scanner.providers.aws.catalog import FindsRule, Type
from scanner.providers.aws.expression import Document
from scanner.providers.aws.ties import plain
from scanner.providers.contract import Discovery


def discoveries(type_: Type, rule: FindsRule, document: Document) -> tuple[tuple[Discovery, ...], tuple[Gap, ...]]:
    """One finding for each resource that it speaks of, and gaps where an answer about it was refused."""
    gaps = document.missing("health.signals", rule.resources, rule.kinds, rule.aside, rule.words)
    found = {name: tuple(sorted(set(document.texts(getattr(rule, name))))) for name in ("kinds", "aside", "words")}
    if not any(found.values()):
        return (), gaps
    resources = sorted({plain(text) for text in document.texts(rule.resources)})
    finding = document.text(type_.fields.id)
    return tuple(Discovery(resource=one, source=type_.id, finding=finding, **found) for one in resources), gaps
