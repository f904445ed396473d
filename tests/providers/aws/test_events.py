from typing import Any

from botocore.session import Session

from scanner.providers.aws.events import new_session


def answering(session: Session, event: str) -> list[Any]:
    """The handlers that an event of a client's creation reaches."""
    return [handler for handler, _ in session.get_component("event_emitter").emit(event, class_attributes={})]


def test_a_session_has_the_handlers_of_the_sdk_in_their_order() -> None:
    for service in ("iot-data", "lex-runtime-service", "sqs"):
        event = f"creating-client-class.{service}"
        assert answering(new_session(None), event) == answering(Session(), event)
    assert answering(new_session(None), "creating-client-class.iot-data")


def test_what_is_registered_on_a_session_stays_there() -> None:
    def mine(**_: object) -> None: ...

    event = "creating-client-class.sqs"
    one, other = new_session(None), new_session(None)
    before = answering(one, event)
    one.register(event, mine)
    assert set(answering(one, event)) == {*before, mine}
    assert answering(other, event) == answering(new_session(None), event) == before
