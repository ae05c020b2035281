"""Two clerks in one instant: what only a database with several connections can get wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.database import Store
from chassis.refusal import Missing, Refused
from services.enrollment import registry
from services.enrollment.models import Adhesion, Base
from services.enrollment.service import EnrollmentService
from tests.enrollment.builders import (
    BOLZANO,
    BRUNICO,
    FIUMICINO,
    GUIDONIA,
    MERANO,
    NONE,
    OPEN,
    PROGRAMME,
    TIVOLI,
    area,
    confirm_link,
    delegate,
    form,
    programme_data,
    small_registry,
    union,
)


@pytest.fixture
def clerks(postgresql_database: str, worker: Callable[..., Any], clock: Any) -> Iterator[Any]:
    """Enrollment on PostgreSQL alone."""
    store = Store(postgresql_database, Base.metadata)
    store.create_all()
    clock.set(OPEN)
    service = worker(EnrollmentService, store)
    with store.transaction() as session:
        registry.store(session, small_registry())
    service.open_programme(programme_data(), actor="staff-1")
    yield service
    store.dispose()
    server = sa.create_engine(postgresql_database, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    server.dispose()


def at_once(calls: list[Callable[[], Any]]) -> list[str]:
    """Make the calls in one instant, each on its own connection; the reasons of the refused ones, "" for the others."""
    gate = Barrier(len(calls))

    def make(call: Callable[[], Any]) -> str:
        gate.wait(timeout=30)
        try:
            call()
        except Refused as refusal:
            return refusal.reason
        return ""

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(make, calls))


def protocols(service: Any) -> list[int]:
    with service.database.read() as session:
        return list(session.scalars(sa.select(Adhesion.protocol_number).order_by(Adhesion.protocol_number)))


def test_two_clerks_of_one_comune_make_one_adhesion(clerks):
    for number, body_code in enumerate((TIVOLI, FIUMICINO, BOLZANO, BRUNICO, NONE, MERANO), start=1):
        answers = at_once([lambda code=body_code: clerks.submit_adhesion(form(code))] * 2)
        assert sorted(answers) == ["", "already_joined"]
        assert protocols(clerks) == list(range(1, number + 1))


def test_two_clerks_of_one_union_make_one_adhesion(clerks):
    assert sorted(at_once([lambda: clerks.submit_adhesion(union())] * 2)) == ["", "already_joined"]


def test_one_form_sent_twice_under_one_key_is_one_adhesion(clerks):
    calls = [lambda: clerks.submit_adhesion(form(), idempotency_key="k")] * 4
    assert at_once(calls) == [""] * 4
    assert protocols(clerks) == [1]


def test_many_bodies_at_once_are_numbered_without_gaps(clerks):
    codes = (TIVOLI, FIUMICINO, BOLZANO, BRUNICO, NONE, MERANO, GUIDONIA)
    answers = at_once([lambda code=code: clerks.submit_adhesion(form(code)) for code in codes])
    assert answers == [""] * 7
    assert protocols(clerks) == [1, 2, 3, 4, 5, 6, 7]


def test_the_last_place_is_given_once(clerks):
    adhesion = clerks.submit_adhesion(form(delegates=5))
    token = area(clerks, adhesion)
    answers = at_once([lambda n=n: clerks.register_delegate(token, delegate(n)) for n in (6, 7, 8)])
    assert sorted(answers) == ["", "too_many_delegates", "too_many_delegates"]
    assert clerks.area(token)["delegates_count"] == 6


def test_one_form_put_aside_many_times_in_one_instant_is_one_draft_and_one_mail(clerks, emitted):
    draft = {"programme_code": PROGRAMME, "email": "clerk@comune.example.it", "adhesion": {"body_code": TIVOLI}}
    assert at_once([lambda: clerks.save_draft(draft, "form-1")] * 6) == [""] * 6
    told = [type(event).__name__ for event in emitted(clerks.database)]
    assert told == ["ProgrammeOpened", "ContactChanged", "DraftSaved"]


def test_two_clicks_on_the_link_in_one_instant_confirm_once(clerks, emitted):
    adhesion = clerks.submit_adhesion(form(delegates=1))
    assert at_once([lambda: clerks.confirm_adhesion(confirm_link(adhesion))] * 4) == [""] * 4
    told = [type(event).__name__ for event in emitted(clerks.database)]
    assert told == ["ProgrammeOpened", "ContactChanged", "AdhesionSubmitted", "AdhesionConfirmed", "DelegateRegistered"]


def test_confirming_and_rejecting_in_one_instant_ends_in_one_state(clerks):
    adhesion = clerks.submit_adhesion(form())
    answers = at_once(
        [
            lambda: clerks.confirm_adhesion(confirm_link(adhesion)),
            lambda: clerks.review_adhesion(adhesion["id"], "reject", "no", actor="staff-1"),
        ]
    )
    state = clerks.adhesion(adhesion["id"])["state"]
    assert (answers, state) in ((["", "not_in_state"], "confirmed"), (["not_in_state", ""], "rejected"))


def test_a_correction_and_an_erasure_of_one_person_wait_in_turn(clerks):
    made = clerks.submit_adhesion(form(delegates=6))
    clerks.confirm_adhesion(confirm_link(made))
    people = [one["id"] for one in made["delegates"]]

    def correct(person: str) -> None:
        changes = {"reason": "r", "delegates": {person: {"given_name": "Zoe"}}}
        with suppress(Missing):  # whoever was erased first
            clerks.correct_adhesion(made["id"], changes, actor="staff-1")

    for person in people:
        calls = [lambda one=person: correct(one), lambda one=person: clerks.erase_person(one, actor="staff-2")] * 2
        assert at_once(calls) == [""] * 4
    assert clerks.adhesion(made["id"])["delegates"] == []
