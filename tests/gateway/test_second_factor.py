"""The second factor: codes that are taken once, recovery codes, the log-in in two steps, and known devices."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient

from chassis import clock
from chassis.database import Store
from chassis.refusal import Invalid, Refused
from chassis.settings import BadSetting
from gateway import second_factor
from gateway.accounts import Device, Staff, authenticate, create_account
from gateway.models import Base, FailedLogin, RecoveryCode, SecondFactor, StaffAccount
from gateway.second_factor import begin, confirm, new_codes, takes
from gateway.settings import GatewaySettings
from gateway.vault import Vault
from tests.gateway.conftest import PASSWORD, Api
from tests.gateway.test_identity import cookie, log_in, token_of

VAULT = Vault("s" * 32)


@pytest.fixture
def store(store_for: Callable[..., Store]) -> Store:
    return store_for(Base.metadata)


@pytest.fixture
def ada(store: Store) -> Staff:
    return create_account(store, "ada@example.org", "Ada", "secretariat", PASSWORD)


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's clock stands in the middle of a half minute: no test is overtaken by the next code."""
    noon = datetime(2017, 5, 20, 12, 0, 15, tzinfo=UTC)
    monkeypatch.setattr(clock, "machine_now", lambda: noon)


def code(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock.machine_now() + timedelta(seconds=30 * steps))


def set_up(store: Store, staff: Staff) -> tuple[str, list[str]]:
    """The secret in force, with no code taken yet, and the recovery codes."""
    secret = begin(store, VAULT, staff)
    codes = confirm(store, VAULT, staff, code(secret))
    with store.transaction() as session:
        session.execute(sa.update(SecondFactor).values(last_step=0))
    return secret, codes


def test_a_first_code_puts_it_in_force(store: Store, ada: Staff) -> None:
    secret = begin(store, VAULT, ada)
    assert (begin(store, VAULT, ada), second_factor.is_on(store, ada.id)) == (secret, False)
    for wrong in ("000000" if code(secret) != "000000" else "111111", "", "x" * 1000, "\u0663" * 6):
        with pytest.raises(Invalid):
            confirm(store, VAULT, ada, wrong)
    now = code(secret)
    codes = confirm(store, VAULT, ada, f" {now[:3]} {now[3:]} ")
    assert (len(set(codes)), second_factor.is_on(store, ada.id)) == (10, True)
    for action in (lambda: begin(store, VAULT, ada), lambda: confirm(store, VAULT, ada, code(secret, 1))):
        with pytest.raises(Refused):
            action()
    assert second_factor.pending(store, VAULT, ada) is None


def test_a_code_is_taken_once_and_none_from_before_it(store: Store, ada: Staff) -> None:
    secret, _ = set_up(store, ada)
    now, before, after, far = (code(secret, steps) for steps in (0, -1, 1, 5))
    assert [takes(store, VAULT, ada, given) for given in (now, now, before, after, far)] == [
        *(True, False, False, True, False)
    ]


