"""IAM Identity Center: moto invents an instance in every region; an account has none until it turns the service on."""

from typing import Any

from scanner.demo.aws.handlers.registry import Handler, Moto, State
from scanner.demo.aws.wire import Call

SERVICE = "sso-admin"


def list_instances(_call: Call, _state: State, _moto: Moto) -> dict[str, Any]:
    return {"Instances": []}


OPERATIONS: dict[str, Handler] = {"ListInstances": list_instances}
