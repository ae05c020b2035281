"""An administrator without JavaScript: the dashboard on a telephone, and another programme from a copy to its page."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.story import Story


def test_the_dashboard_without_javascript_on_a_telephone(story: Story, visit: Callable[..., Page]) -> None:
    assert story.joined
    page = story.log_in(visit("/staff/login", width=320, javascript=False))
    regions = page.get_by_role("img", name="Comuni che hanno aderito, per regione")
    expect(regions).to_be_visible()
    expect(regions).to_contain_text("Piemonte")
    page.locator("summary", has_text="per regione").click()
    table = page.get_by_role("table", name="Comuni che hanno aderito, per regione")
    expect(table.get_by_role("row", name=re.compile("^Italia"))).to_contain_text("6")
    page.get_by_role("link", name="per giorno").click()
    expect(page.get_by_role("link", name="per giorno")).to_have_attribute("aria-current", "true")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator("summary", has_text="Partecipanti per ruolo e genere").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Scarica in CSV.*ruolo e genere")).click()
    assert download.value.suggested_filename == f"{story.programme['code']}-delegates.csv"


def test_another_programme_is_opened_and_changed_without_javascript(story: Story, visit: Callable[..., Page]) -> None:
    story.while_open()
    page = story.log_in(visit("/staff/login", javascript=False))
    page.goto(f"/staff/programmes/new?copy={story.programme['code']}")
    page.get_by_role("button", name="Salva la bozza").click()
    expect(page.locator("#code-error")).to_be_visible()
    page.fill("#code", "lingua-2018")
    page.fill("#protocol_prefix", "LI")
    page.fill("#title_it", "Lingua e scuola")
    page.get_by_role("button", name="Salva la bozza").click()
    expect(page.locator("h1")).to_have_text("Lingua e scuola")
    assert visit("/programmes/lingua-2018", javascript=False).locator("h1").inner_text() == "Pagina non trovata"

    page.get_by_role("link", name="Vedi la pagina pubblica").click()
    expect(page.locator(".notice-title").first).to_have_text("Questa è una bozza")
    page.go_back()
    page.get_by_role("button", name="Pubblica il programma").click()
    expect(page.locator(".notice-title").first).to_have_text("Il programma è pubblico.")
    assert visit("/programmes/lingua-2018", javascript=False).locator("h1").inner_text() == "Lingua e scuola"

    page.get_by_role("link", name="Modifica", exact=True).click()
    page.fill("#day_capacity", "80")
    page.get_by_role("button", name="Vedi che cosa cambia").click()
    expect(page.locator(".differences")).to_contain_text("80")
    page.get_by_role("button", name="Esegui la modifica").click()
    expect(page.locator(".notice-title").first).to_have_text("Il programma è modificato.")
    expect(page.locator(".history li").first).to_contain_text("Posti per giornata formativa")

    page.get_by_role("link", name="Chiudi ora le adesioni").click()
    page.get_by_role("button", name="Chiudi ora le adesioni").click()
    expect(page.locator(".page-head")).to_contain_text("chiuso")
