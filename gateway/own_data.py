"""What somebody takes along of their own: complete, for programs as JSON, and for people as a document of one file.

The document says in its reader's language what each part is. It loads nothing and opens in any browser, from disk too,
and prints as it is.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Response, render_template

from chassis import clock
from gateway import held
from gateway.backend import call

__all__ = ["of_body", "of_person", "sent_as_document", "sent_as_json"]

_MOST_MAILS = 500


def of_body(adhesion: dict[str, Any], history: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything that the body gave and accepted, what happened to it, and what its people hold."""
    receipt = call("enrollment", "receipt", digest=adhesion["receipt_hash"])
    return {
        "adhesion": adhesion,
        "receipt": {"hash": receipt["hash"], "content": receipt["content"]},
        "history": history,
        **_held(adhesion["delegates"]),
        "mails": _mails(adhesion["contact"]["id"]) if adhesion["contact"] else [],
    }


def of_person(found: dict[str, Any], history: list[dict[str, Any]]) -> dict[str, Any]:
    """All that is kept of one delegate, and nobody else's."""
    who = found["delegate"]
    return {**found, "history": history, **_held([who]), "mails": _mails(who["id"])}


def _held(who: list[dict[str, Any]]) -> dict[str, Any]:
    return {"places": held.places_of(who, released=True), "certificates": held.certificates_of(who)}


def _mails(person_id: str) -> list[dict[str, Any]]:
    """The mails to this person: what about, when, and what became of them."""
    found = call("notifications", "messages", person_id=person_id, limit=_MOST_MAILS)["items"]
    names = ("kind", "state", "language", "created_at", "sent_at")
    return [{name: one[name] for name in names} for one in found]


def sent_as_json(found: dict[str, Any], name: str) -> Response:
    """Indented, so that people can read it too."""
    return _download(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "application/json", f"{name}.json")


def sent_as_document(template: str, found: dict[str, Any], name: str) -> Response:
    """``template`` is the body's or the person's."""
    programme = call("enrollment", "programme", code=found["adhesion"]["programme_code"])
    page = render_template(f"data/{template}.html", **found, programme=programme, made_at=clock.now().isoformat())
    return _download(page, "text/html", f"{name}.html")


def _download(content: str, kind: str, filename: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    response.headers["Cache-Control"] = "no-store"
    return response
