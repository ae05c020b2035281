"""What the stand-in for SendGrid tells of its mails afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from sendgrid.helpers.eventwebhook import EventWebhook
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from mailbox.signing import webhook_public_key
from tests.mailbox.builders import send


class Receiver:
    """Who takes the webhooks, and whether it feels like it."""

    def __init__(self) -> None:
        self.calls: list[tuple[bytes, str, str]] = []
        self.status = 204

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        prefix = "X-Twilio-Email-Event-Webhook-"
        self.calls.append(
            (request.get_data(), request.headers[prefix + "Signature"], request.headers[prefix + "Timestamp"])
        )
        return Response(status=self.status)(environ, start_response)


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    receiver = Receiver()
    server = make_server("127.0.0.1", 0, receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield receiver, f"http://127.0.0.1:{server.port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def telling(
    opened: Callable[..., FlaskClient], tmp_path: Path, receiver: tuple[Receiver, str]
) -> Iterator[tuple[FlaskClient, Receiver]]:
    """A mailbox whose webhooks are posted when the test says so."""
    client = opened(tmp_path / "mailbox.db", webhook_url=receiver[1])
    webhooks = client.application.extensions["mailbox"].webhooks
    webhooks.stop()
    yield client, receiver[0]


def events(receiver: Receiver) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for body, _, _ in receiver.calls:
        found += requests.models.complexjson.loads(body)
    return found


def post_all(mailbox: FlaskClient) -> None:
    while mailbox.application.extensions["mailbox"].webhooks.post_due():
        pass


def test_webhooks_tell_what_became_of_the_mail(telling: tuple[FlaskClient, Receiver], tmp_path: Path):
    mailbox, receiver = telling
    send(mailbox)
    send(mailbox, personalizations=[{"to": [{"email": "bounce.me@x.example"}]}], custom_args={"message_id": "m2"})
    post_all(mailbox)

    delivered, bounced = sorted(events(receiver), key=lambda event: event["message_id"])
    assert (delivered["event"], delivered["message_id"], delivered["email"]) == (
        "delivered",
        "m1",
        "Maria@comune.example",
    )
    assert (bounced["event"], bounced["status"], bounced["message_id"]) == ("bounce", "5.1.1", "m2")
    verifier = EventWebhook(webhook_public_key(tmp_path / "mailbox.db"))
    for body, signature, timestamp in receiver.calls:
        assert verifier.verify_signature(body.decode(), signature, timestamp)
        assert not verifier.verify_signature(body.decode() + " ", signature, timestamp)


def test_webhooks_that_are_not_taken_come_again(telling: tuple[FlaskClient, Receiver]):
    mailbox, receiver = telling
    receiver.status = 503
    send(mailbox)
    post_all(mailbox)
    assert mailbox.get("/api/counts").json["webhooks_waiting"] == 1

    receiver.status = 204
    storage = mailbox.application.extensions["mailbox"].storage
    storage.hooks_refused(storage.due_hooks(2**40, 10), 0.0)
    post_all(mailbox)
    assert mailbox.get("/api/counts").json["webhooks_waiting"] == 0
    assert len(receiver.calls) == 2


def test_webhooks_repeat_and_come_early_when_asked(telling: tuple[FlaskClient, Receiver]):
    mailbox, receiver = telling
    mailbox.put("/faults", json={"webhook_copies": 46, "webhook_early": 1, "seed": 3})
    send(mailbox)
    assert len(receiver.calls) == 1, "before the call was answered"
    post_all(mailbox)

    told = events(receiver)
    assert 2 < len(told) <= 47
    assert {event["message_id"] for event in told} == {"m1"}
    assert len({event["sg_event_id"] for event in told}) > 2
