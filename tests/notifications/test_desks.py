"""Who of the staff is put at a desk, or taken off it: what they are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError

from chassis.consumer import NotYet
from chassis.database import Store
from services.notifications.models import Message
from services.notifications.service import NotificationsService
from tests.notifications.builders import (
    DUTY,
    STAFF,
    appointment_moved,
    appointment_scheduled,
    desk_assigned,
    desk_relieved,
    ident,
    programme_opened,
)

pytestmark = pytest.mark.usefixtures("in_may")


@pytest.fixture
def desk(service: NotificationsService) -> NotificationsService:
    """A programme with an appointment, and somebody of the staff whom the gateway has introduced."""
    service.hear_enrollment([programme_opened()])
    service.hear_scheduling([appointment_scheduled()])
    ada = {"id": str(STAFF), "name": "Ada Neri", "email": "ada@example.org", "language": "en"}
    service.introduce_staff([ada])
    return service


def test_who_is_put_at_a_desk_and_taken_off_is_told_once(
    desk: NotificationsService, queued: Callable[..., list[str]], store: Store
):
    desk.hear_scheduling([desk_assigned()])
    desk.hear_scheduling([desk_assigned()])
    assert queued() == [f"desk_assigned:{DUTY}"]
    with store.transaction() as session:
        session.execute(sa.update(Message).values(state="sent"))
    desk.hear_scheduling([appointment_moved()])
    assert queued() == [f"desk_changed:{DUTY}:1"]
    for _ in range(2):
        desk.hear_scheduling([desk_relieved()])
    assert queued() == [f"desk_relieved:{DUTY}"]
    assert queued("failed") == [f"desk_changed:{DUTY}:1"]
    again = {"assignment_id": ident("again")}
    desk.hear_scheduling([desk_assigned(**again)])
    assert queued() == sorted([f"desk_assigned:{ident('again')}", f"desk_relieved:{DUTY}"])


def test_a_desk_that_was_given_and_taken_before_its_letter_left_is_no_news(
    desk: NotificationsService, queued: Callable[..., list[str]], clock: Any
):
    desk.hear_scheduling([desk_assigned()])
    desk.hear_scheduling([desk_relieved()])
    desk.hear_scheduling([desk_relieved(assignment_id=ident("of which nothing was heard"))])
    desk.hear_scheduling([appointment_moved()])
    assert queued() == []

    clock.set(datetime(2019, 1, 1, tzinfo=UTC))
    desk.hear_scheduling([desk_assigned(assignment_id=ident("too late"))])
    assert queued() == []


def test_a_desk_waits_for_the_word_of_who_it_is(desk: NotificationsService, queued: Callable[..., list[str]]):
    bruno = ident("bruno")
    told = desk_assigned(account_id=bruno)
    with pytest.raises(NotYet):
        desk.hear_scheduling([told])
    desk.introduce_staff([{"id": str(bruno), "name": "", "email": "bruno@example.org", "language": "it"}])
    desk.hear_scheduling([told])
    assert queued() == [f"desk_assigned:{DUTY}"]


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [{"id": "x", "name": "Ada", "email": "ada@example.org", "language": "it"}],
        [{"id": str(ident("ada")), "name": "Ada", "email": "ada", "language": "it"}],
        [{"id": str(ident("ada")), "name": "Ada", "email": "ada@example.org", "language": "xx"}],
        [{"id": str(ident("ada"))}],
        "ada",
    ],
)
def test_an_introduction_that_is_none(service: NotificationsService, wrong: Any):
    with pytest.raises(ValidationError):
        service.introduce_staff(wrong)
