"""The list of AppConfig applications, which moto makes, keeps and does not list.

Members: AWS AppConfig API reference, ListApplications and Application.
"""

from typing import Any

from scanner.demo.aws.handlers.registry import Handler, Moto, State, page
from scanner.demo.aws.wire import Call

SERVICE = "appconfig"


def list_applications(call: Call, _state: State, moto: Moto) -> dict[str, Any]:
    kept = moto.backend("appconfig", call.account, call.region).applications.values()
    records = [{"Id": one.id, "Name": one.name, "Description": one.description or ""} for one in kept]
    found, following = page(records, call, "MaxResults", "NextToken")
    return {"Items": found, **({"NextToken": following} if following else {})}


OPERATIONS: dict[str, Handler] = {"ListApplications": list_applications}
