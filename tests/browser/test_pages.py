"""Every page, in both languages, narrow and wide: no violation of WCAG 2.2 AA, nothing from elsewhere, no overflow."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.browser.faults import OF_OTHERS, faults, faults_of_others, route_of
from tests.browser.pages import BETWEEN, IN_AREA, LINKED, OWN, PAGES, PUBLIC, ROUTES, STAFF
from tests.browser.story import CONTACT_EMAIL, Story

LANGUAGES = ("it", "en")
WIDTHS = (320, 1280)
WEIGHT = (
    "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
    ".reduce((sum, one) => sum + one.transferSize, 0)"
)
"""Bytes over the wire, headers included, of the page and of all that it loads."""
STATES = {
    "missing": "/nothing-here",
    "closed": "{form}",
    "unknown certificate": "/verify/ZZZZZZZZZZ",
    "dead link": "/me/dead",
    "log-in": "/staff/sessions",
}
"""What else public addresses show, on the day after publication."""
REDOC = "**/redoc*.js*"
"""What draws the API reference, for seconds: ``test_the_api_reference_as_it_is_drawn`` waits for it."""


class Tour:
    """One visitor's way through pages, which remembers what was wrong where."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: dict[str, dict[str, list[str]]] = {}
        self.titles: dict[str, set[str]] = {}

    def look(self, name: str) -> None:
        if wrong := faults(self.page):
            self.found[name] = wrong
        self.titles.setdefault(self.page.title(), set()).add(route_of(self.page.url))

    def twice(self) -> dict[str, set[str]]:
        """Titles that several pages have; a preview is the public page, as it will look."""
        several = {title: routes - {"/staff/programmes/<code>/preview"} for title, routes in self.titles.items()}
        return {title: routes for title, routes in several.items() if len(routes) > 1}

    def go(self, name: str, path: str) -> None:
        self.page.goto(path)
        self.look(name)

    def press(self, name: str, button: str) -> None:
        with self.page.expect_navigation():
            self.page.locator(button).first.click()
        self.look(name)


@pytest.fixture(params=[(width, language) for width in WIDTHS for language in LANGUAGES], ids=lambda one: f"{one}")
def tour(request: pytest.FixtureRequest, visit: Visit) -> Tour:
    width, language = request.param
    return Tour(visit("/", width=width, language=language))


def test_every_route_that_shows_a_page_is_among_the_pages() -> None:
    assert set(PAGES) | BETWEEN == ROUTES


def test_public_pages(story: Story, tour: Tour) -> None:
    assert story.attested
    story.while_open()
    tour.page.route(REDOC, lambda route: route.abort())  # else it is a matter of luck how much of it is drawn in time
    for route, to in (PUBLIC | LINKED).items():
        tour.go(route, to(story))
    tour.page.unroute(REDOC)
    story.while_invited()
    assert tour.twice() == {}
    for name, path in STATES.items():
        tour.go(name, path.format(form=story.form))
    assert tour.found == {}


def test_the_api_reference_as_it_is_drawn(visit: Visit) -> None:
    page = visit("/api-reference", language="en")
    page.locator(f"{OF_OTHERS} [data-section-id]").last.wait_for(state="attached", timeout=120_000)
    assert faults_of_others(page) == []
    page.context.close()


def test_the_pages_of_a_bodys_area(story: Story, tour: Tour) -> None:
    assert story.attested
    story.while_open()
    story.enter_area(tour.page)
    for route, to in IN_AREA.items():
        tour.go(route, to(story))
    assert tour.found == {}
    assert tour.twice() == {}


def test_the_pages_of_a_delegate(story: Story, tour: Tour) -> None:
    assert story.attested
    story.while_invited()
    story.enter_own(tour.page)
    for route, to in OWN.items():
        tour.go(route, to(story))
    assert tour.found == {}
    assert tour.twice() == {}


def test_the_pages_of_staff(story: Story, tour: Tour) -> None:
    assert story.attested
    story.while_open()
    story.log_in(tour.page)
    for route, to in STAFF.items():
        tour.go(route, to(story))
    assert tour.found == {}
    assert tour.twice() == {}


