"""Who works here: invitations by mail, roles, closing; passwords changed and forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from chassis import clock
from chassis.database import Store
from chassis.refusal import Invalid, Refused
from gateway import passwords, staffing
from gateway.accounts import authenticate, create_account
from gateway.models import Base, PasswordReset, StaffAccount
from services.notifications.models import Message, Person
from tests.gateway.conftest import PASSWORD, Api
from tests.gateway.platform import Platform
from tests.gateway.test_identity import log_in, token_of

NEW = "another horse battery staple"
WEEK = timedelta(days=7)


@pytest.fixture
def store(store_for: Callable[..., Store]) -> Store:
    return store_for(Base.metadata)


@pytest.fixture
def letters(platform: Platform) -> Callable[[], list[tuple[str, str, str]]]:
    """``letters()`` are those that notifications has queued: kind, address, what its link is for."""

    def read() -> list[tuple[str, str, str]]:
        with platform.stores["notifications"].read() as session:
            rows = session.execute(
                sa.select(Message.kind, Person.email, Message.subject_id)
                .join(Person, Person.id == Message.person_id)
                .order_by(Message.created_at, Message.cause)
            )
            return [(kind, str(email), str(subject)) for kind, email, subject in rows]

    return read


def refused(action: Callable[..., Any], *arguments: Any) -> str:
    with pytest.raises(Refused) as refusal:
        action(*arguments)
    return refusal.value.reason


def test_an_invitation_opens_one_account_once(store: Store) -> None:
    invited = staffing.invite(store, " Ada@Example.org ", "desk", "it", WEEK)
    assert (invited["email"], invited["state"]) == ("ada@example.org", "invited")
    assert authenticate(store, "ada@example.org", "", "") is None
    staff = staffing.accept(store, invited["invitation_id"], " Ada Conti ", PASSWORD)
    assert (staff.id, staff.name, staff.role) == (invited["id"], "Ada Conti", "desk")
    assert authenticate(store, "ada@example.org", PASSWORD, "") == staff
    assert refused(staffing.accept, store, invited["invitation_id"], "Eve", NEW) == "invitation_over"
    assert refused(staffing.invite, store, "ada@example.org", "desk", "it", WEEK) == "account_exists"


def test_a_newer_invitation_a_revoked_one_and_an_old_one(store: Store) -> None:
    first = staffing.invite(store, "ada@example.org", "desk", "it", WEEK)
    second = staffing.invite(store, "ada@example.org", "secretariat", "it", WEEK)
    assert (first["id"], second["role"]) == (second["id"], "secretariat")
    assert refused(staffing.accept, store, first["invitation_id"], "Ada", PASSWORD) == "invitation_over"
    staffing.revoke(store, second["id"])
    assert refused(staffing.accept, store, second["invitation_id"], "Ada", PASSWORD) == "invitation_over"
    assert refused(staffing.revoke, store, second["id"]) == "not_invited"
    assert refused(staffing.reopen, store, second["id"]) == "account_not_closed"
    third = staffing.renew(store, second["id"], WEEK)
    with store.transaction() as session:
        session.execute(sa.update(StaffAccount).values(invited_until=clock.machine_now()))
    assert refused(staffing.accept, store, third["invitation_id"], "Ada", PASSWORD) == "invitation_over"
    assert refused(staffing.invitation, store, str(uuid4())) == "invitation_over"


def test_an_invitation_that_is_asked_for_twice_is_one(store: Store) -> None:
    asked = [staffing.invite(store, "ada@example.org", "desk", "it", WEEK, "key") for _ in range(2)]
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("name", "password", "fields"),
    [
        ("", PASSWORD, ["name"]),
        ("A\nB", PASSWORD, ["name"]),
        ("A" * 201, PASSWORD, ["name"]),
        ("Ada", "short", ["password"]),
        ("Ada", "x" * 100_000, ["password"]),
        ("", "", ["name", "password"]),
    ],
)
def test_a_bad_choice_uses_no_invitation_up(store: Store, name: str, password: str, fields: list[str]) -> None:
    invited = staffing.invite(store, "ada@example.org", "desk", "it", WEEK)
    with pytest.raises(Invalid) as complaint:
        staffing.accept(store, invited["invitation_id"], name, password)
    assert list(complaint.value.errors) == fields
    assert staffing.accept(store, invited["invitation_id"], "Ada", PASSWORD).name == "Ada"


def test_the_last_administrator_stays(store: Store) -> None:
    ada = create_account(store, "ada@example.org", "Ada", "administrator", PASSWORD)
    assert refused(staffing.close, store, ada.id) == "last_administrator"
    assert refused(staffing.change_role, store, ada.id, "desk") == "last_administrator"
    bruno = create_account(store, "bruno@example.org", "Bruno", "administrator", PASSWORD)
    assert staffing.close(store, ada.id)["state"] == "closed"
    assert refused(staffing.close, store, ada.id) == "account_not_active"
    assert refused(staffing.change_role, store, bruno.id, "desk") == "last_administrator"
    assert staffing.reopen(store, ada.id)["state"] == "active"
    assert staffing.change_role(store, bruno.id, "desk")["role"] == "desk"


def test_two_administrators_who_close_each_other_at_once_leave_one(store: Store) -> None:
    both = [create_account(store, f"{name}@example.org", name, "administrator", PASSWORD) for name in ("ada", "bruno")]
    both_are_here = threading.Barrier(2)

    def close(account_id: str) -> str:
        both_are_here.wait(timeout=30)
        try:
            return str(staffing.close(store, account_id)["state"])
        except Refused as answer:
            return answer.reason

    with ThreadPoolExecutor(2) as threads:
        for _ in range(20):
            outcomes = list(threads.map(close, [one.id for one in both]))
            assert sorted(outcomes) == ["closed", "last_administrator"]
            staffing.reopen(store, both[outcomes.index("closed")].id)


def test_the_administrator_invites_through_the_page_and_the_person_opens_the_account(
    app: Flask, client: FlaskClient, staff: Any, letters: Any, link: Callable[[str, str], str], programme: Any
) -> None:
    log_in(client, staff["administrator"])
    form = {"csrf_token": token_of(client.get("/staff/accounts")), "email": "eva@example.org", "role": "secretariat"}
    assert client.post("/staff/accounts", data=form).status_code == 303
    [(kind, email, invitation_id)] = letters()
    assert (kind, email) == ("staff_invitation", "eva@example.org")
    page = client.get("/staff/accounts")
    assert "eva@example.org" in page.text
    address = f"/staff/invitation/{link('staff-invitation', invitation_id)}"
    eva = app.test_client()
    chosen = {"csrf_token": token_of(eva.get(address)), "name": "Eva", "password": NEW, "again": "other"}
    assert eva.post(address, data=chosen).status_code == 422
    assert eva.post(address, data={**chosen, "again": NEW}).status_code == 303
    assert "Eva" in eva.get("/staff/sessions").text
    assert eva.get(address).status_code == 404
    for wrong in (link("staff-password", invitation_id), "x", "x" * 3000):
        assert eva.get(f"/staff/invitation/{wrong}").status_code == 404


def test_bad_invitations_are_told_beside_their_fields(client: FlaskClient, staff: Any, letters: Any) -> None:
    log_in(client, staff["administrator"])
    token = token_of(client.get("/staff/accounts"))
    for email, role, status in [
        ("nobody", "desk", 422),
        ("a@b\r\nBcc: c@d", "desk", 422),
        ("e" * 100_000 + "@example.org", "desk", 422),
        ("eva@example.org", "king", 422),
        (staff["desk"], "desk", 409),
    ]:
        answer = client.post("/staff/accounts", data={"csrf_token": token, "email": email, "role": role})
        assert answer.status_code == status
    assert letters() == []


def test_without_notifications_the_invitation_waits_and_is_sent_later(
    api_of: Callable[[str], Api], platform: Platform, letters: Any
) -> None:
    administrator = api_of("administrator")
    platform.down.add("notifications")
    asked = {"email": "eva@example.org", "role": "desk"}
    assert administrator("POST", "/staff-accounts", asked, Idempotency_Key="k").status_code == 503
    platform.down.clear()
    made = administrator("POST", "/staff-accounts", asked, Idempotency_Key="k")
    assert (made.status_code, made.json["state"], len(letters())) == (201, "invited", 1)


def test_programs_manage_accounts(api_of: Callable[[str], Api], anyone: Api, own_store: Store, link: Any) -> None:
    administrator = api_of("administrator")
    eva = administrator("POST", "/staff-accounts", {"email": "eva@example.org", "role": "desk"}).json["id"]
    assert administrator("DELETE", f"/staff-accounts/{eva}/invitation").status_code == 204
    assert administrator("POST", f"/staff-accounts/{eva}/invitation").status_code == 200
    with own_store.read() as session:
        invitation_id = session.scalar(sa.select(StaffAccount.invitation_id).where(StaffAccount.id == UUID(eva)))
    bearer = {"Authorization": f"Bearer {link('staff-invitation', str(invitation_id))}"}
    chosen = {"name": "Eva", "password": NEW}
    answers = [anyone("POST", "/staff-invitations/acceptance", chosen, **bearer) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 409]
    for path, body, role, state in [
        ("role", {"role": "secretariat"}, "secretariat", "active"),
        ("closing", {}, "secretariat", "closed"),
        ("reopening", {}, "secretariat", "active"),
    ]:
        answer = administrator("POST", f"/staff-accounts/{eva}/{path}", body)
        assert (answer.status_code, answer.json["role"], answer.json["state"]) == (200, role, state)
    assert administrator("POST", f"/staff-accounts/{uuid4()}/closing").status_code == 404
    shown = {one["email"]: one["name"] for one in administrator("GET", "/staff-accounts").json["items"]}
    assert shown["eva@example.org"] == "Eva"


def test_a_changed_role_ends_the_sessions(api_of: Callable[[str], Api]) -> None:
    administrator, desk = api_of("administrator"), api_of("desk")
    me = desk("GET", "/sessions/current").json["id"]
    administrator("POST", f"/staff-accounts/{me}/role", {"role": "secretariat"})
    assert desk("GET", "/sessions/current").status_code == 401


@pytest.mark.usefixtures("programme")
def test_a_changed_password_ends_every_other_session(app: Flask, client: FlaskClient, staff: Any) -> None:
    other = app.test_client()
    for browser in (client, other):
        log_in(browser, staff["secretariat"])
    form = {"csrf_token": token_of(client.get("/staff/password")), "password": NEW, "again": NEW}
    for wrong in ({"current": "wrong"}, {"current": PASSWORD, "again": "x"}, {"current": PASSWORD, "password": "x"}):
        assert client.post("/staff/password", data={**form, **wrong}).status_code == 422
    assert client.post("/staff/password", data={**form, "current": PASSWORD}).status_code == 303
    assert client.get("/staff/sessions").status_code == 200
    assert other.get("/staff/sessions").status_code == 303
    assert log_in(app.test_client(), staff["secretariat"]).status_code == 401
    assert log_in(app.test_client(), staff["secretariat"], NEW).status_code == 303


def test_a_forgotten_password_is_chosen_anew_once(
    app: Flask, client: FlaskClient, staff: Any, letters: Any, link: Callable[[str, str], str], own_store: Store
) -> None:
    form = {"csrf_token": token_of(client.get("/staff/password/forgotten")), "email": staff["desk"].upper()}
    pages = [client.post("/staff/password/forgotten", data={**form, **other}) for other in ({}, {}, {"email": "x@y.z"})]
    assert [page.status_code for page in pages] == [200] * 3
    assert len({page.text for page in pages}) == 1
    [(kind, email, reset_id)] = letters()
    assert (kind, email) == ("staff_password", staff["desk"])
    address = f"/staff/password/reset/{link('staff-password', reset_id)}"
    chosen = {"csrf_token": token_of(client.get(address)), "password": NEW, "again": NEW}
    assert client.post(address, data={**chosen, "password": "short", "again": "short"}).status_code == 422
    assert client.post(address, data=chosen).status_code == 303
    assert client.post(address, data=chosen).status_code == 404
    assert client.get(address).status_code == 404
    assert authenticate(own_store, staff["desk"], NEW, "") is not None
    assert client.post("/staff/password/forgotten", data={**form, "email": "nobody"}).status_code == 422


def test_a_link_for_a_password_ends(store: Store) -> None:
    create_account(store, "ada@example.org", "Ada", "desk", PASSWORD)
    asked = passwords.ask(store, "ada@example.org")
    with store.transaction() as session:
        session.execute(sa.update(PasswordReset).values(ends_at=clock.machine_now()))
    assert refused(passwords.reset, store, asked["subject_id"], NEW) == "password_link_over"
    assert refused(passwords.check_link, store, str(uuid4())) == "password_link_over"
    assert passwords.ask(store, "nobody@example.org")["to"] is None


def test_who_was_closed_gets_no_new_password(store: Store) -> None:
    create_account(store, "admin@example.org", "Admin", "administrator", PASSWORD)
    ada = create_account(store, "ada@example.org", "Ada", "desk", PASSWORD)
    asked = passwords.ask(store, "ada@example.org")
    staffing.close(store, ada.id)
    assert refused(passwords.reset, store, asked["subject_id"], NEW) == "password_link_over"
    assert passwords.ask(store, "ada@example.org")["to"] is None


def test_without_notifications_a_link_that_is_asked_for_again_is_sent_once(
    anyone: Api, platform: Platform, staff: Any, letters: Any
) -> None:
    platform.down.add("notifications")
    assert anyone("POST", "/password-links", {"email": staff["desk"]}).status_code == 503
    platform.down.clear()
    for _ in range(2):
        assert anyone("POST", "/password-links", {"email": staff["desk"]}).status_code == 202
    assert [(kind, email) for kind, email, _ in letters()] == [("staff_password", staff["desk"])]


def test_programs_ask_for_and_choose_a_password(anyone: Api, staff: Any, letters: Any, link: Any) -> None:
    answers = [anyone("POST", "/password-links", {"email": email}) for email in (staff["desk"], "x@example.org")]
    assert [(answer.status_code, answer.json) for answer in answers] == [(202, {})] * 2
    bearer = {"Authorization": f"Bearer {link('staff-password', letters()[0][2])}"}
    assert anyone("POST", "/password-resets", {"password": NEW}, **bearer).status_code == 204
    assert anyone("POST", "/password-resets", {"password": NEW}, **bearer).status_code == 409
    assert anyone("POST", "/password-resets", {"password": NEW}).status_code == 401
    token = anyone("POST", "/sessions", {"email": staff["desk"], "password": NEW}).json["token"]
    me = Api(anyone.client, {"Authorization": f"Bearer {token}"})
    changed = {"current": NEW, "password": PASSWORD}
    assert me("POST", "/password-changes", {**changed, "current": "x"}).status_code == 422
    assert me("POST", "/password-changes", changed).status_code == 204
    assert me("GET", "/sessions/current").status_code == 401
