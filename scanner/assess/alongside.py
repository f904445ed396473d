"""Whether key and data are together: four questions, each computed on its own and never averaged."""

from collections.abc import Collection

from scanner.model import Alongside, Custody, Encryption, Key


def alongside(
    *,
    encryption: Encryption,
    key: Key | None,
    account: str,
    region: str,
    operator: str | None,
    laws: Collection[str] | None,
    holder_laws: Collection[str] | None,
) -> Alongside | None:
    """Compare the place of the data with the place of its key; None when there is no key to compare.

    Of a key that was not read, account and region may be empty: it is neither with the data nor apart from them.

    `operator` runs the storage; `laws` and `holder_laws` are the third-country laws established for it and for the
    key's holder, None where that is not established.
    """
    if encryption.custody in (Custody.NONE, Custody.INHERITED, Custody.NOT_APPLICABLE):
        return None
    if encryption.custody in (Custody.PROVIDER_SHARED, Custody.PROVIDER_MANAGED) and key is None:
        # The provider's own key: same operator by definition. A shared key is in no account of the customer's; a
        # managed one is in the account and region of what it encrypts.
        managed = encryption.custody is Custody.PROVIDER_MANAGED
        exposed = None if laws is None else bool(laws)
        return Alongside(operator=True, exposure=exposed, account=managed, region=True if managed else None)
    if key is None:
        return Alongside(operator=None, exposure=None, account=None, region=None)
    holder = key.holder.operator if key.holder is not None else None
    return Alongside(
        operator=None if holder is None or operator is None else holder == operator,
        exposure=None if laws is None or holder_laws is None else bool(set(laws) & set(holder_laws)),
        account=key.account == account if key.account else None,
        region=key.region == region if key.region else None,
    )
