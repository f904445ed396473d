"""The door for tests and the demo: rules, given answers, the log. JSON, under a path that AWS never has."""

import msgspec

from scanner.demo.aws.faults import Rule
from scanner.demo.aws.front import Front, Given, Only
from scanner.demo.aws.wire import Reply

PREFIX = "/_simulated/"


def answer(front: Front, path: str, body: bytes) -> Reply:
    """Carry out one request to the simulation itself."""
    verb = path.removeprefix(PREFIX)
    result: object = {}
    try:
        match verb:
            case "faults":
                front.faults.replace(msgspec.json.decode(body, type=list[Rule]))
            case "given":
                front.given.extend(msgspec.json.decode(body, type=list[Given]))
            case "only":
                front.only = msgspec.json.decode(body, type=Only)
            case "session":
                front.sessions.seconds = msgspec.json.decode(body, type=float)
            case "clock":
                front.sessions.ahead = msgspec.json.decode(body, type=float)
            case "freeze":
                front.frozen = True
            case "thaw":
                front.frozen = False
            case "reset":
                front.reset()
            case "log":
                result = list(front.log)
            case "forget":
                front.log.clear()
            case "violations":
                result = list(front.violations)
            case "ready":
                result = {"ready": True}
            case _:
                return Reply(404, {"Content-Type": "text/plain"}, f"no such verb: {verb}".encode())
    except msgspec.ValidationError as error:
        return Reply(400, {"Content-Type": "text/plain"}, str(error).encode())
    return Reply(200, {"Content-Type": "application/json"}, msgspec.json.encode(result))
