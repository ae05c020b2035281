"""Every kind of mail in both languages, as it was last approved: run with ``UPDATE_GOLDEN=1`` to approve anew."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from chassis.links import read_link_token
from services.notifications.domain import CHANGE, KINDS, OWN
from services.notifications.letters import Known, Letter, compose
from services.notifications.models import (
    Adhesion,
    Appointment,
    Certificate,
    DeskDuty,
    Message,
    Person,
    Place,
    Programme,
    StaffLetter,
)
from services.notifications.settings import NotificationsSettings
from tests.notifications.builders import (
    ADHESION,
    APPOINTMENT,
    CERTIFICATE,
    CONTACT,
    DELEGATE,
    DUTY,
    PLACE,
    PROGRAMME,
    SHA,
    STAFF,
    START,
    adhesion_submitted,
    appointment_scheduled,
    contact_changed,
    delegate_registered,
    ident,
)

GOLDEN = Path(__file__).parent / "golden"
SETTINGS = NotificationsSettings(
    database_url="sqlite://",
    link_secret="a secret only for the golden mails",
    public_url="https://formazione.anci.example",
    sender_email="programma@anci.example",
    sender_name="Segreteria CO-AliZIONE",
    reply_to="aiuto@anci.example",
)


def known(kind: str, language: str, **given: Any) -> Known:
    """What a mail of this kind is written from; ``given`` changes fields wherever they are."""

    def made(model: Any, **values: Any) -> Any:
        columns = model.__table__.columns.keys()
        return model(**(values | {name: value for name, value in given.items() if name in columns}))

    to_contact = KINDS[kind].about == "adhesion" and KINDS[kind].link not in (OWN, CHANGE)
    who = contact_changed() if to_contact else delegate_registered()
    person = made(
        Person,
        id=CONTACT if to_contact else DELEGATE,
        given_name=who.given_name,
        family_name=who.family_name,
        email=who.email,
        language=language,
        body_name=getattr(who, "body_name", None),
        erased=False,
    )
    about: Any
    match KINDS[kind].about:
        case "adhesion":
            told = adhesion_submitted()
            about = made(
                Adhesion,
                id=ADHESION,
                protocol=told.protocol,
                body_name=told.body_name,
                body_kind=told.body_kind,
                submitted_at=told.submitted_at,
                receipt_hash=SHA,
                rejected_reason="L’unione è stata sciolta nel 2016." if kind == "adhesion_rejected" else None,
            )
        case "person":
            about = person
        case "place":
            about = made(Place, id=PLACE, delegate_id=DELEGATE, state="assigned", waited=False)
        case "desk":
            about = made(DeskDuty, id=DUTY, account_id=STAFF, appointment_id=APPOINTMENT, state="assigned")
        case "staff":
            about = made(StaffLetter, id=ident("letter"), role="secretariat", ends_at=START)
        case _:
            reason = "below_threshold" if kind == "certificate_revoked" else None
            code = "7KQ2M9XVJ4TRB6WD"
            about = made(
                Certificate,
                id=CERTIFICATE,
                number="CO-2018-00042",
                public_code=code,
                minutes=510,
                document=SHA,
                reason=reason,
            )
    day = appointment_scheduled()
    fields = ("kind", "title_it", "title_en", "starts_at", "ends_at", "host_name", "host_province", "venue")
    appointment = made(Appointment, revision=2, cancelled=False, **{name: getattr(day, name) for name in fields})
    message = Message(id=ident(kind), kind=kind, person_id=person.id, created_at=START)
    programme = made(Programme, id=PROGRAMME, title_it="CO-AliZIONE", title_en="CO-AliZIONE", issuer="ANCI")
    if isinstance(about, StaffLetter):
        programme = None
    return Known(message, person, programme, about, appointment if isinstance(about, Place | DeskDuty) else None)


def write(kind: str, language: str = "it", **given: Any) -> Letter:
    return compose(known(kind, language, **given), SETTINGS, START)


VARIANTS: dict[str, dict[str, Any]] = {
    "place_assigned.moved_up": {"waited": True, "reason": "delegate_withdrawn"},
    "place_assigned.handed_over": {"reason": "replaced"},
    "place_waiting.handed_over": {"reason": "replaced"},
    "place_released.handed_over": {"reason": "replaced"},
    "waiting_ended.because": {"reason": "plan_changed"},
    "waiting_ended.cancelled": {"reason": "appointment_cancelled", "cancelled": True},
    "desk_assigned.unnamed": {"given_name": "", "family_name": ""},
    "desk_relieved.cancelled": {"cancelled": True},
}
"""What else some kinds of mail may have to say."""


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("kind", [*KINDS, *VARIANTS])
def test_mail_is_as_approved(kind: str, language: str):
    letter = write(kind.partition(".")[0], language, **VARIANTS.get(kind, {}))
    _, file = letter.calendar or ("", "")
    found = {
        "txt": f"{letter.words.subject}\n\n{letter.words.text}",
        "html": letter.words.html,
        "ics": file.replace("\r\n", "\n"),
    }

    for suffix, text in found.items():
        path = GOLDEN / f"{kind}.{language}.{suffix}"
        if os.environ.get("UPDATE_GOLDEN"):
            path.unlink(missing_ok=True)
            if text:
                path.write_text(text, "utf-8")
        assert text == (path.read_text("utf-8") if path.exists() else "")


class _Page(HTMLParser):
    """What matters of a mail's HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.language = ""
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        if tag == "html":
            self.language = given.get("lang") or ""
        self.addresses += [value for name in ("src", "href", "background") if (value := given.get(name))]


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_mail_is_accessible_and_loads_nothing(kind: str, language: str):
    page = _Page(write(kind, language).words.html)

    assert page.language == language
    assert page.tags.count("h1") == 1
    assert not {"img", "script", "link", "form", "iframe"} & set(page.tags)
    assert [one for one in page.addresses if not one.startswith("https://formazione.anci.example/")] == []


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_mail_says_who_writes_and_how_to_get_help(kind: str, language: str):
    words = write(kind, language).words

    for body in (words.text, words.html):
        assert ("Segreteria CO-AliZIONE" if KINDS[kind].about == "staff" else "ANCI") in body
        assert "aiuto@anci.example" in body
    assert words.text.startswith(("Gentile ", "Buongiorno,", "Dear ", "Good day,"))
    assert all(len(line) <= 76 or line.startswith("https://") or ": " in line for line in words.text.splitlines())


