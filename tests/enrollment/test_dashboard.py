"""The numbers of a programme: of an empty one, of a full one, and of days that begin at midnight in Rome."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chassis.refusal import Missing
from tests.enrollment.builders import (
    BOLZANO,
    BRUNICO,
    FIUMICINO,
    GUIDONIA,
    MERANO,
    NONE,
    PROGRAMME,
    TIVOLI,
    confirm_link,
    delegate,
    form,
    programme_data,
    union,
)

REGIONS = ("Emilia-Romagna", "Lazio", "Piemonte", "Trentino-Alto Adige/Südtirol")


def test_an_empty_programme(enrollment):
    shown = enrollment.dashboard(PROGRAMME)
    assert (shown["by_day"], shown["by_state"], shown["delegates"]) == ([], {}, [])
    assert [(one["region"], one["eligible"], one["joined"]) for one in shown["by_region"]] == list(
        zip(REGIONS, (0, 3, 1, 3), (0, 0, 0, 0), strict=True)
    )
    assert shown["waiting"] == {
        "review": 0,
        "oldest_review": None,
        "unfinished": 0,
        "oldest_unfinished": None,
        "dead_mailboxes": 0,
    }


def test_a_programme_that_everybody_has_joined(enrollment):
    for code in (TIVOLI, FIUMICINO, GUIDONIA, BOLZANO, BRUNICO, MERANO, NONE):
        people = [delegate(1), delegate(2, role="manager", gender="male")]
        adhesion = enrollment.submit_adhesion({**form(code), "delegates": people})
        enrollment.confirm_adhesion(confirm_link(adhesion))
    shown = enrollment.dashboard(PROGRAMME)

    assert [(one["eligible"], one["joined"], one["others"]) for one in shown["by_region"]] == [
        (0, 0, 0),
        (3, 3, 0),
        (1, 1, 0),
        (3, 3, 0),
    ]
    assert [(one["from"], one["below"], one["eligible"], one["joined"]) for one in shown["by_population"]] == [
        (5_000, 10_000, 1, 1),
        (10_000, 20_000, 1, 1),
        (20_000, 50_000, 1, 1),
        (50_000, 100_000, 3, 3),
        (100_000, 150_000, 1, 1),
    ]
    assert shown["delegates"] == [
        {"role": "manager", "gender": "male", "count": 7},
        {"role": "official", "gender": "female", "count": 7},
    ]
    assert shown["by_day"] == [{"day": "2017-05-15", "received": 7, "confirmed": 7}]
    assert shown["by_state"] == {"confirmed": 7}


def test_a_day_begins_at_midnight_in_rome(enrollment, clock):
    for code, hour in ((TIVOLI, 21), (FIUMICINO, 22)):
        clock.set(datetime(2017, 5, 15, hour, 30, tzinfo=UTC))
        enrollment.submit_adhesion(form(code))
    assert enrollment.dashboard(PROGRAMME)["by_day"] == [
        {"day": "2017-05-15", "received": 1, "confirmed": 0},
        {"day": "2017-05-16", "received": 1, "confirmed": 0},
    ]


def test_a_union_is_counted_apart_and_waits_for_its_review(enrollment):
    adhesion = enrollment.submit_adhesion(union())
    enrollment.confirm_adhesion(confirm_link(adhesion))
    waiting = enrollment.dashboard(PROGRAMME)["waiting"]
    assert (waiting["review"], waiting["oldest_review"]) == (1, adhesion["submitted_at"])

    enrollment.review_adhesion(adhesion["id"], "confirm", None, actor="staff-1")
    shown = enrollment.dashboard(PROGRAMME)
    assert {one["region"]: one["others"] for one in shown["by_region"]}["Lazio"] == 1
    assert sum(one["joined"] for one in shown["by_region"]) == 0
    assert shown["waiting"]["review"] == 0


def test_programmes_are_counted_apart(enrollment):
    enrollment.open_programme(programme_data(code="altro", protocol_prefix="AL"), actor="staff-1")
    enrollment.submit_adhesion(form(programme_code="altro"))
    assert enrollment.dashboard(PROGRAMME)["by_state"] == {}
    assert enrollment.dashboard("altro")["waiting"]["unfinished"] == 1
    for unknown in ("nowhere", None, "\x00"):
        with pytest.raises(Missing):
            enrollment.dashboard(unknown)
