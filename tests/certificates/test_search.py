"""The secretariat finds a certificate by what a person says on the telephone."""

from __future__ import annotations

from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic import command
from marshmallow import ValidationError

from chassis.database import engine_for
from chassis.migrations import _alembic, migrate
from tests.certificates.builders import closed, erased, registered

ANNA, BRUNO, DAY = uuid4(), uuid4(), uuid4()


@pytest.fixture
def issued(desk):
    """Anna's is the first, Bruno's the second."""
    desk.open()
    desk.enrollment(registered(ANNA, given_name="Anna Łucja", family_name="D’Agostino", body_name="Forlì"))
    desk.enrollment(registered(BRUNO, given_name="Bruno", family_name="Agosti-Neri", body_name="Sant’Angelo Lodigiano"))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.scheduling(closed(uuid4(), {BRUNO: 420}))
    desk.press()
    return desk


def found(desk, query, **asked):
    return [item["delegate_id"] for item in desk.all(query=query, **asked)]


@pytest.mark.parametrize(
    ("query", "whom"),
    [
        ("agosti", {ANNA, BRUNO}),
        ("D'AGOSTINO anna", {ANNA}),
        ("dagostino", {ANNA}),
        ("lucja forli", {ANNA}),
        ("agosti neri", {BRUNO}),
        ("santangelo", {BRUNO}),
        ("neri forlì", set()),
        ("/000002", {BRUNO}),
        ("000002 bruno", {BRUNO}),
        ("%", set()),
        ("_", set()),
        ("' OR 9=9 --", set()),
        ("  ", set()),
    ],
)
def test_words_of_names_bodies_and_numbers_find_it(issued, query, whom):
    assert set(found(issued, query)) == {str(one) for one in whom}


def test_the_code_on_the_paper_finds_it(issued):
    [certificate] = issued.all(query="dagostino")
    assert found(issued, f" {certificate['public_code']} ") == [str(ANNA)]


def test_a_search_and_a_state_narrow_each_other(issued):
    assert found(issued, "agosti", state="revoked") == []
    assert len(found(issued, "agosti", state="valid")) == 2


def test_who_is_erased_is_found_by_number_only(issued):
    [certificate] = issued.all(query="dagostino")
    issued.enrollment(erased(ANNA))
    assert (found(issued, "dagostino"), found(issued, "forli")) == ([], [])
    assert found(issued, certificate["number"]) == [str(ANNA)]


@pytest.mark.parametrize("query", ["", "x" * 201, 7, ["a"]])
def test_a_search_that_is_none_is_refused(issued, query):
    with pytest.raises(ValidationError) as refused:
        issued.all(query=query)
    assert list(refused.value.messages_dict) == ["query"]


def test_people_from_before_are_found_too(database_url):
    engine = engine_for(database_url, 1)
    with engine.connect() as connection:
        command.upgrade(_alembic("services.certificates", connection), "0001")
        insert = sa.text(
            "INSERT INTO delegate (id, programme_id, sequence, given_name, family_name, body_name)"
            " VALUES (:id, :id, 1, :given, :family, 'Forlì')"
        )
        connection.execute(insert, {"id": ANNA.hex, "given": "Anna", "family": "D’Agostino"})
        connection.execute(insert, {"id": BRUNO.hex, "given": None, "family": None})
        connection.commit()

    migrate("services.certificates", database_url)

    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT found_by FROM delegate ORDER BY found_by")).scalars().all() == [
            "",
            "anna d agostino dagostino forli",
        ]
    engine.dispose()
