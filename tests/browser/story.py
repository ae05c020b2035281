"""One small programme, from the form to the certificate: what people do in the browser, and the rest by the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from playwright.sync_api import Page, expect

from rehearsal.client import Api, until
from rehearsal.people import adhesion_of, eligible_bodies
from rehearsal.platform import Platform
from tests.browser.authenticator import Authenticator
from tests.browser.keyboard import enter, go_on, press, type_in

API = "/api/v1"
OTHERS = 5
DELEGATE = "D'Aloisio Anna Chiara"
DELEGATE_AS_WRITTEN = "Anna Chiara D'Aloisio"
CONTACT_EMAIL = "protocollo@comune.ivrea.example"
INVITED_EMAIL = "accoglienza@example.org"
MAILBOX = "comune@pec.ivrea.example"
NEXT_CONTACT = {"given_name": "Elsa", "family_name": "Neri", "email": "elsa.neri@comune.example"}
DESK_EMAIL, SECRETARY_EMAIL = "ada.neri@example.org", "bruno.sala@example.org"
STAFF_PASSWORD = "un tavolo all'ingresso"
BOUNCING_EMAIL = "bounce.accoglienza@example.org"
SECRETARIAT_ROLE = "secretariat"
"""The role that needs a second factor here; the desk's account has one of its own will, the administrator's none."""
DELEGATE_EMAIL = "anna.chiara@comune.ivrea.example"


@dataclass(frozen=True)
class Joined:
    """What the clerk of Ivrea saw and got."""

    protocol: str
    confirmation: str


@dataclass(frozen=True)
class Attested:
    """The delegate's certificate, and the appointment that it comes from."""

    number: str
    public_code: str
    certificate_id: str
    appointment_id: str
    delegate_id: str
    adhesion_id: str
    receipt_hash: str
    checked_in: str
    """What the desk's page said then."""


