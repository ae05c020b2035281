"""The town hall clerk in a real browser: a list, an interruption, another computer, a receipt."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.story import Story
from tests.browser.test_pages import LANGUAGES, WIDTHS, Tour

ON = "button.btn-primary[value=next]"
ROWS = "Nome\tCognome\tE-mail\tRuolo\nAda\tConti\tada.conti@comune.example\tSindaca\nBruno\tSala\tbruno@comune\tcapo\n"


def to_the_people(page: Page, body: str) -> None:
    page.locator("label[for=consent]").click()
    page.locator(ON).click()
    page.fill("#query", body)
    page.keyboard.press("Enter")
    page.locator(".result").first.click()
    page.locator(ON).click()


def press(page: Page, selector: str) -> None:
    """By keyboard alone."""
    page.locator(selector).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_pasted_list_is_told_row_by_row_and_its_good_rows_are_taken_by_keyboard(
    story: Story, visit: Visit, javascript: bool
) -> None:
    story.while_open()
    page = visit(story.form, javascript=javascript)
    to_the_people(page, "alba")
    page.locator("#list summary").focus()
    page.keyboard.press("Enter")
    page.locator("#list-text").focus()
    page.keyboard.insert_text(ROWS)
    press(page, "button[value=list]")
    told = page.locator("#list tbody tr").all_inner_texts()
    assert [row.split("\t")[:3] for row in told] == [["3", "E-mail", "bruno@comune"], ["3", "Ruolo", "capo"]]
    assert page.locator("#delegates-1-email").count() == 0
    press(page, "button[value=take]")
    assert page.input_value("#delegates-0-email") == "ada.conti@comune.example"
    assert page.locator("#delegates-1-email").count() == 0


def test_the_template_comes_back_filled_in(story: Story, visit: Visit, tmp_path: Path) -> None:
    story.while_open()
    page = visit(story.form)
    to_the_people(page, "alba")
    page.locator("#list summary").click()
    with page.expect_download() as download:
        page.locator("#list a").click()
    assert download.value.suggested_filename == "partecipanti.xlsx"
    filled = tmp_path / "elenco.csv"
    filled.write_text(ROWS.replace("bruno@comune\tcapo", "bruno@comune.example\tdirigente"), encoding="utf-16")
    page.set_input_files("#list-file", filled)
    page.locator("button[value=list]").click()
    expect(page.locator("#delegates-1-role")).to_have_value("manager")


def test_a_form_that_is_put_aside_is_sent_from_another_computer_and_has_a_receipt(story: Story, visit: Visit) -> None:
    story.while_open()
    writer = "ufficio@comune.santangelo.example"
    page = visit(story.form, javascript=False)
    to_the_people(page, "santangelo lodigiano")
    page.fill("#contact-given_name", "Lucia")
    page.get_by_role("button", name="Salva e riprendi più tardi").click()
    page.fill("#email", writer)
    page.get_by_role("button", name="Salva e inviami il collegamento").click()
    expect(page.locator("h1")).to_have_text("La scheda è messa da parte")

    page = visit(story.link("draft_link", writer, "adhesions/drafts/"), javascript=False)
    page.get_by_role("button", name="Riprendi").click()
    assert page.input_value("#contact-given_name") == "Lucia"
    page.fill("#contact-family_name", "Bassi")
    page.fill("#contact-email", writer)
    page.fill("#legal_representative-given_name", "Ugo")
    page.fill("#legal_representative-family_name", "Riva")
    page.locator("label[for^='topic-']").first.click()
    page.locator(ON).click()
    expect(page.locator("main")).to_contain_text("Sant'Angelo Lodigiano")
    page.locator(ON).click()
    expect(page.locator(".protocol strong")).to_have_text(re.compile(r"CO-2017-\d{6}"))
    document = page.get_by_role("link", name="Ricevuta in PDF").get_attribute("href")
    answer = page.request.get(str(document))
    assert (answer.headers["content-type"], answer.body()[:5]) == ("application/pdf", b"%PDF-")
    page.get_by_role("link", name="Vedi la ricevuta").click()
    expect(page.locator(".notice-good")).to_contain_text("La ricevuta è integra")
    assert "Bassi" not in page.locator("main").inner_text()

    page = visit(story.link("draft_link", writer, "adhesions/drafts/"), javascript=False)
    page.get_by_role("button", name="Riprendi").click()
    expect(page.locator(".notice-bad")).to_contain_text("Questa scheda non è più conservata")


def test_everybody_finds_a_body_that_has_joined(story: Story, visit: Visit) -> None:
    assert story.joined
    page = visit(f"/programmes/{story.programme['code']}", javascript=False)
    page.get_by_role("link", name="Cerca nell'elenco").click()
    page.fill("#query", "IVRÉA")
    page.keyboard.press("Enter")
    expect(page.locator("tbody th")).to_have_text(["Ivrea"])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_the_clerk(story: Story, visit: Visit, width: int, language: str) -> None:
    assert story.joined
    story.while_open()
    tour = Tour(visit("/", width=width, language=language))
    code = story.programme["code"]
    tour.go("joined", f"/programmes/{code}/joined")
    tour.go("joined, nobody", f"/programmes/{code}/joined?query=atlantis")
    tour.page.goto(story.form)
    to_the_people(tour.page, "alba")
    tour.page.locator("#list summary").click()
    tour.look("list")
    tour.page.fill("#list-text", ROWS)
    tour.press("list, wrong rows", "button[value=list]")
    tour.page.fill("#list-text", "x")
    tour.press("list, refused", "button[value=list]")
    tour.press("later", ".later button")
    tour.press("later, refused", "main .btn-primary")
    tour.page.fill("#email", f"clerk{width}{language}@comune.example")
    tour.press("put aside", "main .btn-primary")
    tour.go("draft", "/adhesions/drafts/dead")
    tour.press("draft gone", "main .btn-primary")
    assert tour.found == {}
