"""The first look: what the account's own inventories show nothing of need not be listed.

Two kinds of sources. An *inventory* says itself which types in which regions it would show, so that what it does not
show can be told from what it cannot show; what it covers and no source shows is left out, with a row `skipped`.
A *witness* proves presence only: what it shows is listed, whatever an inventory shows. None of them proves absence, so
a scan that left something out is incomplete. See `docs/decisions/0012-first-look.md`.
"""

from scanner.providers.aws.look.first import Look, Plan, look, planned
from scanner.providers.aws.look.tagged import Tagged

__all__ = ["Look", "Plan", "Tagged", "look", "planned"]
