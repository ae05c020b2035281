"""SendGrid: the mail as its API wants it, and one call that says what became of it.

``sendgrid`` builds the mail. Its own client has no time-out and opens a connection a call, so a session that stays open
carries it. SendGrid has no idempotency key: whatever cannot be proved here is unknown, and stays so.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
from datetime import datetime
from typing import Any

import requests
from nameko.extensions import DependencyProvider
from requests.adapters import HTTPAdapter
from sendgrid.helpers.mail import (
    Attachment,
    Category,
    ClickTracking,
    Content,
    CustomArg,
    Disposition,
    FileContent,
    FileName,
    FileType,
    From,
    Header,
    Mail,
    OpenTracking,
    ReplyTo,
    SubscriptionTracking,
    To,
    TrackingSettings,
)
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from chassis import clock
from services.notifications.domain import QUEUED, UNKNOWN, Outcome, back_off, one_line, outcome_of_answer
from services.notifications.letters import Letter
from services.notifications.settings import NotificationsSettings

SEND_AT_ONCE = 10
"""Calls in flight in one process."""
_NEVER_WENT_OUT = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)


def call_of(letter: Letter, settings: NotificationsSettings) -> bytes:
    """The body of the call. The only thing that it carries for us is our message id, which identifies nobody.

    The invitation is a body of its own beside text and HTML, which is what mail programs show as one, and a file for
    those that do not. (SendGrid refuses parameters in an attachment's type.)
    """
    mail = Mail(subject=letter.words.subject)
    mail.from_email = From(settings.sender_email, one_line(settings.sender_name))
    mail.reply_to = ReplyTo(settings.help_address)
    mail.add_to(To(letter.address, letter.name or None))
    mail.content = [Content("text/plain", letter.words.text), Content("text/html", letter.words.html)]
    if letter.calendar is not None:
        method, file = letter.calendar
        mail.add_content(Content(f"text/calendar; method={method}", file))
        encoded = base64.b64encode(file.encode()).decode()
        mail.add_attachment(_file("invite.ics", "application/ics", encoded))
    if letter.document is not None:
        name, encoded = letter.document
        mail.add_attachment(_file(re.sub(r"[^\w.-]", "-", name), "application/pdf", encoded))
    mail.add_custom_arg(CustomArg("message_id", letter.message_id))
    mail.add_category(Category(letter.kind))
    mail.add_header(Header("Auto-Submitted", "auto-generated"))
    mail.tracking_settings = TrackingSettings(
        click_tracking=ClickTracking(False, False),
        open_tracking=OpenTracking(False),
        subscription_tracking=SubscriptionTracking(False),
    )
    return json.dumps(mail.get(), ensure_ascii=False).encode()


def _file(name: str, kind: str, encoded: str) -> Attachment:
    return Attachment(FileContent(encoded), FileName(name), FileType(kind), Disposition("attachment"))


class SendGrid:
    """One process's connections to SendGrid, and its patience with it."""

    def __init__(self, settings: NotificationsSettings) -> None:
        self._timeout = settings.http_timeout
        url = settings.sendgrid_host.rstrip("/") + "/v3/mail/send"
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=SEND_AT_ONCE))
        # Asked once: requests would look the proxies up in the environment for every call.
        self._environment = self._session.merge_environment_settings(url, {}, False, None, None)
        key = settings.sendgrid_key or "stand-in"
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Accept": "application/json"}
        self._request = requests.Request("POST", url, headers=headers).prepare()
        self._failures = 0
        self.not_before: datetime | None = None

    def send(self, call: bytes) -> Outcome:
        """One call, once. When SendGrid cannot be reached, or asks to wait, ``paused`` is true for a while."""
        request = self._request.copy()
        request.prepare_body(call, None)
        now = clock.machine_now
        try:
            answer = self._session.send(request, timeout=self._timeout, allow_redirects=False, **self._environment)
        except requests.RequestException as error:
            if not _never_went_out(error):
                return Outcome(UNKNOWN, _word(error))
            outcome = Outcome(QUEUED, "unreachable", not_before=back_off(self._failures, now()))
            self._failures += 1
        else:
            outcome = outcome_of_answer(answer.status_code, answer.headers, now())
            self._failures = 0
        if outcome.not_before is not None:
            self.not_before = max(self.not_before or outcome.not_before, outcome.not_before)
        return outcome

    @property
    def paused(self) -> bool:
        return self.not_before is not None and clock.machine_now() < self.not_before

    def close(self) -> None:
        self._session.close()


def _never_went_out(error: requests.RequestException) -> bool:
    """Whether the failure proves that SendGrid got nothing: no connection was ever made."""
    cause: Any = error
    seen: set[int] = set()
    while isinstance(cause, BaseException) and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, _NEVER_WENT_OUT):
            return True
        inner = getattr(cause, "reason", None)
        first = cause.args[0] if cause.args else None
        cause = inner or (first if isinstance(first, BaseException) else None) or cause.__cause__
    return False


def _word(error: requests.RequestException) -> str:
    return "timed_out" if isinstance(error, requests.Timeout) else "connection_lost"


class Provider(DependencyProvider):  # type: ignore[misc]
    """Gives a service its ``SendGrid``; one a container."""

    def setup(self) -> None:
        self.sendgrid = SendGrid(self.container.config["settings"])

    def stop(self) -> None:
        self.sendgrid.close()

    def get_dependency(self, worker_ctx: Any) -> SendGrid:
        return self.sendgrid
