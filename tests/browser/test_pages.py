"""Every page, in both languages, narrow and wide: no violation of WCAG 2.2 AA, nothing from elsewhere, no overflow."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.browser.story import CONTACT_EMAIL, DELEGATE_EMAIL, Story

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LANGUAGES = ("it", "en")
WIDTHS = (320, 1280)
PLAIN = (
    *("privacy", "accessibility", "legal-notes", "contacts", "verify", "area/request", "staff/login"),
    "nothing-here",
)


def faults(page: Page) -> dict[str, list[str]]:
    """What is wrong with the page that is shown, by kind; kinds without a fault are left out."""
    violations = Axe().run(page, options=RULES).response["violations"]
    host = urlsplit(page.url).netloc
    loaded = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    styled = page.evaluate("document.querySelectorAll('main [style], style, script:not([src])').length")
    found = {
        "axe": [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in violations],
        "from elsewhere": [url for url in loaded if urlsplit(url).netloc not in (host, "")],
        "wider than the screen": [page.url] if wide else [],
        "inline styles or scripts": [page.url] if styled else [],
    }
    return {kind: what for kind, what in found.items() if what}


class Tour:
    """One visitor's way through pages, which remembers what was wrong where."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: dict[str, dict[str, list[str]]] = {}

    def look(self, name: str) -> None:
        if wrong := faults(self.page):
            self.found[name] = wrong

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


def test_public_pages(story: Story, tour: Tour) -> None:
    code, attested = story.programme["code"], story.attested
    tour.go("home", "/")
    for name in PLAIN:
        tour.go(name, f"/{name}")
    tour.go("programme", f"/programmes/{code}")
    tour.go("received", f"/programmes/{code}/adhesion/received?protocol=CO-2017-000001")
    tour.go("closed", f"/programmes/{code}/adhesion")
    tour.go("known", f"/verify/{attested.public_code}")
    tour.go("unknown", "/verify/unknown")
    story.while_invited()
    tour.go("delegate", story.link("place_assigned", DELEGATE_EMAIL, "me/"))
    tour.go("dead link", "/me/dead")
    assert tour.found == {}


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
    tour.go("door", story.joined.area_link)
    tour.press("area", "main button")
    tour.go("withdraw", "/area/withdraw")
    tour.go("area", "/area")
    tour.press("withdraw a delegate", "a[href*='/area/delegates/']")
    tour.go("area", "/area")
    tour.page.locator("#add summary").click()
    tour.press("delegate refused", "#add button")
    tour.go("another door", "/area/dead")
    tour.press("dead link", "main button")
    assert tour.found == {}


def test_staff_pages(story: Story, tour: Tour) -> None:
    attested, page = story.attested, story.log_in(tour.page)
    for name in ("", "/adhesions", "/planning", "/appointments", "/certificates", "/messages"):
        tour.go(f"staff{name}", f"/staff{name}")
    tour.go("plan", story.published)
    tour.go("closed appointment", f"/staff/appointments/{attested.appointment_id}")
    tour.go("revoke", f"/staff/certificates/{attested.certificate_id}/revoke")
    tour.press("revoke refused", "main form button")
    tour.go("staff/adhesions", "/staff/adhesions")
    tour.press("adhesion", "tbody a")
    page.goto("/staff/appointments?kind=training_day&state=scheduled")
    if page.locator("tbody a").count():
        tour.press("appointment to come", "tbody a")
    tour.go("staff, missing", "/staff/adhesions/00000000-0000-0000-0000-000000000000")
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
    assert story.published
    page = visit(f"/programmes/{story.programme['code']}")
    page.wait_for_load_state("networkidle")
    weight = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".reduce((sum, one) => sum + one.transferSize, 0)"
    )
    assert 0 < weight <= 100_000
