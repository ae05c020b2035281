"""The authorization matrix: every route of the running application, for everybody who may come, on things that are
theirs, another's, and not there, against the table.

A new route needs its row in ``gateway/access.py`` and no word here. What a test may know more of is which things there
are (``World.things``), and which links are for something special (``PURPOSES``).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from chassis.database import Store
from gateway import identity, scopes, tokens
from gateway.access import ACCESS, STAFF, is_recorded
from gateway.accounts import Staff, staff_of
from gateway.audit import Head, verify
from gateway.forms import csrf_token
from gateway.models import AuditEntry, StaffAccount
from gateway.sessions import open_session, sessions_of
from services.enrollment import drafts
from services.enrollment.models import MailboxChange, Nomination
from services.notifications.models import Message
from tests.databases import file_of, refill
from tests.gateway.conftest import Api, adhesion_form, appointment
from tests.gateway.platform import Platform

TOKENS = {"token with every scope": scopes.ALL, "token without the scope": ["audit-entries:read"]}
"""An administrator's tokens for programs."""
VISITORS = ("anyone", "body", "delegate", *STAFF, *TOKENS)
LINKS = {"body": "body-area", "delegate": "delegate-area"}
PURPOSES = {
    "POST /api/v1/adhesions/confirmations": "confirm-adhesion",
    "POST /api/v1/adhesions/confirmation-links": "confirm-adhesion",
    "POST /adhesions/confirm/<token>": "confirm-adhesion",
    "POST /adhesions/confirm/<token>/renewal": "confirm-adhesion",
    "GET /api/v1/adhesion-drafts/current": "adhesion-draft",
    "PUT /api/v1/adhesion-drafts/current": "adhesion-draft",
    "DELETE /api/v1/adhesion-drafts/current": "adhesion-draft",
    "POST /adhesions/drafts/<token>": "adhesion-draft",
    "POST /adhesions/drafts/<token>/deletion": "adhesion-draft",
    "POST /api/v1/contact-nominations": "body-mailbox",
    "POST /area/mailbox/<token>": "body-mailbox",
    "GET /api/v1/contact-nominations/current": "contact-nomination",
    "POST /api/v1/contact-nominations/current/acceptance": "contact-nomination",
    "POST /area/nomination/<token>": "contact-nomination",
    "POST /api/v1/mailbox-changes/current/confirmation": "mailbox-change",
    "POST /me/mailbox/<token>": "mailbox-change",
}
"""Links for something else than an area."""
ASKS_FOR_MORE = {"POST /api/v1/contact-nominations", "POST /area/mailbox/<token>"}
"""A mailed link opens it, and it wants a person besides."""
OPENS_AN_AREA = {"POST /api/v1/area-sessions", "POST /area/<token>", "POST /me/<token>"}
REFUSES_BY_ITSELF = {
    "POST /api/v1/sessions": 401,
    "POST /staff/login": 401,
    "POST /api/v1/webhooks/sendgrid": 403,
    "POST /area/renew": 404,
    **{f"{method} /staff/login/{step}": 303 for method in ("GET", "POST") for step in ("code", "enrol")},
    **dict.fromkeys(
        ("GET /staff/second-factor/qr.svg", "GET /staff/adhesions/export", "POST /staff/paper", "POST /staff/search"),
        404,
    ),
}
"""Open to who comes by the table, and asking for something besides: a password, a signature, an earlier step, a field
that says which thing is meant."""
HOUR = timedelta(hours=1)
NEVER = {401, 403, 405, 500, 501, 502, 503}


