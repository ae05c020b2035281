"""What every page has: words and figures in the reader's language, addresses of static files, a few conventions."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request, url_for

from chassis import clock
from chassis.refusal import Unavailable
from gateway import backend, i18n
from gateway.calendar import whereabouts
from gateway.identity import Staff, current_staff, settings
from gateway.labels import label
from gateway.plan_export import since
from gateway.words import explain_field, failure_title, mend_cell

pages = Blueprint("furniture", __name__)

_STATIC = Path(__file__).parent.parent / "static"
_YEAR = 31_536_000

DONE = {
    "adhesion_confirmed": i18n.N_("The adhesion is confirmed: the body gets a mail."),
    "adhesion_rejected": i18n.N_("The adhesion is not accepted: the body gets a mail with the reason."),
    "adhesion_corrected": i18n.N_("The correction is saved; the history keeps what was there before."),
    "adhesion_withdrawn_for": i18n.N_("The body is out of the programme, and gets a mail."),
    "adhesion_entered": i18n.N_("The adhesion is entered: this is its protocol number."),
    "body_reminded": i18n.N_("The reminder is on its way."),
    "note_saved": i18n.N_("The note is saved."),
    "note_deleted": i18n.N_("The note is deleted."),
    "appointment_moved": i18n.N_("The appointment is held at another time: everybody concerned gets a mail."),
    "appointment_off": i18n.N_("The appointment is called off: everybody concerned gets a mail."),
    "attendance_saved": i18n.N_("The attendance is saved."),
    "desk_assigned": i18n.N_("The desk is assigned: who is at it finds the appointment on their first page."),
    "desk_relieved": i18n.N_("The person is off this desk, and no longer sees the appointment."),
    "attendance_corrected": i18n.N_("The attendance is corrected; the certificate follows by itself."),
    "appointment_closed": i18n.N_("The appointment is closed: its attendance counts for certificates."),
    "certificate_revoked": i18n.N_("The certificate is revoked: whoever verifies it will see that."),
    "delegates_registered": i18n.N_("The list is taken: an invitation goes to each person once there is a place."),
    "delegate_registered": i18n.N_("The delegate is on the list: an invitation goes to them once there is a place."),
    "delegate_replaced": i18n.N_("The new delegate is on the list; open places are handed over."),
    "data_corrected": i18n.N_("Your data are corrected."),
    "data_erased": i18n.N_("Your data are erased, and your places are free for others."),
    "left_programme": i18n.N_("You no longer take part: your places are free for others."),
    "contact_nominated": i18n.N_("A mail is on its way to the person, who takes over on accepting."),
    "nomination_withdrawn": i18n.N_("Nothing changes: the contact stays who it is."),
    "contact_changed": i18n.N_("You are the contact now: from here you act for the body."),
    "mailbox_change_asked": i18n.N_("A mail is on its way to the new address, which counts once it is confirmed."),
    "mailbox_changed": i18n.N_("The new address is confirmed: our mails go there from now on."),
    "topics_changed": i18n.N_("The topics are saved."),
    "delegate_withdrawn": i18n.N_("The delegate is off the list, and the place is free."),
    "adhesion_withdrawn": i18n.N_("Your body's adhesion is withdrawn."),
    "messages_replayed": i18n.N_("Another try is under way: reload the page in a few seconds to see what is left."),
    "message_resolved": i18n.N_("The outcome of the message is recorded."),
    "message_resent": i18n.N_("A new message is on its way."),
    "plan_published": i18n.N_("The plan is published: places are assigned and invitations are on their way."),
    "invitation_sent": i18n.N_("The invitation is on its way."),
    "invitation_revoked": i18n.N_("The invitation is revoked: its link opens nothing any more."),
    "role_changed": i18n.N_("The role is changed: open sessions are ended."),
    "account_closed": i18n.N_("The account is closed, and its sessions are ended."),
    "account_reopened": i18n.N_("The account is open again."),
    "password_changed": i18n.N_("The password is changed, and all other sessions are ended."),
    "second_factor_removed": i18n.N_("The second factor is taken away."),
    "second_factor_reset": i18n.N_("The second factor is reset, and the account's sessions are ended."),
    "token_revoked": i18n.N_("The token is revoked: it opens nothing any more."),
    "session_ended": i18n.N_("The session is ended."),
    "sessions_ended": i18n.N_("All other sessions are ended."),
    "programme_drafted": i18n.N_("The draft is saved. Nobody but administrators sees it."),
    "programme_changed": i18n.N_("The programme is changed."),
    "programme_published": i18n.N_("The programme is public."),
    "nothing_changed": i18n.N_("Nothing was different: the programme is as it was."),
    "host_added": i18n.N_("The place is on the list: say what its room is like."),
    "host_changed": i18n.N_("The place is saved: the next planning takes it into account."),
    "trainer_added": i18n.N_("The trainer is on the list."),
    "trainer_changed": i18n.N_("The trainer is saved: the next planning takes it into account."),
    "rules_changed": i18n.N_("The rules are saved: the next planning takes them into account."),
    "run_cancelled": i18n.N_("The planning is given up, and nothing of it is kept."),
    "run_stopping": i18n.N_("The planning is asked to stop: it keeps the best plan found so far."),
}


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a static file with its content's hash: browsers keep it for ever, and never too long."""
    return url_for("static", filename=name, v=_fingerprint(name))