@pytest.mark.parametrize(
    ("kind", "page", "purpose", "subject"),
    [
        ("adhesion_received", "/adhesions/confirm/", "confirm-adhesion", ADHESION),
        ("adhesion_confirmed", "/area/", "body-area", CONTACT),
        ("confirmation_missing", "/adhesions/confirm/", "confirm-adhesion", ADHESION),
        ("delegates_missing", "/area/", "body-area", CONTACT),
        ("area_link", "/area/", "body-area", CONTACT),
        ("contact_nominated", "/area/nomination/", "contact-nomination", CONTACT),
        ("mailbox_link", "/area/mailbox/", "body-mailbox", ADHESION),
        ("mailbox_change", "/me/mailbox/", "mailbox-change", DELEGATE),
        ("draft_link", "/adhesions/drafts/", "adhesion-draft", DELEGATE),
        ("own_link", "/me/", "delegate-area", DELEGATE),
        ("delegate_replaced", "/me/", "delegate-area", DELEGATE),
        ("place_assigned", "/me/", "delegate-area", DELEGATE),
        ("place_waiting", "/me/", "delegate-area", DELEGATE),
        ("place_changed", "/me/", "delegate-area", DELEGATE),
        ("place_released", "/me/", "delegate-area", DELEGATE),
        ("staff_invitation", "/staff/invitation/", "staff-invitation", ident("letter")),
        ("staff_password", "/staff/password/reset/", "staff-password", ident("letter")),
    ],
)
def test_link_grants_one_purpose_on_one_subject(kind: str, page: str, purpose: str, subject: UUID):
    found = {*re.findall(r"https://\S+", write(kind).words.text)}
    [address] = [one for one in found if "/receipts/" not in one]
    head, _, token = address.rpartition("/")

    assert head + "/" == "https://formazione.anci.example" + page
    assert read_link_token(SETTINGS.link_secret, purpose, token, START, 60) == str(subject)


