"""What a person does with the keys alone."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


def type_in(page: Page, field: str, text: str) -> None:
    page.locator(field).focus()
    page.keyboard.type(text)


def enter(page: Page) -> None:
    """Send the form, or follow the link, that has the focus."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def press(page: Page, what: Locator, key: str = "Enter") -> None:
    what.focus()
    page.keyboard.press(key)


def go_on(page: Page) -> None:
    """To the next step of a form."""
    with page.expect_navigation():
        press(page, page.locator("button.btn-primary[value=next]"))