def test_every_step_of_the_adhesion_and_its_refusals(story: Story, tour: Tour) -> None:
    assert story.attested
    story.while_open()
    on = "button.btn-primary[value=next]"
    tour.go("notice", story.form)
    tour.press("notice refused", on)
    tour.page.locator("label[for=consent]").click()
    tour.press("body", on)
    tour.press("supra-municipal", "button[value='other:supra_municipal']")
    tour.press("supra-municipal refused", on)
    tour.press("body again", "button[value='other:municipality']")
    for name, query in (("too small", "agliè"), ("joined already", "ivrea"), ("may join", "alba")):
        tour.page.fill("#query", query)
        tour.press(f"results for {query}", "button.btn[value=search]")
        tour.press(name, ".result")
        if name != "may join":
            tour.press("body again", "button[value='other:municipality']")
    if tour.page.locator(on).count() == 0:
        pytest.fail("the first body called Alba may not join")
    tour.press("people", on)
    tour.press("people, another row", "button[value=add]")
    tour.press("people refused", on)
    for field in ("contact-given_name", "contact-family_name", "legal_representative-given_name"):
        tour.page.fill(f"#{field}", "Ada")
    tour.page.fill("#legal_representative-family_name", "Conti")
    tour.page.fill("#contact-email", "ada@comune.alba.example")
    tour.page.locator("label[for^='topic-']").first.click()
    tour.press("summary", on)
    assert tour.found == {}


def test_the_pages_behind_a_mailed_link(story: Story, tour: Tour) -> None:
    assert story.attested
    story.while_open()
    tour.go("confirm", story.link("adhesion_received", CONTACT_EMAIL, "adhesions/confirm/"))
    tour.press("confirmed", "main button")
    address = story.fresh_link(CONTACT_EMAIL, "area/")
    tour.go("door", address)
    tour.press("area", "main button")
    tour.go("door again", address)
    tour.press("used link", "main button")
    tour.press("a new link is on its way", "main .panel-call button")
    tour.go("withdraw", "/area/withdraw")
    tour.go("area", "/area")
    tour.press("withdraw a delegate", "a[href*='/area/delegates/']")
    tour.go("area", "/area")
    tour.page.locator("#add summary").click()
    tour.press("delegate refused", "#add button")
    tour.go("another door", "/area/dead")
    tour.press("dead link", "main button")
    assert tour.found == {}


def test_states_of_staff_pages(story: Story, tour: Tour) -> None:
    attested, page = story.attested, story.log_in(tour.page)
    tour.go("revoke", f"/staff/certificates/{attested.certificate_id}/revoke")
    tour.press("revoke refused", "main form button")
    page.goto("/staff/appointments?kind=training_day&state=scheduled")
    if page.locator("tbody a").count():
        tour.press("appointment to come", "tbody a")
    tour.go("staff, missing", "/staff/adhesions/00000000-0000-0000-0000-000000000000")
    tour.go("no adhesions", "/staff/adhesions?state=rejected&region=Molise")
    tour.go("words in the address", "/staff/adhesions?query=nothing-like-this")
    tour.go("words in the address of certificates", "/staff/certificates?query=nothing-like-this")
    assert tour.found == {}


def test_the_page_says_its_language_and_remembers_the_choice(visit: Visit) -> None:
    page = visit("/contacts", language="it")
    assert page.locator("html").get_attribute("lang") == "it"
    page.locator("a[hreflang=en]").click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").inner_text() == "Training for those who run our towns"


def test_static_files_are_kept_for_ever_and_named_by_their_content(visit: Visit) -> None:
    page = visit("/")
    for address in page.locator("link[rel=stylesheet]").evaluate_all("all => all.map(one => one.href)"):
        answer = page.request.get(address)
        assert re.search(r"\?v=[0-9a-f]{12}$", address)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_a_public_page_weighs_less_than_100_kb(story: Story, visit: Visit) -> None:
    assert story.attested
    story.while_open()
    weights = {}
    for route, to in PUBLIC.items():
        page = visit(to(story))
        page.wait_for_load_state("networkidle")
        weights[route] = page.evaluate(WEIGHT)
        page.context.close()
    print(weights)
    assert weights.pop("/api-reference") > 0  # Redoc's program alone weighs more; it is for people who write programs
    assert {route: weight for route, weight in weights.items() if not 0 < weight <= 100_000} == {}


def test_a_receipt_and_a_plan_print_without_the_furniture(story: Story, visit: Visit) -> None:
    pages = [visit(f"/receipts/{story.attested.receipt_hash}"), story.log_in(visit("/staff/login"))]
    pages[1].goto(f"{story.published}/bodies")
    for page in pages:
        page.emulate_media(media="print")
        assert page.locator("h1").is_visible()
        assert [page.locator(part).first.is_visible() for part in (".site-nav", ".site-footer", ".actions")] == [
            False
        ] * 3
    pages[1].locator("table").wait_for(state="visible")
