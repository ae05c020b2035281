"""Several processes at once: what each sees of the other must not lose or double a certificate."""

from __future__ import annotations

from multiprocessing.pool import ThreadPool
from uuid import uuid4

import pytest

from chassis.outbox import Emitter
from services.certificates.documents.render import Renderer
from services.certificates.pressing import Press, press_some
from tests.certificates.builders import closed, corrected, registered


@pytest.fixture
def presses(seal):
    """One for each process: a compiler is used by one at a time."""
    return [Press(seal, Renderer(), public_url="http://127.0.0.1:8000", place="Roma") for _ in range(3)]


def test_appointments_closed_at_once_do_not_each_find_too_little(desk):
    desk.open(certificate_minutes=500)
    people = [uuid4() for _ in range(20)]
    closings = [closed(uuid4(), dict.fromkeys(people, 100)) for _ in range(6)]
    with ThreadPool(6) as pool:
        pool.map(desk.scheduling, closings)

    assert [(state, minutes) for _, state, minutes in desk.states()] == [("pressing", 600)] * 20


def test_pressing_and_correcting_at_once_end_in_the_corrected_certificate(desk, presses):
    desk.open()
    people, day = [uuid4() for _ in range(12)], uuid4()
    desk.enrollment(*[registered(person) for person in people])
    desk.scheduling(closed(day, dict.fromkeys(people, 420)))
    work = [lambda press=press: press_some(desk.store, Emitter("certificates"), press) for press in presses]
    work += [lambda person=person: desk.scheduling(corrected(day, person, 430)) for person in people]
    with ThreadPool(5) as pool:
        pool.map(lambda one: one(), work)
    desk.press()

    live = [(state, minutes) for _, state, minutes in desk.states() if state != "replaced"]
    assert live == [("valid", 430)] * 12
    for kind, number in desk.told():
        assert desk.told().count((kind, number)) == 1


def test_several_that_press_share_the_work(desk, presses):
    desk.open()
    people = [uuid4() for _ in range(30)]
    desk.enrollment(*[registered(person) for person in people])
    desk.scheduling(closed(uuid4(), dict.fromkeys(people, 420)))

    def press_all(press):
        while press_some(desk.store, Emitter("certificates"), press):
            pass

    with ThreadPool(3) as pool:
        pool.map(press_all, presses)
    desk.press()

    assert {state for _, state, _ in desk.states()} == {"valid"}
    assert len(desk.told()) == len(set(desk.told())) == 30
