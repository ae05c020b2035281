"""Hosts, trainers and the calendar's rules: what staff may say of them, and what planning makes of it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError
from sqlalchemy.exc import IntegrityError

from chassis.database import Store
from chassis.refusal import Invalid, KeyReused, Missing
from services.scheduling import questions
from services.scheduling.models import Closure, Host, Run
from services.scheduling.planner.problem import Problem
from tests.scheduling.builders import JULY, PROGRAMME, adhesion_confirmed
from tests.scheduling.conftest import refusal

VITERBO = {
    "code": "056059",
    "name": "Viterbo",
    "province": "VT",
    "region": "Lazio",
    "population": 67_000,
    "latitude": 42.42,
    "longitude": 12.1,
    "venue": "Sala Regia",
}
ADA = {"name": "Ada Neri", "home": "Viterbo", "latitude": 42.42, "longitude": 12.1}


def invalid(call: Any, **named: Any) -> dict[str, list[str]]:
    """The field errors that the call must end in."""
    with pytest.raises((Invalid, ValidationError)) as caught:
        call(**named)
    error = caught.value
    return error.errors if isinstance(error, Invalid) else Invalid.from_messages(error.messages).errors


def question(scheduling: Any, store: Store) -> Problem:
    """What the planner would be asked now."""
    run = scheduling.start_run(programme_id=str(PROGRAMME), actor="staff")
    with store.transaction() as session:
        asked = questions.ask(session, session.get_one(Run, UUID(run["id"])), ZoneInfo("Europe/Rome"), JULY)
        session.execute(sa.delete(Run))
    return asked


def test_a_host_is_added_changed_and_taken_out_of_planning(scheduling: Any, store: Store) -> None:
    scheduling.hear_enrollment([adhesion_confirmed("A")])
    added = scheduling.add_host(host={**VITERBO, "closures": [{"date": "09-04", "reason": "Santa Rosa"}]})
    assert (added["usable"], added["capacity"], added["version"]) == (True, None, 1)

    changed = scheduling.change_host(code="056059", changes={"capacity": 80, "address": "Piazza 1"}, version=1)
    assert (changed["capacity"], changed["address"], changed["venue"]) == (80, "Piazza 1", "Sala Regia")
    assert changed["closures"] == [{"date": "09-04", "reason": "Santa Rosa"}]
    (host,) = question(scheduling, store).hosts
    assert (host.capacity, host.closed_dates) == (80, frozenset({date(2017, 9, 4), date(2018, 9, 4)}))

    scheduling.change_host(code="056059", changes={"usable": False})
    assert question(scheduling, store).hosts == ()


def test_closed_dates_are_replaced_whole_and_count_as_a_change(scheduling: Any) -> None:
    scheduling.add_host(host=VITERBO)
    closures = [{"date": "2017-12-07", "reason": ""}, {"date": "02-29", "reason": "leap"}]
    changed = scheduling.change_host(code="056059", changes={"closures": closures}, version=1)
    assert changed["closures"] == [{"date": "02-29", "reason": "leap"}, {"date": "2017-12-07", "reason": ""}]
    assert changed["version"] == 2
    assert refusal(scheduling.change_host, code="056059", changes={"venue": "Other"}, version=1) == (
        "changed_meanwhile",
        {"version": 2},
    )
    assert scheduling.change_host(code="056059", changes={"closures": []})["closures"] == []


@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        ({"capacity": 0}, {"capacity": ["out_of_range"]}),
        ({"capacity": "many"}, {"capacity": ["invalid"]}),
        ({"latitude": 0, "longitude": 0}, {"latitude": ["nowhere"]}),
        ({"latitude": None}, {"latitude": ["required"]}),
        ({"latitude": 91}, {"latitude": ["out_of_range"]}),
        ({"venue": "  "}, {"venue": ["required"]}),
        ({"venue": "x" * 201}, {"venue": ["too_long"]}),
        ({"venue": "a\x00b"}, {"venue": ["control_characters"]}),
        ({"closures": [{"date": "02-30"}]}, {"closures.0.date": ["not_a_day"]}),
        ({"closures": [{"date": "1999-01-01"}]}, {"closures.0.date": ["out_of_range"]}),
        ({"closures": [{"date": f"2017-{n % 12 + 1:02}-01"} for n in range(401)]}, {"closures": ["too_many"]}),
        ({"colour": "red"}, {"colour": ["unknown_field"]}),
    ],
)
def test_bad_hosts_change_nothing(scheduling: Any, wrong: dict[str, Any], errors: dict[str, list[str]]) -> None:
    assert invalid(scheduling.add_host, host={**VITERBO, **wrong}) == errors
    assert scheduling.hosts()["items"] == []


def test_the_same_host_twice_and_none_at_all(scheduling: Any) -> None:
    scheduling.add_host(host=VITERBO, idempotency_key="one")
    assert scheduling.add_host(host=VITERBO, idempotency_key="one")["code"] == "056059"
    assert refusal(scheduling.add_host, host=VITERBO) == ("host_exists", {})
    with pytest.raises(KeyReused):
        scheduling.add_host(host={**VITERBO, "code": "1"}, idempotency_key="one")
    for call in (scheduling.host, scheduling.change_host):
        with pytest.raises(Missing):
            call(code="nowhere", **({"changes": {}} if call == scheduling.change_host else {}))


def test_hosts_are_found_by_words(scheduling: Any) -> None:
    scheduling.add_host(host=VITERBO)
    scheduling.add_host(host={**VITERBO, "code": "2", "name": "Aosta", "region": "Valle d'Aosta", "usable": False})
    assert [host["name"] for host in scheduling.hosts()["items"]] == ["Aosta", "Viterbo"]
    assert [host["name"] for host in scheduling.hosts(query="LAZ")["items"]] == ["Viterbo"]
    assert scheduling.hosts(query="%")["items"] == []
    assert [host["name"] for host in scheduling.hosts(usable=False)["items"]] == ["Aosta"]


def test_the_database_itself_forbids_a_room_without_seats(scheduling: Any, store: Store) -> None:
    scheduling.add_host(host=VITERBO)
    for change in ({"capacity": 0}, {"latitude": 0.0, "longitude": 0.0}):
        with pytest.raises(IntegrityError), store.transaction() as session:
            session.execute(sa.update(Host).values(**change))
    with pytest.raises(IntegrityError), store.transaction() as session:
        session.execute(sa.insert(Closure).values(host_code="056059", year=0, month=13, day=1, reason=""))


def test_patron_days_are_imported_all_or_none(scheduling: Any) -> None:
    scheduling.add_host(host=VITERBO)
    scheduling.add_host(host={**VITERBO, "code": "058091", "name": "Roma"})
    content = "\ufeffcodice;data;festa\r\n056059;04/09;Santa Rosa\r\nroma;29/6/2018;Santi Pietro e Paolo\r\n\r\n"
    assert scheduling.import_closures(content=content) == {"imported": 2, "hosts": 2}
    assert scheduling.import_closures(content=content) == {"imported": 2, "hosts": 2}
    assert scheduling.host(code="058091")["closures"] == [{"date": "2018-06-29", "reason": "Santi Pietro e Paolo"}]

    reason, facts = refusal(scheduling.import_closures, content="056059,05-01\nnowhere,05-02\nroma,31/02\nroma")
    assert reason == "closures_unreadable"
    assert facts["lines"] == [
        {"line": 2, "what": "host"},
        {"line": 3, "what": "date"},
        {"line": 4, "what": "date"},
    ]
    assert scheduling.host(code="056059")["closures"] == [{"date": "09-04", "reason": "Santa Rosa"}]


@pytest.mark.parametrize("content", ["", "\n\n", "codice;data\n"])
def test_a_list_without_a_line_is_refused(scheduling: Any, content: str) -> None:
    assert invalid(scheduling.import_closures, content=content) == {"content": ["required"]}


def test_a_trainer_is_taken_on_and_changed(scheduling: Any, store: Store) -> None:
    scheduling.hear_enrollment([adhesion_confirmed("A")])
    added = scheduling.add_trainer(trainer=ADA)
    assert (added["skills"], added["unavailable"], added["usable"]) == (None, [], True)

    changes = {
        "skills": ["schools", "asylum", "asylum"],
        "unavailable": ["2017-09-18"],
        "most_days": 6,
        "most_a_week": 2,
    }
    changed = scheduling.change_trainer(trainer_id=added["id"], changes=changes, version=1)
    assert (changed["skills"], changed["version"]) == (["asylum", "schools"], 2)
    (trainer,) = question(scheduling, store).trainers
    assert (trainer.skills, trainer.most_days, trainer.most_a_week) == (frozenset({"asylum", "schools"}), 6, 2)
    assert trainer.unavailable == frozenset({date(2017, 9, 18)})
    assert scheduling.trainer(trainer_id=added["id"]) == changed

    everything = scheduling.change_trainer(trainer_id=added["id"], changes={"skills": None, "usable": False})
    assert everything["skills"] is None
    assert question(scheduling, store).trainers == ()


@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        ({"skills": []}, {"skills": ["at_least_one"]}),
        ({"skills": "all"}, {"skills": ["invalid"]}),
        ({"unavailable": ["soon"]}, {"unavailable.0": ["invalid"]}),
        ({"most_days": 0}, {"most_days": ["out_of_range"]}),
        ({"most_a_week": 8}, {"most_a_week": ["out_of_range"]}),
        ({"latitude": 0, "longitude": 0}, {"latitude": ["nowhere"]}),
        ({"name": ""}, {"name": ["required"]}),
    ],
)
def test_bad_trainers_change_nothing(scheduling: Any, wrong: dict[str, Any], errors: dict[str, list[str]]) -> None:
    assert invalid(scheduling.add_trainer, trainer={**ADA, **wrong}) == errors
    assert scheduling.trainers()["items"] == []


def test_rules_have_a_beginning_and_are_set_anew(scheduling: Any, store: Store) -> None:
    scheduling.hear_enrollment([adhesion_confirmed("A")])
    usual = scheduling.calendar_rules(programme_id=str(PROGRAMME))
    assert (usual["days_per_date"], usual["days_per_week"], usual["version"]) == (2, None, 0)
    assert question(scheduling, store).pauses == (((8, 1), (8, 31)), ((12, 24), (1, 6)))

    rules = {
        "days_per_date": 1,
        "days_per_week": 3,
        "reachable_km": 250,
        "pauses": [{"first": "08-05", "last": "08-25"}],
        "closed_dates": ["2017-11-03", "2017-11-03"],
    }
    changed = scheduling.change_calendar_rules(programme_id=str(PROGRAMME), rules=rules, version=0)
    assert (changed["version"], changed["closed_dates"]) == (1, ["2017-11-03"])
    asked = question(scheduling, store)
    assert (asked.days_per_date, asked.days_per_week, asked.reachable_km) == (1, 3, 250.0)
    assert (asked.pauses, asked.closed_dates) == ((((8, 5), (8, 25)),), frozenset({date(2017, 11, 3)}))
    assert refusal(scheduling.change_calendar_rules, programme_id=str(PROGRAMME), rules=rules, version=0) == (
        "changed_meanwhile",
        {"version": 1},
    )


@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        ({"days_per_date": 0}, {"days_per_date": ["out_of_range"]}),
        ({"days_per_week": 0}, {"days_per_week": ["out_of_range"]}),
        ({"reachable_km": 0}, {"reachable_km": ["out_of_range"]}),
        ({"pauses": [{"first": "02-30", "last": "03-01"}]}, {"pauses.0.first": ["not_a_day"]}),
        ({"closed_dates": ["2017-02-30"]}, {"closed_dates.0": ["invalid"]}),
    ],
)
def test_bad_rules_change_nothing(scheduling: Any, wrong: dict[str, Any], errors: dict[str, list[str]]) -> None:
    rules = {"days_per_date": 1, "reachable_km": 250, "pauses": [], "closed_dates": []}
    assert invalid(scheduling.change_calendar_rules, programme_id=str(PROGRAMME), rules={**rules, **wrong}) == errors
    assert scheduling.calendar_rules(programme_id=str(PROGRAMME))["version"] == 0
