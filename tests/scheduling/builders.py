"""Facts as enrollment tells them, and finished runs, with everything a test does not care about filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from chassis import clock
from chassis.database import Store
from contracts.enrollment import (
    AdhesionConfirmed,
    AdhesionWithdrawn,
    DelegateRegistered,
    DelegateWithdrawn,
    PersonErased,
    ProgrammeChanged,
    ProgrammeOpened,
)
from contracts.event import Event
from services.scheduling import documents, outcomes
from services.scheduling.models import Run
from services.scheduling.planner.plan import Day, Plan, Webinar
from services.scheduling.planner.problem import Body, Host, Problem, Trainer

JULY = datetime(2017, 7, 3, 8, 0, tzinfo=UTC)
"""When the tests' secretariat is at work: after the adhesions, before the training."""
FIRST_DAY = date(2017, 9, 18)


def named(name: Any) -> UUID:
    """The same id for the same name, so that a failing test can be read."""
    return uuid5(UUID(int=0), str(name))


PROGRAMME = named("programme")
TOPICS = ("asylum", "housing", "schools")


def programme_opened(*, programme: UUID = PROGRAMME, sequence: int = 1, **changes: Any) -> ProgrammeOpened:
    return _programme(ProgrammeOpened, programme, sequence, changes)


def programme_changed(*, programme: UUID = PROGRAMME, sequence: int = 2, **changes: Any) -> ProgrammeOpened:
    return _programme(ProgrammeChanged, programme, sequence, changes)


def _programme(told: type[ProgrammeOpened], programme: UUID, sequence: int, changes: dict[str, Any]) -> ProgrammeOpened:
    values = {
        "code": "co-alizione",
        "title_it": "CO-AliZIONE",
        "title_en": "CO-AliZIONE",
        "adhesion_opens": datetime(2017, 3, 1, tzinfo=UTC),
        "adhesion_closes": datetime(2017, 6, 30, tzinfo=UTC),
        "training_from": date(2017, 7, 1),
        "training_until": date(2018, 7, 31),
        "training_days": 2,
        "webinars": 2,
        "places_per_body": 5,
        "day_capacity": 10,
        "webinar_capacity": 10,
        "webinars_per_delegate": 2,
        "trainers_per_day": 1,
        "day_minutes": 480,
        "webinar_minutes": 90,
        "certificate_minutes": 480,
        "issuer": "ANCI",
        "topics": [{"code": code, "title_it": f"Tema {code}", "title_en": f"Topic {code}"} for code in TOPICS],
    }
    return told(programme_id=programme, sequence=sequence, **{**values, **changes})


def adhesion_confirmed(
    body_code: str, *, programme: UUID = PROGRAMME, sequence: int = 2, topics: Sequence[str] = TOPICS, **changes: Any
) -> AdhesionConfirmed:
    values = {
        "adhesion_id": named(f"adhesion {body_code}"),
        "body_name": f"Comune {body_code}",
        "body_kind": "municipality",
        "province": "VT",
        "region": "Lazio",
        "population": 20_000,
        "latitude": 42.4,
        "longitude": 12.1,
        "places_requested": 2,
        "contact_id": named(f"contact {body_code}"),
    }
    return AdhesionConfirmed(
        programme_id=programme,
        body_code=body_code,
        sequence=sequence,
        topics=list(topics),
        **{**values, **changes},
    )


def adhesion_withdrawn(body_code: str, *, programme: UUID = PROGRAMME, sequence: int = 3) -> AdhesionWithdrawn:
    return AdhesionWithdrawn(
        adhesion_id=named(f"adhesion {body_code}"),
        programme_id=programme,
        body_code=body_code,
        contact_id=named(f"contact {body_code}"),
        sequence=sequence,
    )


