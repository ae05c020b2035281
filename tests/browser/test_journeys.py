"""What people come for, done as they do it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.story import CONTACT_EMAIL, DELEGATE, DELEGATE_AS_WRITTEN, DELEGATE_EMAIL, Story


def test_a_clerk_joins_by_keyboard_without_javascript(story: Story) -> None:
    assert re.fullmatch(r"CO-2017-\d{6}", story.joined.protocol)
    assert story.joined.confirmation == "Il tuo ente ha aderito"


def test_opening_the_mailed_link_confirms_nothing(story: Story, visit: Visit) -> None:
    assert story.joined
    page = visit(story.link("adhesion_received", CONTACT_EMAIL, "adhesions/confirm/"))
    expect(page.get_by_role("button", name="Conferma")).to_be_visible()


def test_suggestions_follow_the_typing(story: Story, visit: Visit) -> None:
    story.while_open()
    page = visit(story.form)
    page.locator("label[for=consent]").click()
    page.locator("button.btn-primary[value=next]").click()
    page.locator("#query").press_sequentially("bolzano/b")
    page.locator("#query").fill("bozen")
    page.get_by_role("button", name="Bolzano").click()
    expect(page.locator("h3")).to_contain_text("Bolzano")


def test_a_body_outside_the_band_is_told_why_at_once(story: Story, visit: Visit) -> None:
    story.while_open()
    page = visit(story.form, language="en", javascript=False)
    page.locator("label[for=consent]").click()
    page.locator("button.btn-primary[value=next]").click()
    page.fill("#query", "agliè")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Agliè").click()
    expect(page.locator(".notice-bad")).to_contain_text("It has 2,558 inhabitants (figure of 2023)")
    assert page.locator("button.btn-primary[value=next]").count() == 0


def test_what_was_written_stays_when_something_is_wrong(story: Story, visit: Visit) -> None:
    story.while_open()
    page = visit(story.form, javascript=False)
    page.locator("label[for=consent]").click()
    page.locator("button.btn-primary[value=next]").click()
    page.fill("#query", "alba")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Alba Cuneo").click()
    page.locator("button.btn-primary[value=next]").click()
    page.fill("#contact-given_name", "Lucia")
    page.fill("#contact-email", "nowhere")
    page.get_by_role("button", name="Aggiungi un altro partecipante").click()
    page.fill("#delegates-1-given_name", "Paolo")
    page.locator("button.btn-primary[value=next]").click()
    expect(page.locator("#errors")).to_contain_text("Referente, E-mail")
    page.get_by_role("link", name="Referente, E-mail").click()
    expect(page.locator("#contact-email")).to_be_focused()
    assert page.input_value("#contact-given_name") == "Lucia"
    assert page.input_value("#contact-email") == "nowhere"
    assert page.input_value("#delegates-0-given_name") == "Paolo"


def test_the_contact_adds_and_withdraws_a_delegate(story: Story, visit: Visit) -> None:
    assert story.joined
    story.while_open()
    page = story.enter(visit(javascript=False), CONTACT_EMAIL, "area/")
    assert page.url.endswith("/area")
    page.locator("#add summary").click()
    page.fill("#delegate-given_name", "Paolo")
    page.fill("#delegate-family_name", "Neri")
    page.fill("#delegate-email", "paolo.neri@comune.ivrea.example")
    page.select_option("#delegate-role", "manager")
    page.get_by_role("button", name="Aggiungi il partecipante").click()
    expect(page.get_by_role("heading", name="Paolo Neri")).to_be_visible()
    page.get_by_role("link", name="Ritira Paolo Neri").click()
    page.get_by_role("button", name="Ritira").click()
    page.wait_for_url("**done=delegate_withdrawn")
    assert page.get_by_role("heading", name="Paolo Neri").count() == 0


def test_a_new_link_is_promised_in_the_same_words_to_everybody(story: Story, visit: Visit) -> None:
    assert story.joined
    said = []
    for address in (CONTACT_EMAIL, "nobody@nowhere.example"):
        page = visit("/area/request", javascript=False)
        page.fill("#email", address)
        page.get_by_role("button", name="Inviami un nuovo link").click()
        said.append(page.locator("main").inner_text())
    assert said[0] == said[1]
    assert story.link("area_link", CONTACT_EMAIL, "area/")


def test_staff_plan_watch_and_publish(story: Story) -> None:
    page = story.secretary
    page.goto(story.published)
    expect(page.locator("h1 + span")).to_have_text("pubblicata")
    days = page.locator(".map-dot").count()
    assert days == page.locator("tr[id^='day-']").count()
    page.locator("#day-1 a").click()
    expect(page.locator("h1")).to_have_text("Chi va dove")
    assert page.locator("tbody tr").count() > 0
    page.goto("/staff/appointments")
    assert page.locator("tbody tr").count() >= days


def test_a_planning_that_goes_on_shows_its_end_by_the_servers_events(story: Story) -> None:
    """With JavaScript the page does not reload itself until it hears of the end."""
    assert story.published
    page = story.secretary
    page.goto("/staff/planning")
    page.select_option("#seconds", "5")
    page.locator("main .panel-call button").click()
    page.wait_for_url("**/staff/planning/*")
    page.locator("a[href$='/publish']").wait_for(timeout=90_000)
    expect(page.locator("#run-state")).to_have_text("pronta")


def test_the_plan_is_on_the_public_page(story: Story, visit: Visit) -> None:
    assert story.published
    page = visit(f"/programmes/{story.programme['code']}")
    assert page.locator("#appointments ~ .table-scroll tbody tr").count() >= 1


def test_a_delegate_sees_the_own_place_and_certificate(story: Story, visit: Visit) -> None:
    assert story.attested
    story.while_invited()
    page = story.enter(visit(language="en", javascript=False), DELEGATE_EMAIL, "me/")
    expect(page.locator("h1")).to_have_text(DELEGATE_AS_WRITTEN)
    expect(page.locator(".places")).to_contain_text("attended: 8\u00a0h")
    expect(page.locator(".certificate")).to_contain_text(story.attested.number)


def test_anybody_verifies_a_certificate(story: Story, visit: Visit) -> None:
    page = visit("/verify", javascript=False)
    page.fill("#code", story.attested.public_code)
    page.get_by_role("button", name="Verifica").click()
    expect(page.locator(".notice-good")).to_contain_text("autentico e valido")
    assert "Aloisio" not in page.locator("main").inner_text()
    page.fill("#name", "anna chiara d'aloisio")
    page.get_by_role("button", name="Confronta").click()
    expect(page.locator("main")).to_contain_text(DELEGATE_AS_WRITTEN)
    assert "aloisio" not in page.url.casefold()


def test_an_unknown_code_has_the_same_page(visit: Visit) -> None:
    page = visit("/V/ZZZZZZZZZZ", language="en")
    expect(page.locator(".notice-bad")).to_contain_text("We know no certificate with this code")
    assert page.locator("meta[name=robots]").get_attribute("content") == "noindex"


def test_staff_correct_a_closed_appointment_with_a_reason(story: Story) -> None:
    page = story.secretary
    page.goto(f"/staff/appointments/{story.attested.appointment_id}")
    page.select_option("#delegate_id", label=DELEGATE)
    page.fill("#minutes", "480")
    page.get_by_role("button", name="Correggi").click()
    expect(page.locator("#errors")).to_contain_text("Motivo")
    page.fill("#reason", "Foglio firme letto male")
    page.get_by_role("button", name="Correggi").click()
    page.wait_for_url("**done=attendance_corrected")


def test_staff_download_the_document(story: Story) -> None:
    answer = story.secretary.request.get(f"/staff/certificates/{story.attested.certificate_id}/document")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")
