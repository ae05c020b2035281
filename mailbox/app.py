"""The stand-in as a Flask app: SendGrid's call, an API for tests, and the inbox page."""

from __future__ import annotations

import hmac
import socket
import struct
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Blueprint, Flask, Response, current_app, g, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge

from mailbox.faults import BadFaults, Faults, Misfortune
from mailbox.signing import signing_key
from mailbox.storage import Storage
from mailbox.validation import MAX_BYTES, complaints, problem
from mailbox.webhooks import Webhooks, events_of
from mailbox.words import WORDS, language_of, local_time

__all__ = ["Mailbox", "create_mailbox"]

_PAGE = 25
_MAX_LIMIT = 500
_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
api = Blueprint("mailbox_api", __name__)
pages = Blueprint("mailbox_pages", __name__)


class Mailbox:
    """What the app works with; ``app.extensions["mailbox"]``. ``close`` it when done."""

    def __init__(self, state_file: Path, webhook_url: str | None, key: str | None) -> None:
        self.storage = Storage(state_file)
        self.misfortune = Misfortune()
        self.key = key
        self.webhooks: Webhooks | None = None
        if webhook_url:
            self.webhooks = Webhooks(self.storage, self.misfortune, webhook_url, signing_key(state_file))
            self.webhooks.start()

    def accept(self, call: dict[str, Any]) -> str:
        """Keep the mail and plan its events; an early event is posted before this returns."""
        call_id, now = uuid4().hex, time.time()
        if self.webhooks is None:
            self.storage.accept(call, call_id)
            return call_id
        events = events_of(call, call_id, now)
        early = self.misfortune.early()
        self.storage.accept(call, call_id, self.webhooks.plan(events, now))
        if early:
            self.webhooks.post(events)
        self.webhooks.wake()
        return call_id

    def close(self) -> None:
        if self.webhooks is not None:
            self.webhooks.stop()
        self.storage.close()