@dataclass
class World:
    """Two bodies that have joined, a planning run, mails; and the gateway's own accounts. It can be had again."""

    app: Flask
    platform: Platform
    own: Store
    directory: Path
    link: Callable[[str, str], str]
    adhesions: dict[str, dict[str, Any]] = field(default_factory=dict)
    things: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    token_ids: dict[str, str] = field(default_factory=dict)
    another_desk: str = ""
    """An appointment to which nobody of the desk is assigned."""
    subjects: dict[str, str] = field(default_factory=dict)
    """What links for something else than an area are about, by their purpose."""

    def keep(self) -> None:
        """What there is now is what every cell begins with."""
        for name, store in self._stores().items():
            store.dispose()
            shutil.copy(file_of(store), self.directory / name)

    def begin_again(self) -> None:
        for name, store in self._stores().items():
            refill(store, self.directory / name)
        self.platform.begin()

    def _stores(self) -> dict[str, Store]:
        return {**self.platform.stores, "gateway": self.own}

    def account(self, role: str) -> Staff:
        with self.own.read() as session:
            return staff_of(session.scalars(sa.select(StaffAccount).where(StaffAccount.role == role)).one())

    def things_of(self, visitor: str) -> dict[str, dict[str, str]]:
        """By the name of the part of a path: what is the visitor's own, and what is another's."""
        if visitor not in STAFF:
            return self.things
        another = "desk" if visitor != "desk" else "secretariat"
        appointments = {"another": self.another_desk} if visitor == "desk" else {}
        return {
            **self.things,
            "appointment_id": {**self.things["appointment_id"], **appointments},
            "token_id": {"own": self.token_ids[visitor], "another": self.token_ids[another]},
            "session_id": {"own": self._session(visitor), "another": self._session(another)},
        }

    def _session(self, role: str) -> str:
        staff = self.account(role)
        opened = open_session(self.own, staff, "program", HOUR)
        (found,) = [one["id"] for one in sessions_of(self.own, staff, opened.token, HOUR) if one["current"]]
        return str(found)


