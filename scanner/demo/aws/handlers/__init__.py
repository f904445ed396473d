"""What moto lacks or gets wrong, one file a service; `HANDLERS` is consulted before moto."""

from scanner.demo.aws.handlers import (
    appconfig,
    config,
    dynamodb,
    healthlake,
    kms,
    medical_imaging,
    organizations,
    rds,
    resource_explorer_2,
    s3,
    sso_admin,
)
from scanner.demo.aws.handlers.registry import Handler, State

_SERVICES = (
    appconfig,
    config,
    dynamodb,
    healthlake,
    kms,
    medical_imaging,
    organizations,
    rds,
    resource_explorer_2,
    s3,
    sso_admin,
)

HANDLERS: dict[tuple[str, str], Handler] = {
    (module.SERVICE, operation): handler for module in _SERVICES for operation, handler in module.OPERATIONS.items()
}

__all__ = ["HANDLERS", "State"]