@pytest.mark.parametrize("kind", ["certificate_issued", "certificate_reissued", "certificate_revoked"])
def test_certificate_mails_lead_to_the_public_page(kind: str):
    assert "https://formazione.anci.example/V/7KQ2M9XVJ4TRB6WD\n" in write(kind).words.text


def test_nothing_that_a_person_typed_becomes_a_header_or_a_tag():
    letter = write(
        "place_assigned",
        given_name="Eve\r\nBcc: all@example.org",
        family_name="<script>alert(1)</script>",
        title_it="Giornata\nSubject: x\x00\u2028y",
        venue='Sala "A";\r\nATTENDEE:mailto:eve@example.org',
    )
    head = [letter.name, letter.words.subject]
    [event] = Calendar.from_ical((letter.calendar or ("", ""))[1]).events

    assert all(one.isprintable() for one in head)
    assert "<script>" not in letter.words.html
    assert letter.words.subject == "Posto assegnato: Giornata Subject: x y, 18 settembre 2017"
    assert event["attendee"] == "mailto:m.desantis@comune.trani.example"
    assert "\n" not in str(event["location"])


def test_invitation_is_one_that_calendars_understand():
    calendar = Calendar.from_ical((write("place_changed").calendar or ("", ""))[1])
    [event], [zone] = calendar.events, calendar.timezones

    assert str(calendar["method"]) == "REQUEST"
    assert str(event["uid"]) == f"{PLACE}@formazione.anci.example"
    assert (event["sequence"], str(event["status"])) == (2, "CONFIRMED")
    assert event.start == datetime(2017, 9, 18, 7, 0, tzinfo=UTC)
    assert event["dtstart"].params["TZID"] == str(zone["tzid"]) == "Europe/Rome"
    assert str(event["location"]) == "Sala consiliare, Barletta (BT)"
    assert event["organizer"] == "mailto:aiuto@anci.example"


def test_cancellation_has_the_same_uid():
    calendar = Calendar.from_ical((write("place_released", cancelled=True, revision=3).calendar or ("", ""))[1])
    [event] = calendar.events

    assert (str(calendar["method"]), str(event["status"]), event["sequence"]) == ("CANCEL", "CANCELLED", 3)
    assert str(event["uid"]) == f"{PLACE}@formazione.anci.example"


def test_a_day_after_the_clocks_change_keeps_its_hour():
    winter = {"starts_at": datetime(2017, 11, 6, 8, tzinfo=UTC), "ends_at": datetime(2017, 11, 6, 16, tzinfo=UTC)}
    letter = write("place_assigned", **winter)

    assert "lunedì 6 novembre 2017, dalle 9:00 alle 17:00 (ora italiana)" in letter.words.text
    assert "DTSTART;TZID=Europe/Rome:20171106T090000" in (letter.calendar or ("", ""))[1]


def test_a_webinar_is_online():
    webinar = {"kind": "webinar", "host_name": None, "host_province": None, "venue": None}
    base = known("place_assigned", "it")
    assert base.appointment is not None
    for name, value in webinar.items():
        setattr(base.appointment, name, value)

    text = compose(base, SETTINGS, START).words.text

    assert "Dove: In rete" in text
    assert "c’è un posto a Suo nome per il webinar del programma" in text


def test_a_supra_municipal_body_learns_that_it_will_be_reviewed():
    text = write("adhesion_received", "en", body_kind="supra_municipal", body_name="Unione Montana Feltrina").words.text

    assert (
        write("adhesion_received", "en", body_kind="supra_municipal", body_name="Unione Montana Feltrina").words.subject
        == "Please confirm the application of Unione Montana Feltrina"
    )
    assert "goes to the secretariat for review" in " ".join(text.split())


def test_a_cancelled_appointment_is_named_as_such():
    assert write("place_released", cancelled=True).words.subject == (
        "Appuntamento annullato: Giornata formativa 7, 18 settembre 2017"
    )


def test_who_is_written_to_has_the_language_of_the_moment():
    base = known("place_assigned", "it")

    assert compose(base, SETTINGS, START).words.text.startswith("Gentile Maria Grazia De Santis,")
    base.person.language = "en"
    assert compose(replace(base), SETTINGS, START).words.text.startswith("Dear Maria Grazia De Santis,")
