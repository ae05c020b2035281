"""The envelope: strict where it is made, tolerant where it is read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.enrollment import AdhesionRejected, DelegateRegistered, PersonErased
from contracts.event import Event, Malformed

PERSON = UUID("6f1c1f5e-0c53-4f0e-9a0c-5f6f7d8b9a10")


def rejected(**changes: Any) -> AdhesionRejected:
    data = {
        "adhesion_id": uuid4(),
        "programme_id": uuid4(),
        "body_code": "058091",
        "contact_id": uuid4(),
        "reason": "Outside the territory of the programme.",
    }
    return AdhesionRejected(**(data | changes))


def test_an_event_survives_the_wire_whole():
    event = rejected()
    event.sequence, event.correlation_id = 3, "request"

    read = AdhesionRejected.load(event.dump())

    assert read == event
    assert (read.id, read.sequence, read.correlation_id) == (event.id, 3, "request")
    assert read.occurred_at == event.occurred_at


@pytest.mark.parametrize(
    "wrong",
    [
        {"adhesion_id": "no uuid"},
        {"adhesion_id": None},
        {"reason": ""},
        {"surprise": 1},
    ],
)
def test_a_producer_cannot_make_a_malformed_event(wrong: dict[str, Any]):
    with pytest.raises(Malformed):
        rejected(**wrong)


def test_a_missing_field_is_refused():
    with pytest.raises(Malformed, match="person_id"):
        PersonErased()


def test_a_reader_ignores_what_it_does_not_know():
    message = PersonErased(person_id=PERSON).dump()
    message["data"]["added_later"] = "x"
    message["envelope_added_later"] = "x"

    assert PersonErased.load(message) == PersonErased(person_id=PERSON)


@pytest.mark.parametrize(
    "message",
    [None, [], "text", 5, {}, {"data": {}}, {"id": "x", "type": "y", "version": "z", "data": []}],
)
def test_what_is_no_event_is_malformed(message: Any):
    with pytest.raises(Malformed):
        PersonErased.load(message)


def test_another_event_or_version_is_malformed():
    message = PersonErased(person_id=PERSON).dump()

    with pytest.raises(Malformed):
        PersonErased.load(message | {"type": "enrollment.delegate.withdrawn"})
    with pytest.raises(Malformed):
        PersonErased.load(message | {"version": 2})


def test_a_complaint_and_a_representation_quote_no_person():
    with pytest.raises(Malformed) as complaint:
        DelegateRegistered(given_name="Ada", email="ada@comune.example")

    assert "Ada" not in str(complaint.value)
    assert repr(PersonErased(person_id=PERSON)).endswith(f"of {PERSON}>")


def test_moments_are_aware():
    assert PersonErased(person_id=PERSON).occurred_at.tzinfo is UTC
    naive = PersonErased(person_id=PERSON).dump() | {"occurred_at": "2017-06-01T10:00:00"}
    assert PersonErased.load(naive).occurred_at == datetime(2017, 6, 1, 10, tzinfo=UTC)


def test_an_event_cannot_take_a_name_of_the_envelope():
    from marshmallow import fields

    with pytest.raises(TypeError, match="version"):
        type("Wrong", (Event,), {"name": "a.b.c", "aggregate": "version", "version": fields.Integer()})
