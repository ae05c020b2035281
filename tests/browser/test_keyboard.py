"""Everything by keyboard alone, and with JavaScript off: what is focused is seen, and nothing is out of reach."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.keyboard import enter, type_in
from tests.browser.pages import PUBLIC
from tests.browser.story import DELEGATE_AS_WRITTEN, Story

_NUMBER_WHAT_CAN_BE_USED = """() => {
  const usable = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter(one => one.checkVisibility() && !one.disabled && one.type !== "hidden" && one.tabIndex >= 0
      && !one.closest("details:not([open]) > :not(summary)"));
  const groups = new Set();
  const wanted = usable.filter(one => one.type !== "radio" || !groups.has(one.name) && groups.add(one.name));
  wanted.forEach((one, number) => { one.dataset.number = number; });
  return [wanted.length, wanted.length + document.querySelectorAll("[tabindex='0']").length];
}"""
_FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const label = one.labels?.[0] ? getComputedStyle(one.labels[0]) : style;
  const ringed = [style, label].some(each => each.outlineStyle !== "none" || each.boxShadow !== "none");
  return [one.dataset.number ?? one.name ?? one.tagName, ringed, one.outerHTML.slice(0, 120)];
}"""


@pytest.mark.parametrize("route", [route for route in PUBLIC if route != "/api-reference"])
def test_tab_reaches_whatever_can_be_used_and_shows_where_it_is(story: Story, visit: Visit, route: str) -> None:
    assert story.attested
    story.while_open()
    page = visit(PUBLIC[route](story), javascript=True)
    count, presses = page.evaluate(_NUMBER_WHAT_CAN_BE_USED)
    reached, unseen = set(), []
    for _ in range(presses):
        page.keyboard.press("Tab")
        number, is_seen, html = page.evaluate(_FOCUSED)
        reached.add(number)
        unseen += [] if is_seen else [html]
    page.context.close()
    assert unseen == []
    assert {str(number) for number in range(count)} - reached == set()


def test_the_first_tab_leads_past_the_header(visit: Visit) -> None:
    page = visit("/privacy", javascript=False)
    page.keyboard.press("Tab")
    skip = page.locator(".skiplinks a").first
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_staff_find_an_adhesion_and_log_out_by_keyboard(story: Story, visit: Visit) -> None:
    assert story.joined
    page = visit("/staff/login", javascript=False)
    type_in(page, "#email", story.platform.staff_email)
    type_in(page, "#password", story.platform.staff_password)
    enter(page)
    page.goto("/staff/adhesions")
    type_in(page, "#query", story.joined.protocol)
    enter(page)
    page.locator("tbody a").first.focus()
    enter(page)
    expect(page.locator("h1")).to_contain_text("Ivrea")
    page.locator("form[action$='/logout'] button").focus()
    enter(page)
    expect(page.locator("form[action$='/logout']")).to_have_count(0)


def test_staff_plan_and_publish_by_keyboard_without_javascript(story: Story) -> None:
    page = story.secretary
    page.goto(story.published)
    expect(page.locator("#run-state")).to_have_text("pubblicata")


def test_the_desk_checks_in_by_keyboard_without_javascript_on_a_telephone(story: Story) -> None:
    assert story.attested.checked_in == "Le presenze sono salvate."


def test_anybody_verifies_a_certificate_by_keyboard(story: Story, visit: Visit) -> None:
    page = visit("/verify", javascript=False)
    type_in(page, "#code", story.attested.public_code)
    enter(page)
    type_in(page, "#name", DELEGATE_AS_WRITTEN)
    enter(page)
    expect(page.locator("main")).to_contain_text(DELEGATE_AS_WRITTEN)
