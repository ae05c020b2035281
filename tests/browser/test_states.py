"""States that only a form leads to: every form with its errors shown, questions before something is done, the steps of
a log-in, the desk's own pages. The same faults are looked for as on every page.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Response

from tests.browser.authenticator import Authenticator
from tests.browser.pages import IN_AREA, OWN, PUBLIC, STAFF, To
from tests.browser.story import API, SECRETARY_EMAIL, Story
from tests.browser.test_pages import Tour
from tests.browser.test_pages import tour as tour

_FORMS = """() => [...document.querySelectorAll("main form[method=post]")]
  .map((form, number) => [number, form.querySelectorAll("[required]").length])
  .filter(([, required]) => required).map(([number]) => number)"""
"""The forms that have something to fill in, by their number."""
_EMPTY = """number => {
  const form = document.querySelectorAll("main form[method=post]")[number];
  form.closest("details")?.setAttribute("open", "");
  for (const one of form.querySelectorAll("[required]")) {
    if (one.type === "checkbox" || one.type === "radio") one.checked = false; else one.value = "";
  }
  form.noValidate = true;
  form.requestSubmit(form.querySelector("button:not(.default-button)[type=submit]"));
}"""
REFUSED = {400, 401, 409, 422}


def refuse_all(tour: Tour, story: Story, pages: dict[str, To]) -> dict[str, int]:
    """Send every form of these pages with nothing in the fields that are required: who was not refused, and how."""
    taken = {}
    for route, to in pages.items():
        tour.page.goto(to(story))
        for number in tour.page.evaluate(_FORMS):
            tour.page.goto(to(story))
            answer = _send(tour.page, number)
            tour.look(f"{route}, form {number} refused")
            if answer.status not in REFUSED:
                taken[f"{route}, form {number}"] = answer.status
    return taken


def _send(page: Page, number: int) -> Response:
    with page.expect_navigation() as going:
        page.evaluate(_EMPTY, number)
    answer = going.value
    assert answer is not None
    return answer


def test_public_forms_with_their_errors(story: Story, tour: Tour) -> None:
    assert story.attested
    story.while_open()
    assert refuse_all(tour, story, PUBLIC) == {"/verify/<code>, form 0": 200}  # no name: nothing is compared
    for door in ("invitation", "password"):
        address = story.doors[door]
        tour.page.goto(address)
        _send(tour.page, tour.page.evaluate(_FORMS)[0])
        tour.look(f"{door} refused")
    assert tour.found == {}


def test_forms_of_a_bodys_area_with_their_errors(story: Story, tour: Tour) -> None:
    assert story.attested
    story.while_open()
    story.enter_area(tour.page)
    assert refuse_all(tour, story, IN_AREA) == {}
    assert tour.found == {}


def test_forms_of_a_delegate_with_their_errors(story: Story, tour: Tour) -> None:
    assert story.attested
    story.while_invited()
    story.enter_own(tour.page)
    assert refuse_all(tour, story, OWN) == {}
    assert tour.found == {}


def test_forms_of_staff_with_their_errors(story: Story, tour: Tour) -> None:
    assert story.attested
    story.while_open()
    story.log_in(tour.page)
    assert refuse_all(tour, story, STAFF) == {}
    assert tour.found == {}


def test_questions_before_something_is_done(story: Story, tour: Tour) -> None:
    attested, page = story.attested, tour.page
    assert story.bounced
    story.log_in(page)
    tour.go("programme's editor", f"/staff/programmes/{story.programme['code']}/edit")
    page.fill("#day_capacity", str(int(page.input_value("#day_capacity")) + 1))
    tour.press("what a change does", "main form button.btn-primary")
    assert page.locator(".differences").count() == 1

    tour.go("mails that came back", "/staff/messages?state=bounced")
    tour.press("no mail chosen", "#many button[value=resend]")
    page.goto("/staff/messages?state=bounced")
    page.locator("label[for=which]").click()
    tour.press("to send mails again", "#many button[value=resend]")
    assert page.locator("form[action$='/messages/decisions'] button[value=resend]").count() == 1

    tour.go("adhesions", "/staff/adhesions")
    page.select_option("#action", "withdraw")
    tour.press("nothing chosen, no reason", "main form[action$='/staff/bulk'] button.btn-primary")
    page.goto("/staff/adhesions")
    page.locator("label[for=which-all]").click()
    page.select_option("#action", "remind")
    tour.press("what a bulk action does", "main form[action$='/staff/bulk'] button.btn-primary")
    assert re.search(r"/staff/bulk/[0-9a-f-]{36}$", page.url)

    tour.go("an appointment's desk", f"/staff/appointments/{_coming(story)}")
    tour.press("nobody chosen for the desk", "section[aria-labelledby=desk] form:last-of-type button.btn-primary")
    tour.go("closed appointment", f"/staff/appointments/{attested.appointment_id}")
    tour.press("correction refused", "section[aria-labelledby=correct] button")
    tour.go("second factor", "/staff/second-factor")
    if page.locator("main form[action$='/second-factor']").count():
        tour.press("second factor begun", "main form[action$='/second-factor'] button")
    tour.press("second factor not confirmed", "main form[action$='/confirmation'] button")
    tour.go("tokens", "/staff/tokens")
    page.fill("#name", "Report")
    page.locator("main .form-check label").first.click()
    tour.press("the new token", "main form[action$='/tokens'] button.btn-primary")
    assert tour.found == {}


def _coming(story: Story) -> str:
    """An appointment that is not closed."""
    token = story.staff_token()
    asked = {"programme_id": story.programme["programme_id"], "state": "scheduled", "kind": "training_day"}
    return str(story.api.get(f"{API}/appointments", token, **asked)["items"][0]["id"])


def test_the_steps_of_a_log_in(story: Story, tour: Tour) -> None:
    page = tour.page
    story.while_open()
    story.without_second_factor(story.secretary_account)
    tour.go("log-in", "/staff/login")
    page.fill("#email", SECRETARY_EMAIL)
    page.fill("#password", "a wrong password")
    tour.press("log-in refused", "main form button")
    story.log_in(page, SECRETARY_EMAIL)
    assert page.url.endswith("/staff/login/enrol")
    tour.look("enrolment")
    held = Authenticator(page.locator("main code").first.inner_text().replace(" ", ""), [])
    page.fill("#code", "1")
    tour.press("enrolment refused", "main form button")
    page.fill("#code", held.code())
    tour.press("recovery codes", "main form button")
    held.recovery_codes = page.locator("main li code").all_inner_texts()
    assert len(held.recovery_codes) == 10
    tour.go("second factor in force", "/staff/second-factor")
    for place in ("recovery-codes", "removal"):
        if page.locator(f"form[action$='/{place}']").count():
            page.goto("/staff/second-factor")
            page.locator(f"form[action$='/{place}'] [name=code]").fill("1")
            tour.press(f"{place} refused", f"form[action$='/{place}'] button")
    page.locator("form[action$='/logout'] button").click()
    story.log_in(page, SECRETARY_EMAIL)
    assert page.url.endswith("/staff/login/code")
    tour.look("second step")
    page.fill("#code", "1")
    tour.press("second step refused", "main form button")
    page.fill("#code", held.code())
    tour.press("in", "main form button")
    assert page.url.endswith("/staff")
    assert tour.found == {}


def test_the_pages_of_the_desk(story: Story, tour: Tour) -> None:
    there = f"/staff/appointments/{story.attested.appointment_id}"
    story.log_in_at_the_desk(tour.page)
    tour.look("my appointments")
    tour.go("my past appointments", "/staff?past=yes")
    tour.go("my closed appointment", there)
    assert tour.page.locator("section").count() == 0  # nothing there is for the desk to decide
    coming = _coming(story)
    tour.go("another's appointment", f"/staff/appointments/{coming}")
    assert tour.page.locator(".error-status").inner_text() == "404"
    assigned = {"account_ids": [story.desk_account], "appointment_ids": [coming]}
    story.api.post(f"{API}/desk-assignments", assigned, story.staff_token())
    tour.go("my coming appointment", f"/staff/appointments/{coming}")
    tour.go("my appointments, with one to come", "/staff")
    story.api.send("DELETE", f"{API}/appointments/{coming}/desk/{story.desk_account}", token=story.staff_token())
    assert tour.found == {}


@pytest.mark.parametrize("path", ["/staff/login/code", "/staff/login/enrol"])
def test_who_is_not_between_the_steps_is_led_to_the_first(story: Story, tour: Tour, path: str) -> None:
    tour.page.goto(path)
    assert tour.page.url.endswith("/staff/login")
