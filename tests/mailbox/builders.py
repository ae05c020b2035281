"""Calls as SendGrid takes them."""

from __future__ import annotations

import base64
from typing import Any

from flask.testing import FlaskClient

KEY = {"Authorization": "Bearer any"}


def call(**given: Any) -> dict[str, Any]:
    return {
        "personalizations": [{"to": [{"email": "Maria@comune.example", "name": "Maria Rossi"}]}],
        "from": {"email": "programma@anci.example", "name": "Segreteria"},
        "subject": "Posto assegnato",
        "content": [
            {"type": "text/plain", "value": "Gentile Maria, https://example.org/me/abc"},
            {"type": "text/html", "value": "<html><head></head><body><p>Gentile Maria</p></body></html>"},
        ],
        "custom_args": {"message_id": "m1"},
        "categories": ["place_assigned"],
    } | given


def file(**given: Any) -> dict[str, Any]:
    return {"content": base64.b64encode(b"%PDF").decode(), "filename": "a.pdf", "type": "application/pdf"} | given


def send(mailbox: FlaskClient, **given: Any) -> Any:
    return mailbox.post("/v3/mail/send", json=call(**given), headers=KEY)