@pytest.fixture
def world(
    app: Flask,
    platform: Platform,
    own_store: Store,
    programme: dict[str, Any],
    anyone: Api,
    link: Callable[[str, str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> World:
    made = World(app, platform, own_store, tmp_path_factory.mktemp("world"), link)
    for whose, body in (("own", "021004"), ("another", "021008")):
        made.adhesions[whose] = anyone("POST", "/adhesions", adhesion_form(programme, body)).json
    draft = {"programme_code": programme["code"], "email": "clerk@example.org", "adhesion": {}}
    platform.call("enrollment", "save_draft", draft=draft, key="own")
    confirming = {"Authorization": f"Bearer {link('confirm-adhesion', made.adhesions['another']['id'])}"}
    Api(app.test_client(), confirming)("POST", "/adhesions/confirmations")
    made.subjects = {"adhesion-draft": str(drafts.identity("own")), **ask_others(platform, made, link)}
    platform.deliver()
    run = platform.call(
        "scheduling", "start_run", programme_id=programme["programme_id"], parameters={}, actor="somebody"
    )
    with platform.stores["notifications"].read() as session:
        message = session.scalars(sa.select(Message.id)).first()
    days = [appointment(programme["programme_id"], number) for number in (1, 2)]
    with platform.stores["scheduling"].transaction() as session:
        session.add_all(days)
    own, made.another_desk = (str(day.id) for day in days)
    desk = made.account("desk").id
    platform.call(
        "scheduling", "assign_desk", assignment={"account_ids": [desk], "appointment_ids": [own]}, actor="somebody"
    )
    made.things = {
        "appointment_id": {"own": own},
        "account_id": {"own": desk},
        "code": {"own": programme["code"]},
        "adhesion_id": {"own": made.adhesions["own"]["id"]},
        "delegate_id": {whose: one["delegates"][0]["id"] for whose, one in made.adhesions.items()},
        "run_id": {"own": run["id"]},
        "host_code": {"own": platform.call("scheduling", "hosts", limit=1)["items"][0]["code"]},
        "trainer_id": {"own": platform.call("scheduling", "trainers")["items"][0]["id"]},
        "message_id": {"own": str(message)},
    }
    for role in STAFF:
        _, kept = tokens.create(own_store, made.account(role), role, ["appointments:read"], 1)
        made.token_ids[role] = kept["id"]
    administrator = made.account("administrator")
    made.tokens = {who: tokens.create(own_store, administrator, who, what, 1)[0] for who, what in TOKENS.items()}
    made.keep()
    return made


def ask_others(platform: Platform, world: World, link: Callable[[str, str], str]) -> dict[str, str]:
    """Another contact is named for the body that has joined, and another mailbox of its delegate is given."""
    joined = world.adhesions["another"]
    token = platform.call("enrollment", "open_area", token=link("body-area", joined["id"]))["token"]
    person = {"given_name": "Elsa", "family_name": "Neri", "email": "elsa@example.org"}
    platform.call("enrollment", "nominate_contact", token=token, contact=person)
    moved = {"delegate_id": joined["delegates"][0]["id"], "email": "moved@example.org"}
    platform.call("enrollment", "change_delegates_mailbox", token=token, **moved)
    with platform.stores["enrollment"].read() as session:
        kinds = {"contact-nomination": Nomination, "mailbox-change": MailboxChange}
        found = {purpose: str(session.scalars(sa.select(kind.id)).one()) for purpose, kind in kinds.items()}
    return {"body-mailbox": joined["id"], **found}


class Visit:
    """One request of somebody at a browser, or of a program of theirs; each has a session of its own."""

    def __init__(self, world: World, visitor: str, route: str, things: dict[str, str]) -> None:
        self.world, self.visitor, self.route, self.things = world, visitor, route, things
        self.method, _, self.rule = route.partition(" ")
        self.is_api = self.rule.startswith("/api/")

    def ask(self) -> Any:
        path = re.sub(r"<(?:[^<>]*:)?([^<>]+)>", lambda part: self._part(part[1]), self.rule)
        client = self.world.app.test_client()
        if self.is_api:
            body = None if self.method in ("GET", "DELETE") else {}
            return client.open(path, method=self.method, json=body, headers=self._bearer())
        for name, value in self._cookies().items():
            client.set_cookie(name, value)
        form = {"csrf_token": self._csrf_token()} if self.method == "POST" else None
        return client.open(path, method=self.method, data=form)

    def _part(self, name: str) -> str:
        return self.things.get(name) or (str(uuid4()) if name.endswith("_id") else "x" * 8)

    def _bearer(self) -> dict[str, str]:
        if self.visitor in STAFF:
            return {"Authorization": f"Bearer {self._session('program')}"}
        if self.visitor in TOKENS:
            return {"Authorization": f"Bearer {self.world.tokens[self.visitor]}"}
        if self.visitor not in LINKS:
            return {}
        return {"Authorization": f"Bearer {self._link() if ACCESS[self.route] == 'link' else self._area()}"}

    def _area(self) -> str:
        """The token of the visitor's area, opened with a link of its own."""
        return str(self.world.platform.services["enrollment"].open_area(self._link(plain=True))["token"])

    def _link(self, *, plain: bool = False) -> str:
        purpose = PURPOSES.get(self.route) if self.visitor == "body" and not plain else None
        adhesion = self.world.adhesions["own"]
        subject = adhesion["delegates"][0]["id"] if self.visitor == "delegate" else adhesion["id"]
        subject = self.world.subjects.get(purpose or "", subject)
        return self.world.link(purpose or LINKS[self.visitor], subject)

    def _session(self, kind: str) -> str:
        return open_session(self.world.own, self.world.account(self.visitor), kind, HOUR).token

    def _cookies(self) -> dict[str, str]:
        self.cookies = {"visit": "v"}
        if self.visitor in STAFF:
            self.cookies["staff"] = self._session("browser")
        if self.visitor in LINKS:
            self.cookies[f"{self.visitor}_area"] = self._area()
        return self.cookies

    def _csrf_token(self) -> str:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with self.world.app.test_request_context(headers={"Cookie": sent}):
            return csrf_token()


def choices(world: World, visitor: str, route: str) -> dict[str, dict[str, str]]:
    """What the route can be asked about: one's own thing and another's, where the world has them, and a missing one."""
    names = re.findall(r"<(?:[^<>]*:)?([^<>]+)>", route)
    if not names:
        return {"own": {}}
    things = world.things_of(visitor)
    if visitor in LINKS and "token" in names and ACCESS[route] == "link":
        things = {**things, "token": {"own": Visit(world, visitor, route, {})._link()}}
    made = {whose: {name: things.get(name, {}).get(whose, "") for name in names} for whose in ("own", "another")}
    return {**{whose: found for whose, found in made.items() if all(found.values())}, "missing": {}}


def wrong(world: World, visitor: str, route: str, whose: str, answer: Any) -> str | None:
    """What is wrong with the answer, by the table."""
    who, status, is_api = ACCESS[route], answer.status_code, " /api/" in route
    if visitor in TOKENS and is_api and who in STAFF:
        if scopes.scope_of(route) not in TOKENS[visitor]:
            return None if status == 404 and world.platform.asked == [] else "a token gets in without the scope"
        visitor = "administrator"
    to_login = status == 303 and answer.headers["Location"].split("?")[0] == identity.LOGIN_PAGE
    if who in STAFF and visitor not in STAFF:
        is_right = (status == 401 and answer.content_type == "application/problem+json") if is_api else to_login
        return None if is_right and world.platform.asked == [] else "a stranger gets in"
    if who in STAFF and STAFF.index(visitor) < STAFF.index(who):
        return None if status == 404 and world.platform.asked == [] else "a lesser role gets in"
    insiders = {"link": ("body", "delegate"), "area": ("body", "delegate")}.get(who, (who,))
    if who in (*LINKS, "link", "area") and visitor not in insiders:
        closed = (401, 422) if is_api else (303, 401, 404, 410)
        return None if status in closed else "it opens without its link"
    if status == REFUSES_BY_ITSELF.get(route):
        return None
    if who == "link" and whose == "own" and route not in OPENS_AN_AREA and status in (401, 404, 410, 422):
        is_right = visitor == "delegate" or "draft" in route or (status == 422 and route in ASKS_FOR_MORE)
        return None if is_right else "its own link does not open it"
    if status in NEVER or to_login:
        return "who may is kept out"
    if whose == "own" and status == 404 and who != "anyone":
        return "one's own is missing"
    if whose == "missing" and status == 200 and who not in ("anyone",):
        return "what is not there is shown"
    return None


def test_every_route_is_in_the_table_and_every_row_is_a_route(app: Flask) -> None:
    routes = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == set(ACCESS)
    assert set(ACCESS.values()) == {"anyone", "link", "area", *LINKS, *STAFF}


def test_a_route_that_is_not_in_the_table_does_not_exist(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.add_url_rule("/forgotten", "forgotten", lambda: "here I am")
    assert app.test_client().get("/forgotten").status_code == 404


def test_a_view_that_forgets_its_role_is_guarded_all_the_same(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "here I am")
    monkeypatch.setitem(ACCESS, "GET /api/v1/forgotten", "desk")
    assert app.test_client().get("/api/v1/forgotten").status_code == 401


@pytest.mark.parametrize("visitor", VISITORS)
def test_everybody_may_what_the_table_says_and_nothing_else(world: World, visitor: str) -> None:
    faults, cells = {}, 0
    for route in ACCESS:
        answers = {}
        for whose, things in choices(world, visitor, route).items():
            world.platform.asked.clear()
            answer = answers[whose] = Visit(world, visitor, route, things).ask()
            cells += 1
            if fault := wrong(world, visitor, route, whose, answer):
                faults[f"{route} ({whose})"] = f"{fault}: {answer.status_code}"
            if not route.startswith("GET ") and answer.status_code < 400:
                world.begin_again()
        if "another" in answers and ACCESS[route] != "anyone" and visitor not in STAFF[1:]:
            another, missing = (said(answers[whose]) for whose in ("another", "missing"))
            if another != missing:
                faults[f"{route} (another's)"] = "it is not as if it were missing"
    print(f"{visitor}: {len(ACCESS)} routes, {cells} cells")
    assert faults == {}


def said(answer: Any) -> tuple[int, str]:
    """An answer without what is different in every one."""
    return answer.status_code, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}|csrf_token.*?>", "", answer.text)


@pytest.mark.parametrize("role", STAFF)
def test_whatever_staff_change_is_in_the_audit_log(world: World, role: str) -> None:
    unwritten = []
    for route in ACCESS:
        if not is_recorded(*route.split(" ", 1)):
            continue
        Visit(world, role, route, {}).ask()
        with world.own.read() as session:
            rows = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence)).all()
        told = [(one.action, one.actor, one.answers) for one in rows[-2:]]
        me = world.account(role).id
        if told != [(route, me, None), (route, me, len(rows) - 1)]:
            unwritten.append(route)
    assert unwritten == []
    assert verify(world.own) == Head(len(rows), rows[-1].hash)
