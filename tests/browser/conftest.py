"""A whole platform, a real Chromium, and a small programme that goes on as far as a test needs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from rehearsal.platform import Platform
from tests.browser.story import SECRETARIAT_ROLE, Story

_ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of ``CHROMIUM``, or the one that this machine has."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    directory: Path = tmp_path_factory.mktemp("platform")
    with Platform.embedded(directory, environment={"SECOND_FACTOR_ROLES": SECRETARIAT_ROLE}) as running:
        yield running


@pytest.fixture(scope="package")
def visit(chromium: Browser, platform: Platform) -> Iterator[Visit]:
    """``visit("/path", width=320, language="en", javascript=False)`` is a new visitor's page, there."""
    opened: list[BrowserContext] = []

    def come(path: str = "/", *, width: int = 1280, language: str = "it", javascript: bool = True) -> Page:
        context = chromium.new_context(
            base_url=platform.url,
            viewport={"width": width, "height": 800},
            locale={"it": "it-IT", "en": "en-GB"}[language],
            java_script_enabled=javascript,
        )
        context.set_default_timeout(30_000)
        opened.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield come
    for context in opened:
        context.close()


@pytest.fixture(scope="package")
def story(platform: Platform, visit: Visit) -> Story:
    """The programme; each of its chapters is played once, by whichever test asks for it first."""
    return Story(platform, visit)