def create_mailbox(state_file: Path, webhook_url: str | None = None, key: str | None = None) -> Flask:
    """The stand-in, keeping its mails in ``state_file``.

    Event webhooks go to ``webhook_url``, when one is given. With ``key`` only this API key is accepted, else any.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    app.extensions["mailbox"] = Mailbox(state_file, webhook_url, key)
    app.register_blueprint(api)
    app.register_blueprint(pages)
    app.register_error_handler(HTTPException, _refuse)
    return app


def _mailbox() -> Mailbox:
    mailbox: Mailbox = current_app.extensions["mailbox"]
    return mailbox


def _refuse(error: HTTPException) -> Response:
    if request.path.startswith(("/v3/", "/api/", "/faults")):
        return _errors(error.code or 500, [problem(error.description or error.name, None)])
    return make_response(_page("missing.html"), error.code or 500)


def _errors(status: int, problems: list[Any], **headers: str) -> Response:
    answer = jsonify({"errors": problems})
    answer.status_code = status
    answer.headers.update(headers)
    return answer


# --- SendGrid's own call ---------------------------------------------------------------------------------------------


@api.post("/v3/mail/send")
def send() -> Response:
    """Accept one mail as SendGrid does, or refuse it in SendGrid's words."""
    mailbox = _mailbox()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token.strip() or (mailbox.key and not hmac.compare_digest(token, mailbox.key)):
        return _errors(401, [problem("The provided authorization grant is invalid, expired, or revoked", None)])
    if request.mimetype != "application/json":
        return _errors(415, [problem("Content-Type should be application/json.", None)])
    try:
        call: Any = request.get_json(silent=True)
    except RequestEntityTooLarge:
        return _errors(413, [problem("The total size of your email must be less than 30 MB.", None)])
    if found := complaints(call):
        return _errors(400, found)

    fault = mailbox.misfortune.draw()
    if fault == "429":
        reset = int(time.time()) + mailbox.misfortune.faults.reset_in
        limits = {"X-RateLimit-Limit": "600", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
        return _errors(429, [problem("too many requests", None)], **limits)
    if fault == "500_before":
        return _errors(500, [problem("Internal Server Error", None)])
    call_id = mailbox.accept(call)
    if mailbox.misfortune.faults.delay:
        time.sleep(mailbox.misfortune.faults.delay)
    if fault == "500_after":
        return _errors(500, [problem("Internal Server Error", None)])
    if fault == "reset_after":
        _break_off()
    answer = Response(status=202)
    answer.headers["X-Message-Id"] = call_id
    return answer


def _break_off() -> None:
    """End the connection, so that the caller meets a reset where it waits for the answer."""
    stream = request.environ.get("eventlet.input")
    peer: socket.socket = stream.get_socket() if stream else request.environ["werkzeug.socket"]
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.shutdown(socket.SHUT_RDWR)


# --- for tests and rehearsals ----------------------------------------------------------------------------------------


@api.get("/api/messages")
def messages() -> Response:
    """Mails as JSON, newest first; with ``order=oldest`` the last position serves as cursor for what comes later."""
    limit = _number("limit", 50, 1, _MAX_LIMIT)
    found = _mailbox().storage.mails(
        to=request.args.get("to"),
        kind=request.args.get("kind"),
        cursor=_number("cursor", None, 0, 2**62),
        limit=limit or 0,
        oldest_first=request.args.get("order") == "oldest",
    )
    return jsonify({"items": found, "next_cursor": str(found[-1]["position"]) if len(found) == limit else None})


@api.get("/api/messages/<identifier>")
def message(identifier: str) -> Response:
    found = _mailbox().storage.mail(identifier)
    if found is None:
        raise NotFound
    return jsonify(found)


@api.get("/api/messages/<identifier>/attachments/<int:number>")
def attachment(identifier: str, number: int) -> Response:
    """The file itself, never shown by the browser as a page of this address."""
    found = _mailbox().storage.attachment(identifier, number)
    if found is None:
        raise NotFound
    filename, kind, content = found
    answer = Response(content, mimetype=kind.partition(";")[0])
    answer.headers.set("Content-Disposition", "attachment", filename=filename)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@api.get("/api/counts")
def counts() -> Response:
    return jsonify(_mailbox().storage.counts())


@api.get("/faults")
def faults() -> Response:
    return jsonify(_mailbox().misfortune.faults.as_json())


@api.put("/faults")
def set_faults() -> Response:
    """From now on misbehave like this; ``{}`` behaves again."""
    try:
        asked = Faults.of(request.get_json(silent=True))
    except BadFaults as error:
        return _errors(400, [problem(str(error), None)])
    _mailbox().misfortune.set(asked)
    return faults()


def _number(name: str, default: int | None, least: int, most: int) -> int | None:
    raw = request.args.get(name)
    if raw is None:
        return default
    return min(max(int(raw), least), most) if raw.isascii() and raw.isdigit() and len(raw) < 20 else default


# --- the inbox -------------------------------------------------------------------------------------------------------


@pages.before_request
def _choose_language() -> None:
    g.language = language_of(request.args.get("lang") or request.cookies.get("lang"), request.accept_languages)


@pages.after_request
def _protect(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", _POLICY)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    if request.args.get("lang"):
        answer.set_cookie("lang", g.language, samesite="Lax", httponly=True)
    return answer


def _page(template: str, **values: Any) -> str:
    language = g.get("language", "it")
    return render_template(template, language=language, words=WORDS[language], local_time=local_time, **values)


@pages.get("/")
def inbox() -> str:
    """The newest mails, or those to addresses that contain the search."""
    wanted = request.args.get("q", "").strip()[:200]
    cursor = _number("before", None, 0, 2**62)
    found = _mailbox().storage.mails(containing=wanted, cursor=cursor, limit=_PAGE + 1)
    older = found[_PAGE - 1]["position"] if len(found) > _PAGE else None
    return _page("inbox.html", mails=found[:_PAGE], wanted=wanted, older=older, later=cursor is not None)


@pages.get("/messages/<identifier>")
def read(identifier: str) -> str:
    found = _mailbox().storage.mail(identifier)
    if found is None:
        raise NotFound
    return _page("message.html", mail=found)


@pages.get("/messages/<identifier>/html")
def html(identifier: str) -> Response:
    """The mail as it is, in a sandbox: no script, no form, nothing from elsewhere; its links open a new window."""
    found = _mailbox().storage.mail(identifier)
    if found is None:
        raise NotFound
    answer = make_response(found["html"].replace("<head>", '<head><base target="_blank">', 1))
    answer.headers["Content-Security-Policy"] = _MAIL_POLICY
    return answer
