"""Refusals of scheduling and certificates: runs, plans, places, attendance."""

from __future__ import annotations

from gateway.i18n import N_

SCHEDULING: dict[str, tuple[str, str, str]] = {
    "run_already_active": (
        N_("A planning is already running"),
        N_("Only one planning at a time can run for a programme."),
        N_("Wait until it ends, or stop it: the best plan found so far is kept."),
    ),
    "no_confirmed_bodies": (
        N_("There is nothing to plan yet"),
        N_("No body has joined the programme so far."),
        N_("Start the planning once adhesions are confirmed."),
    ),
    "already_published": (
        N_("This plan cannot replace the published one"),
        N_("It is already published, or it would change appointments that have begun or are over."),
        N_("Plan again from the published plan: what has been held stays as it was."),
    ),
    "publication_under_way": (
        N_("This plan is being published already"),
        N_("Its publication goes on by itself, also while nobody looks."),
        N_("Look at the page of the planning: it says when the plan is published."),
    ),
    "publication_lost": (
        N_("The plan could not be published"),
        N_("The system stopped three times while it was at it. Nothing was changed, and nobody was written to."),
        N_("Call whoever runs the system, and publish again when it is well."),
    ),
    "no_plan": (
        N_("There is no plan"),
        N_("The planning has not ended with a plan: its state is “%(state)s”."),
        N_("Wait until it ends, or start another one."),
    ),
    "not_published": (
        N_("No plan is published yet"),
        N_("A repair changes the published calendar, and there is none."),
        N_("Publish a plan first, or start a planning with other rules."),
    ),
    "host_exists": (
        N_("This place is already on the list"),
        N_("Each municipality offers one place for training days."),
        N_("Open it in the list and change its room, address or seats."),
    ),
    "rules_unreadable": (
        N_("Some of the rules cannot be read"),
        N_("Lines that cannot be read: %(count)s. They are named beside the rules. Nothing was started."),
        N_("Correct these lines and start again."),
    ),
    "closures_unreadable": (
        N_("Some lines of the list cannot be read"),
        N_("%(count)s lines name no known place or no date, the first ones: %(first_lines)s. Nothing was saved."),
        N_("Correct these lines and send the list again."),
    ),
    "plan_out_of_date": (
        N_("The plan is out of date"),
        N_("Since it was made, bodies or their delegates have changed, or its first days have come too near."),
        N_("Start another planning and publish that one."),
    ),
    "trainer_busy": (
        N_("A trainer is busy then"),
        N_("Somebody who teaches at this appointment is at another one at that time."),
        N_("Choose another day or hour."),
    ),
    "already_started": (
        N_("The appointment has begun"),
        N_("It began on %(starts_at)s: people may be sitting there."),
        N_("Record the attendance, and close it after its end."),
    ),
    "in_the_past": (
        N_("That moment is past"),
        N_("An appointment can only be moved into the future."),
        N_("Choose another day or hour."),
    ),
    "not_seated": (
        N_("Someone on the sheet has no place here"),
        N_("Attendance can be recorded only for people who have a place at this appointment."),
        N_("Open the sheet again: the list of places may have changed."),
    ),
    "appointment_closed": (
        N_("The appointment is closed"),
        N_("Once an appointment is closed, its attendance counts for certificates."),
        N_("Correct single people, giving the reason."),
    ),
    "appointment_cancelled": (
        N_("The appointment is cancelled"),
        N_("It does not take place, and nobody can attend it."),
        N_("Open the list again to see how things stand."),
    ),
    "not_closed": (
        N_("The appointment is still open"),
        N_("Corrections with a reason are for closed appointments."),
        N_("Change the minutes on the attendance sheet and save it."),
    ),
    "not_started": (
        N_("The appointment has not begun"),
        N_("Attendance can be recorded from %(starts_at)s."),
        N_("Come back then."),
    ),
    "not_over_yet": (
        N_("The appointment is not over"),
        N_("It can be closed after its end: %(ends_at)s."),
        N_("Record attendance now, and close it later."),
    ),
    "topics_too_late": (
        N_("It is too late for other topics"),
        N_("The webinars are published, and the last list closed on %(closed_at)s: no choice would change anything."),
        N_("See the webinars on the programme's page. If you miss a topic, tell the secretariat."),
    ),
    "minutes_out_of_range": (
        N_("The minutes are not possible"),
        N_("Nobody can be present for less than 0 minutes or longer than the appointment: %(max)s minutes."),
        N_("Correct the minutes and save again."),
    ),
}
