"""What services tell each other, and what the services are for, in words that a secretary knows."""

from __future__ import annotations

from gateway.i18n import N_

SERVICES = {
    "enrollment": N_("Programmes and adhesions"),
    "scheduling": N_("Calendar, places and attendance"),
    "certificates": N_("Certificates"),
    "notifications": N_("Mails"),
    "gateway": N_("Pages of this site"),
}
"""The services that hear what others tell, and so may fail to take it in."""

MISSING = {
    "enrollment": N_(
        "The adhesion does not show whether a mail reached its people; an action on many adhesions stands still."
    ),
    "scheduling": N_(
        "The calendar does not know of it: a body or a delegate is not planned for, or a planning does not begin."
    ),
    "certificates": N_("Certificates do not follow it: one may be missing, or still say what was true before."),
    "notifications": N_("No mail is written about it."),
    "gateway": N_("The page of a planning does not show how it goes on; the planning itself does go on."),
}
"""What is not done yet where a service has not taken in what it was told."""
AGAIN = {
    "enrollment": N_("The adhesion is brought up to date, or the action goes on where it stood."),
    "scheduling": N_("The calendar catches up; whoever gets a place by that is told by mail."),
    "certificates": N_("Certificates catch up: what is due is issued, corrected or revoked, and told to its holder."),
    "notifications": N_("The mail is written with what is known today, and sent, unless it is no longer needed."),
    "gateway": N_("The page of the planning catches up, and nothing else happens."),
}
"""What another try does there."""

EVENTS = {
    "enrollment.programme.opened": N_("a programme was opened"),
    "enrollment.programme.changed": N_("a programme was changed"),
    "enrollment.adhesion.submitted": N_("an adhesion was sent"),
    "enrollment.adhesion.confirmed": N_("an adhesion was confirmed"),
    "enrollment.adhesion.rejected": N_("an adhesion was not accepted"),
    "enrollment.adhesion.withdrawn": N_("an adhesion was withdrawn"),
    "enrollment.adhesion.corrected": N_("an adhesion was corrected"),
    "enrollment.adhesion.reminded": N_("a body was reminded"),
    "enrollment.bulk_action.advanced": N_("a part of a bulk action was done"),
    "enrollment.contact.changed": N_("a body's contact was named"),
    "enrollment.contact.nominated": N_("another contact of a body was named"),
    "enrollment.mailbox_link.requested": N_("the institutional mailbox asked to name a contact"),
    "enrollment.mailbox_change.requested": N_("another address of a delegate was given"),
    "enrollment.delegate.registered": N_("a delegate was registered"),
    "enrollment.delegate.withdrawn": N_("a delegate was withdrawn"),
    "enrollment.person.erased": N_("a person was erased"),
    "enrollment.draft.saved": N_("an adhesion form was put aside"),
    "enrollment.area_link.requested": N_("a link to a body's area was asked for"),
    "enrollment.confirmation_link.requested": N_("another link to confirm an adhesion was asked for"),
    "enrollment.delegate_link.requested": N_("a link to a delegate's page was asked for"),
    "scheduling.run.requested": N_("a planning was asked for"),
    "scheduling.run.progressed": N_("a planning went on"),
    "scheduling.run.completed": N_("a planning ended with a plan"),
    "scheduling.run.failed": N_("a planning ended without a plan"),
    "scheduling.plan.published": N_("a plan was published"),
    "scheduling.appointment.scheduled": N_("an appointment was scheduled"),
    "scheduling.appointment.moved": N_("an appointment was moved"),
    "scheduling.appointment.cancelled": N_("an appointment was cancelled"),
    "scheduling.appointment.closed": N_("an appointment was closed"),
    "scheduling.place.assigned": N_("a place was assigned"),
    "scheduling.place.waiting": N_("a delegate was put on a waiting list"),
    "scheduling.place.released": N_("a place was released"),
    "scheduling.desk.assigned": N_("somebody was put at a desk"),
    "scheduling.desk.relieved": N_("somebody was taken off a desk"),
    "scheduling.attendance.recorded": N_("an attendance was recorded"),
    "scheduling.attendance.corrected": N_("an attendance was corrected"),
    "certificates.certificate.issued": N_("a certificate was issued"),
    "certificates.certificate.reissued": N_("a certificate was reissued"),
    "certificates.certificate.revoked": N_("a certificate was revoked"),
    "notifications.message.sent": N_("a mail was sent"),
    "notifications.message.delivered": N_("a mail was delivered"),
    "notifications.message.bounced": N_("a mail came back"),
    "notifications.message.unresolved": N_("a mail has an unknown outcome"),
}


def plain_name(event_type: str) -> str:
    """The event's name without its version: ``enrollment.programme.opened``."""
    return event_type.partition(".v")[0]
