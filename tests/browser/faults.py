"""What may be wrong with a page, whatever it says: looked for by axe and by the browser itself."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from babel.messages.pofile import read_po
from playwright.sync_api import Page

from tests.browser.pages import ROUTES, TRANSLATIONS

__all__ = ["OF_OTHERS", "faults", "faults_of_others", "route_of"]

RULES: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
_AXE = "([where, options]) => axe.run(where, options).then(found => found.violations)"
OF_OTHERS = "#redoc"
"""Where Redoc draws: what others made is held to WCAG, not to our own good practice."""
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
        "axe": _violations(page, "html", RULES),
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


def faults_of_others(page: Page) -> list[str]:
    """What violates WCAG in the API reference, once it is drawn: in all of its 60,000 elements; for contrast, which is
    dear, in its menu and its first operations, of whose parts all the others are made."""
    wcag = {**RULES, "runOnly": [tag for tag in RULES["runOnly"] if tag != "best-practice"]}
    anything_else = {**wcag, "rules": {**RULES["rules"], "color-contrast": {"enabled": False}}}
    first = [[f"{OF_OTHERS} .menu-content"], [f"{OF_OTHERS} .api-content > div:nth-child(-n+4)"]]
    return [
        *_violations(page, OF_OTHERS, anything_else),
        *_violations(page, {"include": first}, {**wcag, "runOnly": ["color-contrast"], "rules": {}}),
    ]


def _violations(page: Page, where: Any, options: dict[str, Any]) -> list[str]:
    """Without selectors, whose writing takes a sixth of the time."""
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(_AXE, [where, {**options, "selectors": False}])
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


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
