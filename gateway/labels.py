"""The word on the page for each code: a state, a role, a kind."""

from __future__ import annotations

from gateway.happenings import EVENTS, SERVICES
from gateway.i18n import N_
from gateway.i18n import gettext as _

_KINDS = {
    "municipality": N_("municipality"),
    "supra_municipal": N_("supra-municipal body"),
}
LABELS: dict[str, dict[str, str]] = {
    "kind": _KINDS,
    "programme": {"upcoming": N_("opening soon"), "open": N_("open"), "closed": N_("closed")},
    "adhesion": {
        "submitted": N_("waiting for the mailbox"),
        "under_review": N_("under review"),
        "confirmed": N_("confirmed"),
        "rejected": N_("not accepted"),
        "withdrawn": N_("withdrawn"),
    },
    "role": {
        "administrator": N_("elected administrator"),
        "manager": N_("manager"),
        "official": N_("official"),
    },
    "gender": {
        "female": N_("woman"),
        "male": N_("man"),
        "other": N_("other"),
        "not_said": N_("prefers not to say"),
    },
    "language": {"it": N_("Italian"), "en": N_("English")},
    "column": {
        "given_name": N_("Given name"),
        "family_name": N_("Family name"),
        "email": N_("E-mail"),
        "role": N_("Role"),
        "gender": N_("Gender"),
    },
    "delegate": {"active": N_("takes part"), "withdrawn": N_("no longer takes part")},
    "mailbox": {
        "unresolved": N_("not known"),
        "sent": N_("mail sent"),
        "delivered": N_("mail arrives"),
        "bounced": N_("mail comes back"),
    },
    "history": {
        "submitted": N_("adhesion sent"),
        "confirmed": N_("adhesion confirmed"),
        "under_review": N_("sent to the secretariat for review"),
        "rejected": N_("adhesion not accepted"),
        "withdrawn": N_("adhesion withdrawn"),
        "delegate_registered": N_("delegate added"),
        "delegate_withdrawn": N_("delegate withdrawn"),
        "delegate_replaced": N_("delegate replaced"),
        "person_erased": N_("person erased"),
        "contact_corrected": N_("contact corrected"),
        "legal_representative_corrected": N_("legal representative corrected"),
        "delegate_corrected": N_("delegate corrected"),
        "topics_changed": N_("topics changed by the body"),
        "topics_corrected": N_("topics corrected"),
        "body_corrected": N_("data of the body corrected"),
        "reminded_not_confirmed": N_("reminded: confirmation missing"),
        "reminded_no_delegates": N_("reminded: no delegates"),
        "entered_from_paper": N_("entered from paper"),
    },
    "field": {
        "given_name": N_("Given name"),
        "family_name": N_("Family name"),
        "email": N_("E-mail"),
        "phone": N_("Phone"),
        "office": N_("Office"),
        "language": N_("Language of the mails"),
        "title": N_("Office held"),
        "role": N_("Role"),
        "gender": N_("Gender"),
        "topics": N_("Topics"),
        "name": N_("Name"),
        "province": N_("Province"),
        "province_name": N_("Province"),
        "region": N_("Region"),
    },
    "appointment_kind": {"training_day": N_("training day"), "webinar": N_("webinar")},
    "appointment": {"scheduled": N_("scheduled"), "closed": N_("closed"), "cancelled": N_("cancelled")},
    "place": {"assigned": N_("place assigned"), "waiting": N_("waiting list"), "released": N_("released")},
    "place_reason": {
        "replaced": N_("handed over to another person of the body"),
        "delegate_withdrawn": N_("a person withdrew"),
        "adhesion_withdrawn": N_("a body withdrew"),
        "person_erased": N_("a person had their data erased"),
        "appointment_cancelled": N_("the appointment was cancelled"),
        "plan_changed": N_("the plan changed"),
    },
    "run": {
        "requested": N_("about to start"),
        "running": N_("running"),
        "completed": N_("ready"),
        "failed": N_("without a plan"),
        "stopped": N_("stopped early"),
        "published": N_("published"),
    },
    "phase": {
        "starting": N_("starting"),
        "checking": N_("checking the data"),
        "hosts": N_("choosing places and who goes where"),
        "calendar": N_("choosing dates and trainers"),
        "done": N_("done"),
    },
    "why": {
        "goes_here": N_("it goes here"),
        "pinned": N_("it is pinned here"),
        "forbidden": N_("forbidden to this body"),
        "excluded": N_("excluded from the planning"),
        "not_chosen": N_("no training day is held here"),
        "pinned_elsewhere": N_("it is pinned to another place"),
        "full": N_("full"),
        "dearer": N_("possible, but all together would travel more"),
    },
    "calendar_rule": {
        "host_dates": N_("the dates on which places are open"),
        "days_per_date": N_("how many training days may be held on one date"),
        "days_per_week": N_("how many training days may be held in one week"),
        "trainers_per_day": N_("how many trainers each training day needs"),
        "leading_topics": N_("each team knows a topic wanted by its guests"),
        "speakers_topics": N_("speakers know the topic of their webinar"),
        "availability": N_("the dates on which trainers are away"),
        "most_days": N_("how many appointments a trainer may have in all"),
        "most_a_week": N_("how many appointments a trainer may have in a week"),
        "one_place_a_day": N_("nobody teaches twice on one date"),
        "consecutive_days": N_("nobody teaches at far places on consecutive dates"),
        "one_webinar_a_date": N_("one webinar a date"),
    },
    "certificate": {
        "pressing": N_("being made"),
        "valid": N_("valid"),
        "replaced": N_("replaced"),
        "revoked": N_("revoked"),
        "failed": N_("failed"),
    },
    "cause": {
        "below_threshold": N_("attendance below the threshold"),
        "evidence_changed": N_("attendance corrected"),
        "erased": N_("person erased"),
    },
    "message": {
        "queued": N_("queued"),
        "claimed": N_("being sent"),
        "sent": N_("sent"),
        "delivered": N_("delivered"),
        "bounced": N_("bounced"),
        "failed": N_("failed"),
        "unknown": N_("outcome unknown"),
    },
    "message_kind": {
        "adhesion_received": N_("adhesion received"),
        "adhesion_confirmed": N_("adhesion confirmed"),
        "adhesion_rejected": N_("adhesion not accepted"),
        "adhesion_withdrawn": N_("adhesion withdrawn"),
        "confirmation_missing": N_("reminder: confirmation missing"),
        "delegates_missing": N_("reminder: delegates missing"),
        "area_link": N_("link to the body's area"),
        "draft_link": N_("link to a draft"),
        "own_link": N_("link to the own page"),
        "delegate_replaced": N_("delegate replaced"),
        "person_erased": N_("data erased"),
        "place_assigned": N_("place assigned"),
        "place_waiting": N_("waiting list"),
        "place_changed": N_("appointment changed"),
        "place_released": N_("place released"),
        "certificate_issued": N_("certificate issued"),
        "certificate_reissued": N_("certificate reissued"),
        "certificate_revoked": N_("certificate revoked"),
        "staff_invitation": N_("invitation of staff"),
        "staff_password": N_("new password of staff"),
    },
    "message_reason": {
        "rate_limited": N_("the provider asks to wait"),
        "refused": N_("refused by the provider"),
        "answered": N_("unclear answer of the provider"),
        "document": N_("the document is not there"),
        "document_differs": N_("the document is not the one recorded"),
        "no_address": N_("no address is known"),
        "not_written": N_("the text could not be made"),
        "not_tried": N_("not tried yet"),
        "not_sent": N_("recorded as not sent"),
        "person_erased": N_("person erased"),
        "superseded": N_("out of date"),
    },
    "staff_role": {
        "desk": N_("desk"),
        "secretariat": N_("secretariat"),
        "administrator": N_("administrator"),
        "operator": N_("operator"),
    },
    "account": {"active": N_("active"), "invited": N_("invited"), "closed": N_("closed")},
    "audit_outcome": {
        "done": N_("done"),
        "refused": N_("refused"),
        "failed": N_("failed"),
        "unknown": N_("outcome unknown"),
    },
    "via": {
        "browser": N_("in the browser"),
        "program": N_("by a program"),
        "token": N_("by a token"),
        "command": N_("by a command"),
    },
    "source": {
        "desk": N_("desk"),
        "sheet": N_("sheet"),
        "webinar_report": N_("webinar report"),
        "correction": N_("correction"),
    },
    "programme_history": {
        "drafted": N_("draft made"),
        "published": N_("published"),
        "changed": N_("changed"),
    },
    "service": SERVICES,
    "event": EVENTS,
    "failed": {
        "waiting": N_("waits for something else"),
        "retrying": N_("tried again by itself"),
        "stuck": N_("needs a person"),
    },
    "actor": {"contact": N_("the body's contact"), "delegate": N_("the delegate"), "system": N_("the system")},
}


def label(group: str, value: str | None) -> str:
    """The word for a code (a state, a role, a kind) in the reader's language; an unknown code is itself.

    A code may end in a detail, such as the number in ``refused_400``: its word is that of the code before it.
    """
    known = LABELS[group].get(value or "")
    if known or not value:
        return _(known) if known else "–"
    start, _line, detail = value.partition("_")
    known = LABELS[group].get(start)
    return f"{_(known)} ({detail})" if known else value