def language_url(language: str) -> str:
    """This page in another language; what was asked for in the address stays."""
    asked = {key: value for key, value in request.args.items(multi=False) if key != "lang"}
    if request.endpoint is None:
        return f"/?lang={language}"
    return url_for(request.endpoint, **{**(request.view_args or {}), **asked, "lang": language})


def field_id(path: str) -> str:
    """The id of the field for a dotted path: dots would have to be escaped wherever ids are written."""
    return path.replace(".", "-")


def optional(service: str, method: str, **arguments: Any) -> Any:
    """What the service says, or ``None`` while it does not answer: one service at rest must not take the page along."""
    try:
        return backend.call(service, method, **arguments)
    except Unavailable:
        return None


def started(moment: str) -> bool:
    """Whether the moment has come, by the programme's clock."""
    return datetime.fromisoformat(moment) <= clock.now()


def done() -> list[str]:
    """What the address says has just been done, in words; an unknown code says nothing."""
    return [i18n.gettext(DONE[code]) for code in request.args.getlist("done")[:1] if code in DONE]


@pages.record_once
def _equip(state: Any) -> None:
    environment = state.app.jinja_env
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(
        day=i18n.format_day,
        weekday=i18n.format_weekday,
        moment=i18n.format_moment,
        time=i18n.format_time,
        number=i18n.format_number,
        percent=i18n.format_percent,
        duration=i18n.format_duration,
        field_id=field_id,
        own=i18n.in_language,
        started=started,
        whereabouts=whereabouts,
    )
    environment.globals.update(
        _=i18n.gettext,
        ngettext=i18n.ngettext,
        asset=asset,
        language_url=language_url,
        label=label,
        explain_field=explain_field,
        failure_title=failure_title,
        mend_cell=mend_cell,
        done=done,
        since_published=since,
    )


def _staff() -> Staff | None:
    """Who is logged in; while our own database is at rest, even the page that says so must come out."""
    try:
        return current_staff()
    except Unavailable:
        return None


@pages.app_context_processor
def _around() -> dict[str, Any]:
    own = settings()
    return {
        "language": i18n.current_language(),
        "staff": _staff(),
        "site": {
            "name": own.site_name,
            "operator": own.operator_name,
            "email": own.operator_email,
            "address": own.operator_address,
            "demo": own.demo,
            "mailbox": own.mailbox_url,
        },
    }


@pages.after_app_request
def _finish(response: Response) -> Response:
    if request.endpoint == "static":
        named_by_content = request.args.get("v") or request.path.startswith("/static/fonts/")
        if named_by_content and response.status_code == 200:
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        return response
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = i18n.current_language()
        response.vary.update(["Accept-Language", "Cookie"])
        if request.args.get("lang") in i18n.LANGUAGES:
            response.set_cookie(
                i18n.LANGUAGE_COOKIE,
                request.args["lang"],
                max_age=_YEAR,
                httponly=True,
                samesite="Lax",
                secure=settings().is_https,
            )
    return response
