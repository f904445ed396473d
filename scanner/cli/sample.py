"""`--sample`: how much content may be read, said in so many words, and what the user should know before it is."""

import re
from importlib.util import find_spec

from scanner.cli.terminal import notice
from scanner.errors import UsageError

_UNITS = {"kB": 1000, "MB": 1000**2, "GB": 1000**3}
_LEAST = 4096
_SIZE = re.compile(r"(\d{1,9})\s?(kB|MB|GB)", re.ASCII | re.IGNORECASE)


def budget(size: str) -> int:
    """Bytes that a scan may read of content; 0 when it was not asked to. UsageError for what is no size.

    There is no default and no size without a unit: whoever lets content be read says how much. A missing extra is told
    here, so that it costs no scan.
    """
    if not size:
        return 0
    found = _SIZE.fullmatch(size)
    unit = next((unit for unit in _UNITS if found and unit.lower() == found[2].lower()), "")
    bytes_ = int(found[1]) * _UNITS[unit] if found else 0
    if bytes_ < _LEAST:
        raise UsageError(f"--sample takes how much may be read in all, as 500kB, 50MB or 2GB, not '{size}'.")
    if find_spec("stdnum") is None:
        raise UsageError("--sample needs the extra: pip install 'lexloci[sample]'.")
    return bytes_


def tell(bytes_: int) -> None:
    """Said before the first call of a scan that will look into content."""
    notice(
        f"--sample: content is read, up to {bytes_} bytes in all. The provider charges for the requests and may log "
        "them; nothing of the content is kept"
    )