def test_of_many_that_bring_the_same_code_at_once_one_comes_in(store: Store, ada: Staff) -> None:
    secret, _ = set_up(store, ada)
    same, taken = code(secret), []
    threads = [threading.Thread(target=lambda: taken.append(takes(store, VAULT, ada, same))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False, False, False, True]


def test_a_recovery_code_opens_once_and_new_ones_make_the_old_void(store: Store, ada: Staff) -> None:
    _, codes = set_up(store, ada)
    assert [takes(store, VAULT, ada, codes[0]) for _ in range(2)] == [True, False]
    assert takes(store, VAULT, ada, codes[1].upper().replace("-", " ")) is True
    assert second_factor.codes_left(store, ada) == 8
    fresh = new_codes(store, ada)
    assert (takes(store, VAULT, ada, codes[2]), takes(store, VAULT, ada, fresh[0])) == (False, True)


def test_after_the_secret_key_was_changed_recovery_codes_still_open(store: Store, ada: Staff) -> None:
    secret, codes = set_up(store, ada)
    changed = Vault("t" * 32)
    assert [takes(store, changed, ada, given) for given in (code(secret), codes[0])] == [False, True]


def test_after_the_secret_key_was_changed_an_unconfirmed_secret_is_begun_anew(store: Store, ada: Staff) -> None:
    lost = begin(store, VAULT, ada)
    changed = Vault("t" * 32)
    assert second_factor.pending(store, changed, ada) is None
    with pytest.raises(Refused, match="second_factor_not_begun"):
        confirm(store, changed, ada, code(lost))
    secret = begin(store, changed, ada)
    assert secret != lost
    assert (begin(store, changed, ada), second_factor.pending(store, changed, ada)) == (secret, secret)
    assert len(confirm(store, changed, ada, code(secret))) == 10


@pytest.mark.usefixtures("programme")
def test_the_pages_go_on_after_the_secret_key_was_changed(make_app: Callable[..., Flask], staff: Any) -> None:
    before = make_app(second_factor_roles="secretariat").test_client()
    assert log_in(before, staff["secretariat"]).location == "/staff/login/enrol"
    client = make_app(second_factor_roles="secretariat", secret_key="t" * 32).test_client()
    log_in(client, staff["secretariat"])
    page = client.get("/staff/login/enrol")
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page.text)
    assert secret is not None
    form = {"csrf_token": token_of(page), "code": code(secret[1])}
    assert client.post("/staff/login/enrol", data=form).status_code == 200


def test_guessing_codes_waits(store: Store, ada: Staff) -> None:
    secret, _ = set_up(store, ada)
    for _ in range(5):
        assert takes(store, VAULT, ada, "no code") is False
    assert takes(store, VAULT, ada, code(secret)) is False
    with store.transaction() as session:
        session.execute(sa.update(FailedLogin).values(failed_at=clock.machine_now() - timedelta(seconds=3)))
    assert takes(store, VAULT, ada, code(secret)) is True


def test_neither_secret_nor_recovery_codes_are_kept_in_clear(store: Store, ada: Staff) -> None:
    secret, codes = set_up(store, ada)
    with store.read() as session:
        sealed = session.scalars(sa.select(SecondFactor.sealed)).one()
        hashes = session.scalars(sa.select(RecoveryCode.code_hash)).all()
    assert secret not in sealed
    assert VAULT.open(sealed) == secret
    assert {len(one) for one in hashes} == {64}
    assert not {one.replace("-", "") for one in codes} & set(hashes)


def test_the_qr_code_says_what_the_authenticator_needs(store: Store, ada: Staff) -> None:
    address = second_factor.address_of("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", ada, "Formazione")
    assert (
        address
        == "otpauth://totp/Formazione:ada%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Formazione"
    )
    picture = second_factor.drawn(address)
    assert picture.lstrip().startswith("<?xml")
    assert not re.search(r"style=|<script|href", picture)
    image = zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(address, zxingcpp.BarcodeFormat.QRCode), scale=4)
    assert [one.text for one in zxingcpp.read_barcodes(image)] == [address]


def test_strangers_guessing_keeps_nobody_out_of_the_own_browser(store: Store, ada: Staff) -> None:
    for number in range(40):
        authenticate(store, "ada@example.org", "guess", f"10.0.0.{number}")
    mine = Device(ada.id, "mine")
    assert authenticate(store, "ada@example.org", PASSWORD, "10.0.1.1") is None
    assert authenticate(store, "ada@example.org", PASSWORD, "10.0.0.1", mine) == ada


def test_a_known_device_waits_for_its_own_failures_and_knows_one_account(store: Store, ada: Staff) -> None:
    create_account(store, "bruno@example.org", "Bruno", "desk", PASSWORD)
    mine = Device(ada.id, "mine")
    for _ in range(5):
        authenticate(store, "ada@example.org", "guess", "10.0.0.1", mine)
    assert authenticate(store, "ada@example.org", PASSWORD, "10.0.0.1", mine) is None
    assert authenticate(store, "ada@example.org", PASSWORD, "10.0.0.1") == ada
    for _ in range(5):
        authenticate(store, "bruno@example.org", "guess", "10.0.0.1", mine)
    assert authenticate(store, "bruno@example.org", PASSWORD, "10.0.0.1", mine) is None