def delegate_registered(
    name: str,
    body_code: str,
    *,
    programme: UUID = PROGRAMME,
    sequence: int = 1,
    minute: int = 0,
    role: str = "manager",
    replaces: str | None = None,
    registered_at: datetime | None = None,
) -> DelegateRegistered:
    """``minute`` says how long after the first ones this delegate was registered."""
    return DelegateRegistered(
        delegate_id=named(name),
        adhesion_id=named(f"adhesion {body_code}"),
        programme_id=programme,
        body_code=body_code,
        body_name=f"Comune {body_code}",
        role=role,
        given_name="Ada",
        family_name="Rossi",
        email=f"{name}@example.org".replace(" ", "."),
        language="it",
        replaces=named(replaces) if replaces else None,
        registered_at=registered_at,
        sequence=sequence,
        occurred_at=JULY - timedelta(days=30) + timedelta(minutes=minute),
    )


def delegate_withdrawn(
    name: str, body_code: str, *, programme: UUID = PROGRAMME, sequence: int = 2, reason: str | None = None
) -> DelegateWithdrawn:
    return DelegateWithdrawn(
        delegate_id=named(name),
        adhesion_id=named(f"adhesion {body_code}"),
        programme_id=programme,
        reason=reason,
        sequence=sequence,
    )


def replaced(
    gone: str, heir: str, body_code: str, *, minute: int = 900, registered_at: datetime | None = None
) -> list[Event]:
    """One delegate in the stead of another, as enrollment tells it."""
    return [
        delegate_registered(heir, body_code, replaces=gone, minute=minute, registered_at=registered_at),
        delegate_withdrawn(gone, body_code, reason="replaced"),
    ]


def person_erased(name: str, programme: UUID | None = PROGRAMME) -> PersonErased:
    """Without a programme: somebody who put a form aside, say."""
    return PersonErased(person_id=named(name), sequence=1, **({"programme_id": programme} if programme else {}))


def trainer_id(number: int) -> str:
    return str(named(f"trainer {number}"))


def planned(
    store: Store,
    name: str,
    days: Sequence[Sequence[str]],
    *,
    webinars: Sequence[str] = (),
    programme: UUID = PROGRAMME,
    capacity: int = 10,
    first: date = FIRST_DAY,
    hosts: Mapping[int, str] | None = None,
    demand: int = 2,
    team: Mapping[int, int] | None = None,
    regions: Mapping[str, str] | None = None,
) -> str:
    """A completed run whose plan sends these bodies to these days, a week apart, with a webinar a topic before them.

    Each day has the trainer of its number, or the one whom ``team`` says.
    """
    teachers = {number: number for number in range(1, len(days) + 1)} | dict(team or {})
    named_hosts = {number: f"H{number}" for number in range(1, len(days) + 1)} | dict(hosts or {})
    known = regions or {}
    bodies = tuple(
        Body(code, f"Comune {code}", 42.4, 12.1, known.get(code, "Lazio"), demand) for day in days for code in day
    )
    problem = Problem(
        bodies=bodies,
        hosts=tuple(
            Host(code, f"Sede {code}", 42.4, 12.1, "VT", "Lazio", capacity) for code in sorted(named_hosts.values())
        ),
        trainers=tuple(Trainer(trainer_id(n), f"Trainer {n}", 42.0, 12.0) for n in range(len(days) + 1)),
        training_days=len(days),
        trainers_per_day=1,
        window_from=date(2017, 7, 4),
        window_until=date(2018, 7, 31),
        day_capacity=10_000,
        topics=dict.fromkeys(webinars, 1),
        webinars=len(webinars),
    )
    plan = Plan(
        days=tuple(
            Day(
                number,
                named_hosts[number],
                first + timedelta(weeks=number - 1),
                (trainer_id(teachers[number]),),
                tuple(codes),
                demand * len(codes),
            )
            for number, codes in enumerate(days, 1)
        ),
        webinars=tuple(
            Webinar(number, topic, first - timedelta(days=8 - number), "15:00", trainer_id(0))
            for number, topic in enumerate(webinars, 1)
        ),
        cost_km=0.0,
        bound_km=0.0,
        gap=0.0,
        longest_km=0.0,
        mean_km=0.0,
    )
    with store.transaction() as session:
        session.add(
            Run(
                id=named(name),
                programme_id=programme,
                state="completed",
                parameters={},
                share=1.0,
                bodies=len(bodies),
                requested_at=clock.now(),
                requested_by="staff",
            )
        )
        session.flush()
        outcomes.keep(session, named(name), problem, documents.written(problem), json.dumps(plan.to_json()))
    return str(named(name))