class Story:
    """Chapters: ``joined`` → ``published`` → ``attested``. Asking for one plays those before it."""

    def __init__(self, platform: Platform, visit: Callable[..., Page]) -> None:
        self.platform = platform
        self.visit = visit
        self.api = Api(platform.url)
        self.mailbox = Api(platform.mailbox_url)
        self.programme: dict[str, Any] = self.api.get(f"{API}/programmes")["items"][0]
        self.asked = 0
        self.form = f"/programmes/{self.programme['code']}/adhesion"

    def while_open(self) -> None:
        """Put the clock into the weeks in which bodies may join."""
        self._at(_moment(self.programme["adhesion_opens"]) + timedelta(days=14))

    def while_invited(self) -> None:
        """Put the clock to the day after publication."""
        self._at(_moment(self.programme["adhesion_closes"]) + timedelta(days=1))

    def _at(self, moment: datetime) -> None:
        self.now = moment
        self.platform.set_clock(moment)

    def letter(self, kind: str, to: str) -> dict[str, Any]:
        """The newest mail of this kind to this address."""
        until(kind, 1, lambda: len(self._letters(kind, to)), 60)
        newest: dict[str, Any] = self._letters(kind, to)[0]
        return newest

    def _letters(self, kind: str, to: str) -> list[dict[str, Any]]:
        return list(self.mailbox.get("/api/messages", kind=kind, to=to)["items"])

    def link(self, kind: str, to: str, path: str) -> str:
        """The link of a mail that leads to this part of the site, without the host."""
        found = next(link for link in self.letter(kind, to)["links"] if f"/{path}" in link)
        return str(found[found.index(f"/{path}") :])

    @cached_property
    def joined(self) -> Joined:
        """Ivrea joins by keyboard with JavaScript off; five others by the API. All confirm by their mails."""
        self.while_open()
        page = self.visit(self.form, javascript=False)
        _fill_in_by_keyboard(page)
        protocol = page.locator(".protocol strong").inner_text()
        page.goto(self.link("adhesion_received", CONTACT_EMAIL, "adhesions/confirm/"))
        with page.expect_navigation():
            press(page, page.locator("main button"))
        confirmation = page.locator("h1").inner_text()
        page.context.close()
        for body in eligible_bodies(self.programme, OTHERS, seed=7):
            form = adhesion_of(body, self.programme, seed=7)
            self.api.post(f"{API}/adhesions", form)
            token = self.link("adhesion_received", form["contact"]["email"], "adhesions/confirm/").rpartition("/")[2]
            self.api.post(f"{API}/adhesions/confirmations", token=token)
        return Joined(protocol, confirmation)

    def fresh_link(self, to: str, path: str) -> str:
        """A new link to an area, asked for on the page as anybody does, since each is good once.

        The clock goes on by some minutes, because a mailbox is not written to twice in one.
        """
        self.asked += 1
        self.platform.set_clock(self.now + timedelta(minutes=5 * self.asked))
        kind = {"area/": "area_link", "me/": "own_link"}[path]
        before = len(self._letters(kind, to))
        page = self.visit("/area/request", javascript=False)
        page.fill("#email", to)
        page.locator("main form button").last.click()
        page.context.close()
        until(kind, before + 1, lambda: len(self._letters(kind, to)), 60)
        return self.link(kind, to, path)

    def enter(self, page: Page, to: str, path: str) -> Page:
        """Open an area with a new link."""
        page.goto(self.fresh_link(to, path))
        with page.expect_navigation():
            page.locator("main form button").click()
        return page

    @cached_property
    def secretary(self) -> Page:
        """The secretariat's browser, logged in."""
        return self.log_in(self.visit("/staff/login"))

    def log_in(self, page: Page, email: str | None = None) -> Page:
        """As the administrator, or as somebody else."""
        page.goto("/staff/login")
        page.fill("#email", email or self.platform.staff_email)
        page.fill("#password", self.platform.staff_password if email is None else STAFF_PASSWORD)
        page.locator("main button").click()
        page.wait_for_url("**/staff" if email is None else "**/staff/**")
        return page

    @cached_property
    def doors(self) -> dict[str, str]:
        """Letters that open something else: a form put aside, an invitation to work here, a new password."""
        self.while_open()
        form = {"programme_code": self.programme["code"], "email": CONTACT_EMAIL, "adhesion": {}}
        self.api.post(f"{API}/adhesion-drafts", form)
        self.api.post(f"{API}/staff-accounts", {"email": INVITED_EMAIL, "role": "desk"}, self.staff_token())
        self.api.post(f"{API}/password-links", {"email": self.platform.staff_email})
        return {
            "draft": self.link("draft_link", CONTACT_EMAIL, "adhesions/drafts/"),
            "invitation": self.link("staff_invitation", INVITED_EMAIL, "staff/invitation/"),
            "password": self.link("staff_password", self.platform.staff_email, "staff/password/reset/"),
        }

    def employ(self, email: str, role: str, name: str) -> str:
        """The id of somebody who was invited by mail and has come in."""
        account = self.api.post(f"{API}/staff-accounts", {"email": email, "role": role}, self.staff_token())
        token = self.link("staff_invitation", email, "staff/invitation/").rpartition("/")[2]
        chosen = {"name": name, "password": STAFF_PASSWORD}
        self.api.send("POST", f"{API}/staff-invitations/acceptance", token=token, json=chosen)
        return str(account["id"])

    @cached_property
    def desk_account(self) -> str:
        return self.employ(DESK_EMAIL, "desk", "Ada Neri")

    @cached_property
    def authenticator(self) -> Authenticator:
        """The desk's: its account has a second factor in force."""
        assert self.desk_account
        token = self.api.post(f"{API}/sessions", {"email": DESK_EMAIL, "password": STAFF_PASSWORD})["token"]
        secret = self.api.post(f"{API}/second-factor", token=token)["secret"]
        held = Authenticator(secret, [])
        told = self.api.post(f"{API}/second-factor/confirmation", {"code": held.code()}, token)
        held.recovery_codes = told["recovery_codes"]
        return held

    def log_in_at_the_desk(self, page: Page) -> Page:
        """Ada Neri comes in by keyboard: the password, then the code."""
        code = self.authenticator.code()
        page.goto("/staff/login")
        type_in(page, "#email", DESK_EMAIL)
        type_in(page, "#password", STAFF_PASSWORD)
        enter(page)
        type_in(page, "#code", code)
        enter(page)
        page.wait_for_url("**/staff")
        return page

    @cached_property
    def secretary_account(self) -> str:
        """Somebody whose role needs a second factor."""
        return self.employ(SECRETARY_EMAIL, SECRETARIAT_ROLE, "Bruno Sala")

    def without_second_factor(self, account_id: str) -> None:
        """The account has to set one up at its next log-in."""
        found = next(one for one in self._accounts() if one["id"] == account_id)
        if found["second_factor"]:
            self.api.send("DELETE", f"{API}/staff-accounts/{account_id}/second-factor", token=self.staff_token())

    def _accounts(self) -> list[dict[str, Any]]:
        return list(self.api.pages(f"{API}/staff-accounts", self.staff_token()))

    @cached_property
    def bounced(self) -> int:
        """How many mails came back: one at least."""
        self.api.post(f"{API}/staff-accounts", {"email": BOUNCING_EMAIL, "role": "desk"}, self.staff_token())

        def count() -> int:
            return len(self.api.get(f"{API}/messages", self.staff_token(), state="bounced")["items"])

        until("bounced", 1, count, 60)
        return count()

    @cached_property
    def mailbox_door(self) -> str:
        """What the institutional mailbox of Ivrea got when it was asked to name another contact."""
        assert self.joined
        self.while_open()
        self.api.post(f"{API}/area-links", {"email": MAILBOX, "programme_code": self.programme["code"]})
        return self.link("mailbox_link", MAILBOX, "area/mailbox/")

    @property
    def nomination_door(self) -> str:
        """What the next contact of the first other body has just got: whoever does not accept in a week is forgotten,
        and the story goes through many."""
        assert self.joined
        self.while_open()
        body = eligible_bodies(self.programme, OTHERS, seed=7)[0]
        contact = adhesion_of(body, self.programme, seed=7)["contact"]["email"]
        token = self.api.post(f"{API}/area-sessions", token=self.fresh_link(contact, "area/").rpartition("/")[2])[
            "token"
        ]
        kind, to = "contact_nominated", NEXT_CONTACT["email"]
        before = len(self._letters(kind, to))
        self.api.post(f"{API}/area/contact-nominations", NEXT_CONTACT, token)
        until(kind, before + 1, lambda: len(self._letters(kind, to)), 60)
        return self.link(kind, to, "area/nomination/")

    @cached_property
    def bulk_id(self) -> str:
        """The preview of something to be done to all adhesions at once."""
        wanted = {"programme_code": self.programme["code"], "action": "remind", "filters": {}}
        return str(self.api.post(f"{API}/bulk-actions", wanted, self.staff_token())["id"])

    @cached_property
    def host_code(self) -> str:
        return str(self.api.get(f"{API}/hosts", self.staff_token(), limit=1)["items"][0]["code"])

    @cached_property
    def trainer_id(self) -> str:
        return str(self.api.get(f"{API}/trainers", self.staff_token(), limit=1)["items"][0]["id"])

    def staff_token(self) -> str:
        """A token of the administrator's."""
        staff = {"email": self.platform.staff_email, "password": self.platform.staff_password}
        return str(self.api.post(f"{API}/sessions", staff)["token"])

    def enter_area(self, page: Page) -> Page:
        """The contact opens the mailed link and goes in."""
        return self.enter(page, CONTACT_EMAIL, "area/")

    def enter_own(self, page: Page) -> Page:
        """The delegate opens the mailed link and goes in."""
        return self.enter(page, DELEGATE_EMAIL, "me/")

    @cached_property
    def published(self) -> str:
        """By keyboard, with JavaScript off, staff start a planning, see it end and publish the plan. Its address."""
        assert self.joined
        self._at(_moment(self.programme["adhesion_closes"]) + timedelta(hours=10))
        page = self.log_in(self.visit("/staff/login", javascript=False))
        page.goto("/staff/planning")
        page.locator("#seconds").focus()
        page.keyboard.press("Home")
        assert page.locator("#seconds").input_value() == "5"
        with page.expect_navigation():
            press(page, page.locator("main .panel-call button"))
        page.wait_for_url("**/staff/planning/*")
        publish = page.locator("a[href$='/publish']")
        publish.wait_for(timeout=90_000)
        address = page.url
        with page.expect_navigation():
            press(page, publish)
        with page.expect_navigation():
            press(page, page.locator("main form button"))
        page.wait_for_url("**done=plan_published")
        page.context.close()
        return address

    @cached_property
    def attested(self) -> Attested:
        """The desk, on a telephone and by keyboard, records that Anna Chiara was there all day; the secretariat closes;
        the certificate comes."""
        assert self.published
        token = self.api.post(
            f"{API}/sessions", {"email": self.platform.staff_email, "password": self.platform.staff_password}
        )["token"]
        sought = {"programme_code": self.programme["code"], "query": self.joined.protocol}
        (adhesion,) = self.api.post(f"{API}/adhesions/searches", sought, token)["items"]
        adhesion = self.api.get(f"{API}/adhesions/{adhesion['id']}", token)
        delegate = next(one["id"] for one in adhesion["delegates"] if one["email"] == DELEGATE_EMAIL)
        appointment = next(
            one
            for one in self.api.pages(f"{API}/appointments", token, programme_id=self.programme["programme_id"])
            if one["kind"] == "training_day"
            and any(
                place["delegate_id"] == delegate
                for place in self.api.pages(f"{API}/appointments/{one['id']}/places", token)
            )
        )
        assigned = {"account_ids": [self.desk_account], "appointment_ids": [appointment["id"]]}
        self.api.post(f"{API}/desk-assignments", assigned, token)
        self._at(_moment(appointment["ends_at"]) + timedelta(hours=1))
        desk = self.log_in_at_the_desk(self.visit("/staff/login", width=320, javascript=False))
        with desk.expect_navigation():
            press(desk, desk.locator("main .places a"))
        present = desk.get_by_role("row", name=DELEGATE).locator("button[value^='whole:']")
        with desk.expect_navigation():
            press(desk, present)
        checked_in = desk.locator(".notice-title").inner_text()
        desk.context.close()
        page = self.secretary
        page.goto(f"/staff/appointments/{appointment['id']}")
        page.locator("form[action$='/close'] button").click()
        page.wait_for_url("**done=appointment_closed")
        certificates = f"{API}/certificates"
        asked = {"programme_id": self.programme["programme_id"], "delegate_id": delegate, "state": "valid"}
        until("certificate", 1, lambda: len(self.api.get(certificates, token, **asked)["items"]), 60)
        (found,) = self.api.get(certificates, token, **asked)["items"]
        return Attested(
            *(found["number"], found["public_code"], found["id"], appointment["id"]),
            *(delegate, adhesion["id"], adhesion["receipt_hash"], checked_in),
        )


def _fill_in_by_keyboard(page: Page) -> None:
    """The whole form with the keys that a person presses; no mouse, no script."""
    press(page, page.locator("#consent"), "Space")
    go_on(page)
    type_in(page, "#query", "ivre")
    page.keyboard.press("Enter")
    press(page, page.get_by_role("button", name="Ivrea").first)
    expect(page.locator(".notice-good")).to_be_visible()
    go_on(page)
    for field, text in (
        ("#contact-given_name", "Lucia"),
        ("#contact-family_name", "Bianchi"),
        ("#contact-email", CONTACT_EMAIL),
        ("#contact-office", "Ufficio formazione"),
        ("#institutional_email", MAILBOX),
        ("#legal_representative-given_name", "Mario"),
        ("#legal_representative-family_name", "Verdi"),
        ("#delegates-0-given_name", "Anna Chiara"),
        ("#delegates-0-family_name", "D'Aloisio"),
        ("#delegates-0-email", DELEGATE_EMAIL),
    ):
        type_in(page, field, text)
    page.locator("#delegates-0-role").focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    press(page, page.locator("input[name=topics]").first, "Space")
    go_on(page)
    go_on(page)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
