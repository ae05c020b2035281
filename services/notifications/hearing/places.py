"""What scheduling tells: appointments, who has a seat at them, and who checks people in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from contracts import scheduling
from contracts.event import Event
from services.notifications.hearing.books import Books, Heard
from services.notifications.models import Appointment, DeskDuty, Person, Place

_TOLD = ("kind", "revision", "title_it", "title_en", "starts_at", "ends_at", "host_name", "host_province", "venue")


def _scheduled(books: Books, event: Any) -> bool:
    return books.put(Appointment, event.appointment_id, event, **{name: getattr(event, name) for name in _TOLD})


def _moved(books: Books, event: Any) -> None:
    """Everybody who has a seat must know, and who is at the desk, unless it is all over."""
    if not _scheduled(books, event) or event.ends_at <= books.now:
        return
    places = books.session.scalars(
        sa.select(Place).where(Place.appointment_id == event.appointment_id, Place.state == "assigned")
    ).all()
    books.read(Person, {place.delegate_id for place in places})
    for place in places:
        books.want("place_changed", f"{place.id}:{event.revision}", place.delegate_id, place.programme_id, place.id)
    duties = books.session.scalars(
        sa.select(DeskDuty).where(DeskDuty.appointment_id == event.appointment_id, DeskDuty.state == "assigned")
    ).all()
    books.read(Person, {duty.account_id for duty in duties})
    for duty in duties:
        books.want("desk_changed", f"{duty.id}:{event.revision}", duty.account_id, duty.programme_id, duty.id)


def _cancelled(books: Books, event: Any) -> None:
    """Only noted: the seats are released one by one, and that is when people are told."""
    books.need(Appointment, event.appointment_id)
    books.put(Appointment, event.appointment_id, event, cancelled=True, revision=event.revision)


def _place(books: Books, event: Any, state: str) -> str | None:
    """The state before (empty when the place is new), or ``None`` when the event changes nothing."""
    known = books.find(Place, event.place_id)
    before = known.state if known is not None else ""
    values = {name: getattr(event, name) for name in ("appointment_id", "programme_id", "delegate_id", "reason")}
    waited = state == "assigned" and before == "waiting"
    changed = books.put(Place, event.place_id, event, state=state, waited=waited, **values)
    return before if changed and before != state else None


def _given(state: str) -> Callable[[Books, Any], None]:
    def apply(books: Books, event: Any) -> None:
        """Tell the delegate, unless the appointment is already past."""
        appointment = books.need(Appointment, event.appointment_id)
        books.need(Person, event.delegate_id)
        before = _place(books, event, state)
        if before == "waiting":
            books.withdraw([f"place_waiting:{event.place_id}"])
        if before is not None and appointment.ends_at > books.now:
            books.want(f"place_{state}", event.place_id, event.delegate_id, event.programme_id, event.place_id)

    return apply


def _released(books: Books, event: Any) -> None:
    """Tell the delegate of the end of what they were told of, the seat or else the turn in the waiting list: an end
    must not come before, or without, its beginning."""
    appointment = books.need(Appointment, event.appointment_id)
    books.need(Person, event.delegate_id)
    before = _place(books, event, "released")
    if not before:
        return
    waiting, seat = (f"place_{state}:{event.place_id}" for state in ("waiting", "assigned"))
    untold = books.withdraw([waiting, seat, f"place_changed:{event.place_id}:{appointment.revision}"])
    if appointment.ends_at <= books.now:
        return
    if before == "assigned" and seat not in untold:
        books.want("place_released", event.place_id, event.delegate_id, event.programme_id, event.place_id)
    elif books.may_have_left([waiting]):
        books.want("waiting_ended", event.place_id, event.delegate_id, event.programme_id, event.place_id)


def _desk(books: Books, event: Any, state: str) -> bool:
    """Whether the event is news."""
    values = {name: getattr(event, name) for name in ("appointment_id", "programme_id", "account_id")}
    return books.put(DeskDuty, event.assignment_id, event, state=state, **values)


def _desk_assigned(books: Books, event: Any) -> None:
    """Tell whoever is put at the desk, unless it is all over. Name and address come by the gateway's call."""
    appointment = books.need(Appointment, event.appointment_id)
    books.need(Person, event.account_id)
    if _desk(books, event, "assigned") and appointment.ends_at > books.now:
        books.want("desk_assigned", event.assignment_id, event.account_id, event.programme_id, event.assignment_id)


def _desk_relieved(books: Books, event: Any) -> None:
    """Tell whoever was told that they are at the desk."""
    appointment = books.need(Appointment, event.appointment_id)
    told_of = books.find(DeskDuty, event.assignment_id) is not None
    if not _desk(books, event, "relieved") or not told_of:
        return
    beginning = f"desk_assigned:{event.assignment_id}"
    untold = books.withdraw([beginning, f"desk_changed:{event.assignment_id}:{appointment.revision}"])
    if beginning not in untold and appointment.ends_at > books.now:
        books.want("desk_relieved", event.assignment_id, event.account_id, event.programme_id, event.assignment_id)


def _nothing_to_say(books: Books, event: Any) -> None:
    """The appointments and the places come one by one."""


HEARD: dict[type[Event], Heard] = {
    scheduling.PlanPublished: Heard(None, _nothing_to_say),
    scheduling.AppointmentScheduled: Heard(Appointment, _scheduled),
    scheduling.AppointmentMoved: Heard(Appointment, _moved),
    scheduling.AppointmentCancelled: Heard(Appointment, _cancelled),
    scheduling.PlaceAssigned: Heard(Place, _given("assigned")),
    scheduling.PlaceWaiting: Heard(Place, _given("waiting")),
    scheduling.PlaceReleased: Heard(Place, _released),
    scheduling.DeskAssigned: Heard(DeskDuty, _desk_assigned),
    scheduling.DeskRelieved: Heard(DeskDuty, _desk_relieved),
}
