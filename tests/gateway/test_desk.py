"""The desk sees, and records at, the appointments that it is assigned to: on pages, through the API, with a token."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from chassis.database import Store
from gateway import tokens
from gateway.accounts import staff_of
from gateway.models import AuditEntry, StaffAccount
from services.notifications.models import Person
from services.scheduling.models import Place
from tests.conftest import MovableClock
from tests.gateway.conftest import Api, adhesion_form, appointment
from tests.gateway.platform import Platform
from tests.gateway.test_secretariat import Browser


@dataclass
class Days:
    """Two days at Bologna, one at Rome, a webinar; Carla Dini has a seat at the first."""

    bologna: list[str]
    rome: str
    webinar: str
    delegate: str


@pytest.fixture
def days(platform: Platform, programme: dict[str, Any], anyone: Api) -> Days:
    adhesion = anyone("POST", "/adhesions", adhesion_form(programme)).json
    delegate = adhesion["delegates"][0]["id"]
    programme_id = programme["programme_id"]
    made = [
        appointment(programme_id, 1, taken=1),
        appointment(programme_id, 2),
        appointment(programme_id, 3, host_code="058091", host_name="Roma", host_province="RM"),
        appointment(programme_id, 4, kind="webinar", host_code=None, host_name=None, host_province=None, venue=None),
    ]
    with platform.stores["scheduling"].transaction() as session:
        session.add_all(made)
        session.flush()
        session.add(
            Place(
                appointment_id=made[0].id,
                programme_id=made[0].programme_id,
                delegate_id=UUID(delegate),
                body_code="021004",
                state="assigned",
                since=made[0].starts_at,
            )
        )
        ids = [str(one.id) for one in made]
    return Days(ids[:2], ids[2], ids[3], delegate)


@pytest.fixture
def account(own_store: Store) -> str:
    """The id of the desk's account."""
    return ids_of(own_store)["desk"]


def ids_of(store: Store) -> dict[str, str]:
    with store.read() as session:
        return {role: str(one) for role, one in session.execute(sa.select(StaffAccount.role, StaffAccount.id)).all()}


def assign(secretariat: Api, account: str, *appointments: str) -> Any:
    return secretariat("POST", "/desk-assignments", {"account_ids": [account], "appointment_ids": list(appointments)})


def sheet(delegate: str) -> dict[str, Any]:
    return {"source": "desk", "entries": [{"delegate_id": delegate, "minutes": 480}]}


def test_nothing_opens_what_the_desk_is_not_assigned_to(
    app: Flask,
    api_of: Callable[[str], Api],
    secretariat: Api,
    own_store: Store,
    staff: dict[str, str],
    days: Days,
    account: str,
    clock: MovableClock,
) -> None:
    assign(secretariat, account, days.rome)
    with own_store.read() as session:
        me = staff_of(session.get_one(StaffAccount, UUID(account)))
    every = ["appointments:read", "appointments:write", "desk-appointments:read", "people:read"]
    token, _ = tokens.create(own_store, me, "tablet", every, 1)
    clock.set(clock.now() + timedelta(days=150))
    api, tablet = api_of("desk"), Api(app.test_client(), {"Authorization": f"Bearer {token}"})
    for program in (api, tablet):
        for missing in (days.bologna[0], str(uuid4())):
            answers = [
                program("GET", f"/appointments/{missing}"),
                program("GET", f"/appointments/{missing}/places"),
                program("POST", f"/appointments/{missing}/attendances", sheet(days.delegate)),
            ]
            assert [answer.status_code for answer in answers] == [404] * 3
        assert program("GET", f"/people?id={days.delegate}").json["items"] == []
        assert program("GET", f"/appointments/{days.rome}").status_code == 200
    browser = Browser(app.test_client(), staff["desk"])
    home = "/staff"
    for missing in (days.bologna[0], str(uuid4()), "x"):
        assert browser.client.get(f"/staff/appointments/{missing}").status_code == 404
        fields = {"csrf_token": _token(browser), f"minutes.{days.delegate}": "480"}
        assert browser.client.post(f"/staff/appointments/{missing}/attendance", data=fields).status_code == 404
    page = browser.get(home)
    assert re.findall(r"/staff/appointments/([0-9a-f-]{36})", page) == []  # Rome's day is past
    assert days.rome in browser.get("/staff?past=yes")
    assert secretariat("GET", f"/appointments/{days.bologna[0]}").json["recorded"] == 0


def _token(browser: Browser) -> str:
    return re.findall(r'name="csrf_token" value="([^"]+)"', browser.get("/staff"))[0]