def enrolled(client: FlaskClient, own_store: Store) -> tuple[str, list[str]]:
    """Set it up in the page of whoever is logged in."""
    page = client.get("/staff/second-factor")
    client.post("/staff/second-factor", data={"csrf_token": token_of(page)})
    page = client.get("/staff/second-factor")
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page.text)
    assert secret is not None
    answer = client.post(
        "/staff/second-factor/confirmation", data={"csrf_token": token_of(page), "code": code(secret[1])}
    )
    with own_store.transaction() as session:
        session.execute(sa.update(SecondFactor).values(last_step=0))
    return secret[1], re.findall(r"<code>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})</code>", answer.text)


@pytest.mark.usefixtures("programme")
def test_the_log_in_has_two_steps_then(app: Flask, client: FlaskClient, staff: Any, own_store: Store) -> None:
    log_in(client, staff["secretariat"])
    other = app.test_client()
    log_in(other, staff["secretariat"])
    secret, codes = enrolled(client, own_store)
    assert len(codes) == 10
    assert (client.get("/staff/sessions").status_code, other.get("/staff/sessions").status_code) == (200, 303)

    browser = app.test_client()
    answer = log_in(browser, staff["secretariat"], next="/staff/messages")
    assert (answer.status_code, answer.location) == (303, "/staff/login/code?next=/staff/messages")
    assert cookie(browser) is None
    assert browser.get("/staff").status_code == 303
    page = browser.get("/staff/login/code?next=/staff/messages")
    form = {"csrf_token": token_of(page), "next": "/staff/messages"}
    assert browser.post("/staff/login/code", data={**form, "code": "123"}).status_code == 401
    answer = browser.post("/staff/login/code", data={**form, "code": code(secret)})
    assert (answer.status_code, answer.location) == (303, "/staff/messages")
    assert browser.get("/staff/sessions").status_code == 200
    assert browser.get("/staff/login/code").location == "/staff/login"

    third = app.test_client()
    log_in(third, staff["secretariat"])
    form = {"csrf_token": token_of(third.get("/staff/login/code"))}
    assert third.post("/staff/login/code", data={**form, "code": codes[0]}).status_code == 303


@pytest.mark.usefixtures("programme")
def test_without_a_first_step_there_is_no_second(app: Flask, client: FlaskClient) -> None:
    for path in ("code", "enrol"):
        assert client.get(f"/staff/login/{path}").location == "/staff/login"
    assert client.get("/staff/login/qr.svg").status_code == 404
    client.set_cookie("entering", "forged")
    assert client.get("/staff/login/code").location == "/staff/login"


@pytest.mark.usefixtures("programme")
def test_a_role_that_needs_it_is_led_to_it(make_app: Callable[..., Flask], staff: Any) -> None:
    client = make_app(second_factor_roles="secretariat, administrator").test_client()
    answer = log_in(client, staff["secretariat"])
    assert answer.location == "/staff/login/enrol"
    page = client.get("/staff/login/enrol")
    picture = client.get("/staff/login/qr.svg")
    assert (picture.mimetype, picture.headers["Cache-Control"]) == ("image/svg+xml", "no-store")
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page.text)
    assert secret is not None
    form = {"csrf_token": token_of(page)}
    assert client.post("/staff/login/enrol", data={**form, "code": "1"}).status_code == 422
    assert cookie(client) is None
    done = client.post("/staff/login/enrol", data={**form, "code": code(secret[1])})
    assert (done.status_code, done.text.count("<li><code>")) == (200, 10)
    assert client.get("/staff/sessions").status_code == 200
    taken = {"csrf_token": token_of(client.get("/staff/second-factor")), "code": code(secret[1], 1)}
    assert client.post("/staff/second-factor/removal", data=taken).status_code == 409
    desk = client.application.test_client()
    assert log_in(desk, staff["desk"]).location == "/staff"
    api = Api(client.application.test_client(), {})
    answer = api("POST", "/sessions", {"email": staff["administrator"], "password": PASSWORD})
    assert (answer.status_code, answer.json["reason"]) == (409, "second_factor_needed")


