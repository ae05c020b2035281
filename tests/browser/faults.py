"""What may be wrong with a page, whatever it says: looked for by axe and by the browser itself."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from babel.messages.pofile import read_po
from playwright.sync_api import Page

from tests.browser.pages import ROUTES, TRANSLATIONS

__all__ = ["faults", "route_of"]

RULES: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
OF_OTHERS = "#redoc"
"""Redoc's headings leave out levels: what others made is held to WCAG, not to our own good practice."""
_MONTHS = {
    "it": "gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre",
    "en": "January|February|March|April|May|June|July|August|September|October|November|December",
}
_THOUSANDS = {"it": r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?![\d.])", "en": r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])"}
_RAW = re.compile(r"\d{4}-\d{2}-\d{2}T|\b(?:None(?! yet)|True|False|null|undefined)\b|%\(\w+\)s")
_LOOK = Path(__file__).with_name("look.js").read_text(encoding="utf-8")


def faults(page: Page) -> dict[str, list[str]]:
    """What is wrong with the page that is shown, by kind; kinds without a fault are left out."""
    language = page.locator("html").get_attribute("lang") or ""
    host = urlsplit(page.url).netloc
    loaded = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    seen = page.evaluate(_LOOK, OF_OTHERS)
    title, _, site = page.title().rpartition(" – ")
    found: dict[str, list[str]] = {
        "axe": [f"{one['id']}: {node['html'][:160]}" for one, node in _violations(page)],
        "from elsewhere": [url for url in loaded if urlsplit(url).netloc not in (host, "")],
        "title": [] if title and site else [page.title()],
        "in the other language": _untranslated(seen["texts"], language),
        **seen["structure"],
    }
    return {kind: what for kind, what in found.items() if what}


def route_of(url: str) -> str:
    """The route of an address: the most literal one that fits."""
    path = urlsplit(url).path
    fitting = [route for route in ROUTES if re.fullmatch(re.sub(r"<[^>]+>", "[^/]+", route), path)]
    return min(fitting, key=lambda route: route.count("<"), default=path)


def _violations(page: Page) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    violations = Axe().run(page, options=RULES).response["violations"]
    return [
        (one, node)
        for one in violations
        for node in one["nodes"]
        if not ("best-practice" in one["tags"] and node["target"][0].startswith(OF_OTHERS))
        and not (one["id"] == "heading-order" and page.locator(OF_OTHERS).count())
    ]


@cache
def _messages() -> dict[str, str]:
    with TRANSLATIONS.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file) if one.id and isinstance(one.id, str)}


def _untranslated(texts: list[str], language: str) -> list[str]:
    """English strings of ours on an Italian page; and figures, dates and raw values in no reader's format."""
    other = "en" if language == "it" else "it"
    ours = _messages()
    english = {text for text, translated in ours.items() if text != translated} - set(ours.values())
    wrong = [text for text in texts if language == "it" and text in english]
    wrong += [text for text in texts if language == "en" and text in ours.values() and text not in ours]
    for pattern in (rf"\b\d{{1,2}} (?:{_MONTHS[other]}) \d{{4}}\b", _THOUSANDS[other]):
        wrong += [text for text in texts if re.search(pattern, text)]
    return wrong + [text for text in texts if _RAW.search(text)]
