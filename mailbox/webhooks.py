"""Tells what became of the mails: signed event webhooks, again and again until they are taken."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import requests
from cryptography.hazmat.primitives.asymmetric import ec

from mailbox.faults import Misfortune
from mailbox.signing import sign
from mailbox.storage import Hook, Storage

__all__ = ["Webhooks", "events_of"]

_BATCH = 200
_TIMEOUT = 10
log = logging.getLogger(__name__)


def events_of(call: dict[str, Any], call_id: str, now: float) -> list[dict[str, Any]]:
    """One event a recipient: ``bounce`` for addresses that begin with it, else ``delivered``."""
    events = []
    for block in call["personalizations"]:
        arguments = call.get("custom_args", {}) | block.get("custom_args", {})
        for number, person in enumerate([*block["to"], *block.get("cc", []), *block.get("bcc", [])]):
            event = {
                "email": person["email"],
                "timestamp": int(now),
                "event": "delivered",
                "sg_event_id": uuid4().hex,
                "sg_message_id": f"{call_id}.stand-in-{number}",
                "category": call.get("categories", []),
                **arguments,
            }
            if person["email"].lower().startswith("bounce"):
                event |= {
                    "event": "bounce",
                    "type": "bounce",
                    "status": "5.1.1",
                    "reason": f"550 5.1.1 <{person['email']}>: no such mailbox",
                }
            events.append(event)
    return events


class Webhooks:
    """Posts the stored events to ``url``, in a thread of its own once it is started."""

    def __init__(self, storage: Storage, misfortune: Misfortune, url: str, key: ec.EllipticCurvePrivateKey) -> None:
        self.url = url
        self._storage, self._misfortune, self._key = storage, misfortune, key
        self._session = requests.Session()
        self._session.trust_env = False
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def plan(self, events: Sequence[dict[str, Any]], now: float) -> list[tuple[float, dict[str, Any]]]:
        """When each event is due; as often as the faults ask for, with another event id each time."""
        return [
            (now + self._misfortune.lateness(), event if copy == 0 else event | {"sg_event_id": uuid4().hex})
            for event in events
            for copy in range(self._misfortune.copies())
        ]

    def post(self, events: Sequence[dict[str, Any]]) -> bool:
        """Post the events in one call; true when they were taken."""
        body = json.dumps(list(events), ensure_ascii=False).encode() + b"\r\n"
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json;charset=utf-8",
            "User-Agent": "SendGrid Event API",
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
            "X-Twilio-Email-Event-Webhook-Signature": sign(self._key, timestamp, body),
        }
        try:
            answer = self._session.post(self.url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            log.info("webhook_not_taken: %s", type(error).__name__)
            return False
        if not answer.ok:
            log.info("webhook_not_taken: %s", answer.status_code)
        return answer.ok

    def post_due(self) -> bool:
        """Post one batch of what is due; true when there was something and it was taken."""
        hooks = self._storage.due_hooks(time.time(), _BATCH)
        if not hooks:
            return False
        taken = self.post([hook.event for hook in hooks])
        if taken:
            self._storage.hooks_posted(hooks)
        else:
            self._storage.hooks_refused(hooks, time.time() + _pause(hooks))
        return taken

    def wake(self) -> None:
        self._wake.set()

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="mailbox webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        self._session.close()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                again = self.post_due()
                due = self._storage.next_due()
            except Exception:
                log.exception("webhooks_failed")
                again, due = False, time.time() + 1
            if not again:
                self._wake.wait(None if due is None else max(0.02, due - time.time()))


def _pause(hooks: Sequence[Hook]) -> float:
    """Seconds until the next try: doubling, a minute at most."""
    return min(0.5 * 2.0 ** min(hook.attempts for hook in hooks), 60.0)