def test_programs_send_the_code_with_the_password(
    api_of: Callable[[str], Api], anyone: Api, staff: Any, own_store: Store
) -> None:
    desk = api_of("desk")
    secret = desk("POST", "/second-factor").json["secret"]
    codes = desk("POST", "/second-factor/confirmation", {"code": code(secret)}).json["recovery_codes"]
    assert desk("GET", "/second-factor").json == {"on": True, "required": False, "recovery_codes_left": 10}
    known = {"email": staff["desk"], "password": PASSWORD}
    without = anyone("POST", "/sessions", known)
    assert (without.status_code, without.headers["WWW-Authenticate"]) == (401, "Bearer realm=second_factor")
    wrong = anyone("POST", "/sessions", {**known, "code": "000"})
    assert (wrong.status_code, wrong.headers["WWW-Authenticate"]) == (401, "Bearer realm=wrong_password")
    assert anyone("POST", "/sessions", {**known, "code": codes[0]}).status_code == 201
    assert desk("POST", "/second-factor/recovery-codes", {"code": "1"}).status_code == 422
    renewed = desk("POST", "/second-factor/recovery-codes", {"code": codes[1]}).json["recovery_codes"]
    assert desk("POST", "/second-factor/removal", {"code": renewed[0]}).status_code == 204
    assert anyone("POST", "/sessions", known).status_code == 201


def test_the_administrator_resets_it_for_who_has_lost_all(
    api_of: Callable[[str], Api], anyone: Api, staff: Any, own_store: Store
) -> None:
    desk, administrator = api_of("desk"), api_of("administrator")
    secret = desk("POST", "/second-factor").json["secret"]
    desk("POST", "/second-factor/confirmation", {"code": code(secret)})
    me = desk("GET", "/sessions/current").json["id"]
    answers = [administrator("DELETE", f"/staff-accounts/{me}/second-factor").status_code for _ in range(2)]
    assert answers == [204, 409]
    assert desk("GET", "/sessions/current").status_code == 401
    assert anyone("POST", "/sessions", {"email": staff["desk"], "password": PASSWORD}).status_code == 201
    log = administrator("GET", "/audit-entries?action=second-factor&outcome=done&limit=1").json["items"]
    assert log[0]["things"] == {"account_id": me}


@pytest.mark.usefixtures("programme")
def test_a_browser_is_known_after_its_first_log_in(app: Flask, client: FlaskClient, staff: Any) -> None:
    log_in(client, staff["desk"])
    held = cookie(client, "device")
    assert (held.http_only, held.same_site, held.max_age) == (True, "Lax", 180 * 86400)
    stranger = app.test_client()
    for _ in range(6):
        log_in(stranger, staff["desk"], "guess")
    client.post("/staff/logout", data={"csrf_token": token_of(client.get("/staff/sessions"))})
    assert log_in(client, staff["desk"]).status_code == 303
    assert log_in(stranger, staff["desk"]).status_code == 401


def test_a_role_that_there_is_not_stops_the_start() -> None:
    with pytest.raises(BadSetting, match="SECOND_FACTOR_ROLES: king is not one of"):
        GatewaySettings(
            database_url="sqlite://", link_secret="l" * 32, secret_key="s" * 32, second_factor_roles="desk, king"
        )


def test_an_account_that_was_closed_between_the_steps_does_not_come_in(
    client: FlaskClient, staff: Any, own_store: Store, make_app: Callable[..., Flask]
) -> None:
    browser = make_app(second_factor_roles="desk").test_client()
    assert log_in(browser, staff["desk"]).location == "/staff/login/enrol"
    with own_store.transaction() as session:
        session.execute(sa.update(StaffAccount).values(active=False))
    assert browser.get("/staff/login/enrol").location == "/staff/login"
