"""Refusals in Azure's own form: a status, a code, a sentence, and now and then headers."""

from typing import Any


class ArmError(Exception):
    """Answered as `{"error": {"code", "message", "details"}}`.

    Codes and sentences follow recorded answers of the service. For a path or a parameter that Resource Manager does not
    know no recording was found: `NotFound` and `InvalidQueryParameter` are this server's reading of its style.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details is not None:
            error["details"] = self.details
        return {"error": error}


def no_such_path() -> ArmError:
    return ArmError(404, "NotFound", "The requested path is not one that this endpoint serves.")


def not_authorized(client: str, object_id: str, action: str, scope: str) -> ArmError:
    return ArmError(
        403,
        "AuthorizationFailed",
        f"The client '{client}' with object id '{object_id}' does not have authorization to perform action '{action}'"
        f" over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your"
        " credentials.",
    )


def not_found(resource: str, group: str) -> ArmError:
    """`resource`: `Namespace/type/name…` as the service writes it."""
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{resource}' under resource group '{group}' was not found."
        " For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )
