"""The rules of scheduling: seats, dates, attendance. Plain values in, plain values out; a refusal is a named reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.refusal import Refused

TRAINING_DAY = "training_day"
WEBINAR = "webinar"

ACTIVE, CONFIRMED, WITHDRAWN = "active", "confirmed", "withdrawn"
"""An adhesion is confirmed or withdrawn, a delegate active or withdrawn."""

SCHEDULED, CLOSED, CANCELLED = APPOINTMENT_STATES = ("scheduled", "closed", "cancelled")
MOVED = "moved"
"""What became of an appointment that staff hold at another time."""
ASSIGNED, WAITING, RELEASED = PLACE_STATES = ("assigned", "waiting", "released")

REPLACED = "replaced"
"""Why a place was released, and why another person of the same body has one in its stead."""

REQUESTED, RUNNING, COMPLETED, FAILED, STOPPED, PUBLISHED = RUN_STATES = (
    "requested",
    "running",
    "completed",
    "failed",
    "stopped",
    "published",
)
ACTIVE_RUN = (REQUESTED, RUNNING)
"""A programme has at most one run in these states."""

ATTEMPTS = 3
"""A run is taken up at most this often: the first time, and twice after a worker was lost."""

HOST_CANCELS, TRAINER_ILL = REPAIRS = ("host_cancels", "trainer_ill")
"""What a published calendar can be repaired of."""

EVIDENCE_SOURCES = ("desk", "sheet", "webinar_report")
"""Where attendance comes from before closing; afterwards there are corrections only."""


# --- what an appointment is ------------------------------------------------------------------------------------------


def hours(held_on: date, starts: str, minutes: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end of an appointment that begins at ``starts`` (HH:MM) by the clocks of ``zone``.

    The length is counted in elapsed minutes, so that a change of the clocks never adds or takes an hour of evidence.
    """
    begins = datetime.combine(held_on, time.fromisoformat(starts), tzinfo=zone).astimezone(UTC)
    return begins, begins + timedelta(minutes=minutes)


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    """The date on which people in ``zone`` live that moment."""
    return moment.astimezone(zone).date()


def training_day_titles(number: int, host_name: str) -> tuple[str, str]:
    """Italian and English title of a training day."""
    return f"Giornata formativa n. {number} – {host_name}", f"Training day no. {number} – {host_name}"


# --- where a body without a point is taken to be ------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """Degrees, WGS 84, with the province and region that it lies in."""

    latitude: float
    longitude: float
    province: str
    region: str


def stand_in_point(province: str, region: str, known: Sequence[Point]) -> tuple[float, float] | None:
    """The mean of the known points of the province, else of the region, else of the country.

    A supra-municipal body has no point of its own, but must be given a day that it can reach.
    """
    near = (
        [point for point in known if point.province == province]
        or [point for point in known if point.region == region]
        or known
    )
    if not near:
        return None
    return sum(point.latitude for point in near) / len(near), sum(point.longitude for point in near) / len(near)


# --- seats -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Offer:
    """An appointment as far as seating is concerned: ``free`` seats, and when it is."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    free: int
    topic: str | None = None

    def overlaps(self, other: Offer) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class Applicant:
    """A delegate who is to be seated; ``since`` is when the body registered them."""

    delegate_id: UUID
    body_code: str
    since: datetime


@dataclass(frozen=True)
class Seat:
    """One delegate at one appointment, seated or waiting."""

    appointment_id: UUID
    applicant: Applicant
    state: str


def seat_all(
    applicants: Iterable[Applicant],
    days: Mapping[str, Offer],
    webinars: Sequence[Offer],
    topics: Mapping[str, Sequence[str]],
    webinars_each: int,
    had: Mapping[UUID, Collection[str]] | None = None,
    own: Mapping[UUID, Offer | None] | None = None,
) -> Iterator[Seat]:
    """Seat everybody, one after the other, first come first served: nobody above capacity, who does not fit waits.

    ``days`` gives each body's training day by the body's code, ``own`` those of single delegates whose body is in
    parts; None is a day that they have had. A delegate further gets up to ``webinars_each`` webinars
    on the topics that their body asked for, in the body's order, one a topic and none at the time of another
    appointment of theirs. A webinar with room is preferred to one that is full; who finds fewer than they may have
    waits at the full ones. ``had`` are the topics of webinars that a delegate has been at: they count,
    and do not return.
    """
    free = {offer.id: offer.free for offer in (*days.values(), *webinars)}
    on_topic: dict[str, list[Offer]] = {}
    for webinar in sorted(webinars, key=lambda offer: (offer.starts_at, offer.id)):
        if webinar.topic is not None:
            on_topic.setdefault(webinar.topic, []).append(webinar)
    for applicant in sorted(applicants, key=lambda each: (each.since, each.delegate_id)):
        taken: list[Offer] = []
        day = own[applicant.delegate_id] if own and applicant.delegate_id in own else days.get(applicant.body_code)
        if day is not None:
            taken.append(day)
            yield _seat(day, applicant, free)
        full: list[Offer] = []
        known = (had or {}).get(applicant.delegate_id, ())
        got = len(known)
        for topic in topics.get(applicant.body_code, ()):
            if got >= webinars_each:
                break
            if topic in known:
                continue
            possible = [one for one in on_topic.get(topic, ()) if not any(one.overlaps(other) for other in taken)]
            with_room = next((one for one in possible if free[one.id] > 0), None)
            if with_room is not None:
                got += 1
                taken.append(with_room)
                yield _seat(with_room, applicant, free)
            elif possible:
                full.append(possible[0])
        for webinar in full:
            if got >= webinars_each:
                break
            if not any(webinar.overlaps(other) for other in taken):
                got += 1
                taken.append(webinar)
                yield _seat(webinar, applicant, free)


def _seat(offer: Offer, applicant: Applicant, free: dict[UUID, int]) -> Seat:
    if free[offer.id] <= 0:
        return Seat(offer.id, applicant, WAITING)
    free[offer.id] -= 1
    return Seat(offer.id, applicant, ASSIGNED)


# --- changes to an appointment --------------------------------------------------------------------------------------


def may_change(state: str, starts_at: datetime, now: datetime) -> None:
    """Refuse to move or cancel what is settled, called off or already under way: people may be sitting there."""
    if state != SCHEDULED:
        raise Refused(f"appointment_{state}")
    if starts_at <= now:
        raise Refused("already_started", starts_at=starts_at.isoformat())


def may_start_at(starts_at: datetime, now: datetime) -> None:
    """Refuse to move an appointment into the past."""
    if starts_at <= now:
        raise Refused("in_the_past", starts_at=starts_at.isoformat())


def check_lists_open(seats: Iterable[tuple[datetime, str, str]], closing: timedelta, now: datetime) -> None:
    """Refuse to replace somebody who is about to be somewhere: ``seats`` are starts and titles of what they hold.

    They may always withdraw. Whose appointments are all past, or far enough ahead, can be replaced.
    """
    for starts_at, title_it, title_en in sorted(seats):
        if starts_at - closing <= now < starts_at:
            raise Refused(
                "list_closed",
                starts_at=starts_at.isoformat(),
                closed_at=(starts_at - closing).isoformat(),
                title_it=title_it,
                title_en=title_en,
            )


def topics_reach(webinars: Collection[datetime], closing: timedelta, now: datetime) -> tuple[str, datetime | None]:
    """What another choice of topics still does, and until when; ``webinars`` are the starts of the published ones.

    Before there are any, it decides which are held. Afterwards it decides where those are seated whom the body names
    from then on, as long as the list of one webinar is open.
    """
    if not webinars:
        return "planning", None
    last = max(webinars) - closing
    if last <= now:
        raise Refused("topics_too_late", closed_at=last.isoformat())
    return "newcomers", last


# --- attendance ------------------------------------------------------------------------------------------------------


def may_staff(state: str) -> None:
    """People are put at the desk of what takes place and is not settled."""
    if state != SCHEDULED:
        raise Refused(f"appointment_{state}")


def may_record(state: str, starts_at: datetime, now: datetime) -> None:
    """Attendance is recorded from the start of the appointment until it is closed."""
    if state != SCHEDULED:
        raise Refused(f"appointment_{state}")
    if now < starts_at:
        raise Refused("not_started", starts_at=starts_at.isoformat())


def may_correct(state: str) -> None:
    """Before closing, recording again is enough; a correction is of settled evidence and needs a reason."""
    if state != CLOSED:
        raise Refused("appointment_cancelled" if state == CANCELLED else "not_closed")


def may_close(state: str, ends_at: datetime, now: datetime) -> None:
    """An appointment is settled after its end, when nobody can gain minutes any more."""
    if state == CANCELLED:
        raise Refused("appointment_cancelled")
    if now < ends_at:
        raise Refused("not_over_yet", ends_at=ends_at.isoformat())


def check_minutes(minutes: Mapping[str, int], most: int) -> None:
    """Nobody is credited with more minutes than the appointment has, nor with fewer than none."""
    wrong = sorted(delegate for delegate, value in minutes.items() if not 0 <= value <= most)
    if wrong:
        raise Refused("minutes_out_of_range", max=most, delegates=wrong[:20])


def check_seated(delegates: Iterable[str], seated: Iterable[str]) -> None:
    """Only who has a seat can have been there: anybody else is seated first, or the desk has the wrong person."""
    strangers = sorted(set(delegates) - set(seated))
    if strangers:
        raise Refused("not_seated", delegates=strangers[:20])
