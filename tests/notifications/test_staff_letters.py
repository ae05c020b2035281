"""Letters to staff: asked for by call, written once for what they are about, and without a programme."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError

from chassis.database import Store
from services.notifications.models import Message, Person
from services.notifications.service import NotificationsService
from tests.notifications.conftest import StandIn

ADA = {"id": str(uuid4()), "name": "Ada Conti", "email": "ada@example.org", "language": "en"}


def letter(**given: Any) -> dict[str, Any]:
    return {
        "kind": "staff_invitation",
        "to": ADA,
        "subject_id": str(uuid4()),
        "role": "desk",
        "ends_at": "2026-12-01T09:00:00+00:00",
        **given,
    }


def test_a_letter_that_is_asked_for_twice_goes_out_once(service: NotificationsService, stand_in: StandIn) -> None:
    asked = letter()
    assert [service.write_to_staff(**asked), service.write_to_staff(**asked)] == [{}, {}]
    service.deliver()
    service.deliver()
    [mail] = stand_in.mails()
    assert (mail["to"]["email"], mail["subject"]) == (
        "ada@example.org",
        "Invitation to work with Segreteria del programma",
    )


def test_another_letter_to_the_same_person_knows_the_newest_address(
    service: NotificationsService, store: Store
) -> None:
    service.write_to_staff(**letter())
    service.write_to_staff(**letter(kind="staff_password", role=None, to={**ADA, "email": "ada@elsewhere.example"}))
    with store.read() as session:
        assert list(session.scalars(sa.select(Person.email))) == ["ada@elsewhere.example"]
        assert sorted(session.scalars(sa.select(Message.kind))) == ["staff_invitation", "staff_password"]


def test_with_nobody_to_write_to_nothing_is_queued(service: NotificationsService, store: Store) -> None:
    assert service.write_to_staff(**letter(to=None)) == {}
    with store.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 0


def test_staff_see_the_letter_without_name_or_address(service: NotificationsService) -> None:
    service.write_to_staff(**letter())
    [shown] = service.messages(kind="staff_invitation")["items"]
    assert (shown["person_id"], "ada@example.org" in str(shown)) == (ADA["id"], False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "area_link"},
        {"to": {**ADA, "email": "ada@example.org\r\nBcc: all@example.org"}},
        {"to": {**ADA, "name": "A" * 201}},
        {"to": {**ADA, "language": "de"}},
        {"subject_id": "x"},
        {"ends_at": "tomorrow"},
        {"surprise": 1},
    ],
)
def test_a_wrong_letter_is_refused(service: NotificationsService, store: Store, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        service.write_to_staff(**letter(**wrong))
    with store.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 0