def test_the_desk_checks_in_at_its_own_and_sees_who_comes(
    app: Flask,
    api_of: Callable[[str], Api],
    secretariat: Api,
    staff: dict[str, str],
    days: Days,
    account: str,
    clock: MovableClock,
) -> None:
    assign(secretariat, account, days.bologna[0], days.webinar)
    desk = api_of("desk")
    people = desk("GET", f"/people?id={days.delegate}&id={uuid4()}").json["items"]
    assert [one["family_name"] for one in people] == ["Dini"]
    day = desk("GET", "/desk-appointments").json["items"][0]
    clock.set(_moment(day["starts_at"]) + timedelta(hours=1))
    browser = Browser(app.test_client(), staff["desk"])
    home = browser.get("/staff")
    assert re.findall(r"<h2>([^<]+)</h2>", home) == ["Oggi", "Prossimi"]
    assert re.findall(r"/staff/appointments/([0-9a-f-]{36})", home) == [days.bologna[0], days.webinar]
    assert "1 persona attesa" in home
    assert ">Appuntamenti<" not in home
    there = f"/staff/appointments/{days.bologna[0]}"
    assert "Chi accoglie i partecipanti" not in browser.get(there)
    saved = browser.send(f"{there}/attendance", there, **{f"minutes__{days.delegate}": "450"})
    assert (saved.status_code, saved.location) == (303, f"{there}?done=attendance_saved")
    assert secretariat("GET", f"/appointments/{days.bologna[0]}").json["recorded"] == 1
    assert desk("POST", f"/appointments/{days.bologna[0]}/attendances", sheet(days.delegate)).status_code == 200


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_secretariat_assigns_on_the_page_here_or_at_all_days_of_the_host(
    app: Flask, secretariat: Api, own_store: Store, staff: dict[str, str], days: Days, account: str
) -> None:
    browser = Browser(app.test_client(), staff["secretariat"])
    there = f"/staff/appointments/{days.bologna[0]}"
    page = browser.get(there)
    assert re.findall(r'name="account_ids" value="([^"]+)"', page) == [account]
    assert "in tutte le prossime giornate formative a Bologna" in page

    nobody = browser.send(f"{there}/desk", there)
    assert (nobody.status_code, "almeno" in nobody.text) == (422, True)
    strange = browser.send(f"{there}/desk", there, account_ids=ids_of(own_store)["administrator"])
    assert strange.status_code == 422
    assert secretariat("GET", f"/appointments/{days.bologna[0]}/desk").json["items"] == []

    done = [browser.send(f"{there}/desk", there, account_ids=account, which="host") for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in done] == [(303, f"{there}?done=desk_assigned")] * 2
    for day, count in ((days.bologna[0], 1), (days.bologna[1], 1), (days.rome, 0)):
        found = secretariat("GET", f"/appointments/{day}/desk").json["items"]
        assert [(one["account_id"], one["name"], one["state"]) for one in found] == [
            (account, "Desk", "active")
        ] * count
    page = browser.get(there)
    assert re.findall(r'name="account_ids" value="([^"]+)"', page) == []
    relieved = browser.send(f"{there}/desk/{account}", there)
    assert (relieved.status_code, relieved.location) == (303, f"{there}?done=desk_relieved")
    assert browser.send(f"{there}/desk/{account}", there, idempotency_key="later").status_code == 404


def test_who_was_assigned_where_by_whom_is_in_the_audit_log(
    secretariat: Api, own_store: Store, programme: dict[str, Any], days: Days, account: str
) -> None:
    every = {"account_ids": [account], "programme_id": programme["programme_id"], "host_code": "037006"}
    assert secretariat("POST", "/desk-assignments", every).json["assigned"] == 2
    gone = secretariat("DELETE", f"/appointments/{days.bologna[0]}/desk/{account}")
    assert gone.status_code == 204
    with own_store.read() as session:
        rows = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence)).all()
    told = [(one.action.partition(" ")[0], json.loads(one.thing)) for one in rows if "desk" in one.action]
    assert [one for one in told if one[1]] == [
        *(("POST", {"appointment_id": day, "account_ids": [account]}) for day in sorted(days.bologna)),
        ("DELETE", {"appointment_id": days.bologna[0], "account_id": account}),
    ]
    assert {one.actor for one in rows if "desk" in one.action} == {ids_of(own_store)["secretariat"]}


def test_only_the_desks_open_and_invited_accounts_can_be_assigned(
    secretariat: Api, api_of: Callable[[str], Api], own_store: Store, days: Days, account: str
) -> None:
    administrator = api_of("administrator")
    invited = administrator("POST", "/staff-accounts", {"email": "new@example.org", "role": "desk"}).json["id"]
    listed = secretariat("GET", "/desk-accounts").json["items"]
    assert {one["id"]: one["state"] for one in listed} == {account: "active", invited: "invited"}
    assert assign(secretariat, invited, days.rome).status_code == 200
    administrator("POST", f"/staff-accounts/{account}/closing")
    for other in (account, ids_of(own_store)["secretariat"], str(uuid4())):
        refused = assign(secretariat, other, days.rome)
        assert (refused.status_code, refused.json["errors"]) == (422, {"account_ids": ["not_a_choice"]})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"account_ids": ...}, "account_ids"),
        ({"account_ids": []}, "account_ids"),
        ({"account_ids": ["x"]}, "account_ids.0"),
        ({"account_ids": [str(UUID(int=n)) for n in range(21)]}, "account_ids"),
        ({"appointment_ids": ...}, "appointment_ids"),
        ({"appointment_ids": []}, "appointment_ids"),
        ({"appointment_ids": [str(UUID(int=0))] * 201}, "appointment_ids"),
        ({"host_code": "037006"}, "host_code"),
        ({"appointment_ids": ..., "host_code": "037006"}, "programme_id"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_bad_assignment_names_the_field(
    secretariat: Api, days: Days, account: str, changes: dict[str, Any], field: str
) -> None:
    body = {"account_ids": [account], "appointment_ids": [days.rome], **changes}
    answer = secretariat("POST", "/desk-assignments", {key: value for key, value in body.items() if value is not ...})
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_an_assignment_stands_while_notifications_is_at_rest_and_introduces_who_it_is_otherwise(
    secretariat: Api, days: Days, account: str, platform: Platform
) -> None:
    platform.down.add("notifications")
    assert assign(secretariat, account, days.bologna[0]).json["assigned"] == 1
    platform.down.clear()
    assert assign(secretariat, account, days.bologna[1]).json["assigned"] == 1
    with platform.stores["notifications"].read() as session:
        known = session.get_one(Person, UUID(account))
    assert (known.given_name, known.email, known.language) == ("Desk", "desk@example.org", "it")
