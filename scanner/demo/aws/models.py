"""botocore's service models in moto's classes, a few at a time.

All models of the catalog at once are some 500 MB. A scan goes service by service, so the last few are enough.
"""

import functools
from typing import Any

from moto.core.loaders import create_loader
from moto.core.model import ServiceModel
from moto.core.routing import get_router_class

_KEPT = 24


@functools.lru_cache(maxsize=_KEPT)
def service_model(service: str) -> Any:
    """The model of a boto3 client name."""
    return ServiceModel(create_loader().load_service_model(service, "service-2"), service)


@functools.lru_cache(maxsize=_KEPT)
def router(service: str, protocol: str) -> Any:
    """What finds the operation of a request in that protocol."""
    found = get_router_class(service, protocol)
    assert found is not None
    return found(service_model(service))
