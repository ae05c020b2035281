"""The secretary's way through the adhesions without JavaScript: find, correct, note, take away, act on several."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.story import Story


def test_a_secretary_finds_corrects_notes_and_acts_on_several_without_javascript(story: Story, visit: Visit) -> None:
    protocol = story.joined.protocol
    page = visit("/staff/login?next=/staff/adhesions", javascript=False)
    page.fill("[name=email]", story.platform.staff_email)
    page.fill("[name=password]", story.platform.staff_password)
    page.locator("main button[type=submit]").click()

    page.fill("#query", protocol)
    page.get_by_role("button", name="Filtra").click()
    expect(page.locator(".result-count")).to_have_text("Una adesione")
    page.locator("tbody th a").click()

    page.get_by_role("link", name="Correggi i dati").click()
    page.fill("#contact-phone", "0125 4101")
    page.get_by_role("button", name="Salva la correzione").click()
    expect(page.locator("#errors")).to_contain_text("Motivo")
    page.fill("#reason", "Come da telefonata")
    page.get_by_role("button", name="Salva la correzione").click()
    expect(page.locator("main")).to_contain_text("Come da telefonata")
    expect(page.locator("main")).to_contain_text("→ 0125 4101")

    page.fill("#text", "Richiama lunedì")
    page.get_by_role("button", name="Salva la nota").last.click()
    expect(page.locator("article")).to_contain_text("Richiama lunedì")

    page.goto("/staff/adhesions")
    page.fill("#query", protocol)
    page.get_by_role("button", name="Filtra", exact=True).click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Adesioni, CSV").click()
    assert protocol in taken.value.path().read_text("utf-8-sig")

    page.locator("label[for=which-all]").click()
    page.select_option("#action", "withdraw")
    page.get_by_role("button", name="Anteprima").click()
    expect(page.locator("#errors")).to_contain_text("Motivo")
    page.fill("#reason", "Solo una prova")
    page.get_by_role("button", name="Anteprima").click()
    expect(page.locator(".notice-title")).to_have_text("Riguarderà una adesione")
    page.get_by_role("link", name="Torna all'elenco").click()
    expect(page.locator("h1")).to_have_text("Adesioni")
