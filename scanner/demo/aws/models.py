"""botocore's service models in moto's classes, and what finds the operation of a request in them.

moto keeps the model and the router of every service it implements; those are shared. Of the services that it lacks
only the last few are kept, as all of them at once are some 300 MB and a scan goes service by service.
"""

import functools
from typing import Any

from moto.backends import ALT_SERVICE_NAMES, list_of_moto_modules
from moto.core.loaders import Loader, moto_root
from moto.core.model import ServiceModel
from moto.core.routing import ServiceOperationRouter, get_service_router
from moto.core.utils import get_service_model

_KEPT = 24


@functools.cache
def _packages() -> frozenset[str]:
    return frozenset(list_of_moto_modules())


def in_moto(service: str) -> bool:
    """True for boto3 client names that moto has a package of. By host alone moto would take others for a namesake:
    `mailmanager` for SES, `s3files` for S3."""
    package = service.replace("-", "")
    return ALT_SERVICE_NAMES.get(package, package) in _packages()


def service_model(service: str) -> Any:
    """The model of a boto3 client name."""
    return get_service_model(service) if in_moto(service) else _model(service)


def router(service: str) -> Any:
    """Its `match(request)` gives the operation's model and the parameters of the path, or raises NotFound."""
    return get_service_router(service) if in_moto(service) else _router(service)


class _Loader(Loader):
    """A loader that lists the services once for all loaders, and is thrown away with the raw model it has read."""

    def list_available_services(self, type_name: str) -> Any:
        return _available(type_name)


@functools.cache
def _available(type_name: str) -> Any:
    return Loader(extra_search_paths=[moto_root]).list_available_services(type_name)


@functools.lru_cache(maxsize=_KEPT)
def _model(service: str) -> Any:
    raw = _Loader(extra_search_paths=[moto_root]).load_service_model(service, "service-2")
    return ServiceModel(raw, service)


@functools.lru_cache(maxsize=_KEPT)
def _router(service: str) -> Any:
    return ServiceOperationRouter(_model(service))
