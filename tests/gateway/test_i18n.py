"""The reader's language, and whether everything is said in it."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog
from flask import Flask

from gateway import i18n


@pytest.mark.parametrize(
    ("asked", "cookie", "browser", "spoken"),
    [
        ("", "", "", "it"),
        ("", "", "de-DE,de;q=0.9", "it"),
        ("", "", "en-GB,en;q=0.9,it;q=0.1", "en"),
        ("", "it", "en", "it"),
        ("?lang=en", "it", "it", "en"),
        ("?lang=klingon", "", "en", "en"),
        ("?lang=" + "x" * 5000, "\x01", "*", "it"),
    ],
)
def test_the_link_counts_before_the_cookie_before_the_browser(
    app: Flask, asked: str, cookie: str, browser: str, spoken: str
) -> None:
    headers = {"Accept-Language": browser, "Cookie": f"lang={cookie}"}
    with app.test_request_context(f"/{asked}", headers=headers):
        assert i18n.current_language() == spoken


def test_everything_is_translated_and_nothing_is_left_over() -> None:
    assert list(i18n.complaints("it")) == []


def test_a_new_string_and_a_forgotten_one_are_complained_of() -> None:
    wanted = Catalog()
    wanted.add("Never said before", locations=[("page.html", 3)])
    complaints = list(i18n.complaints("it", wanted))
    assert complaints[0] == "it: no translation of 'Never said before' (page.html:3)"
    assert "it: nothing uses 'Back'" in complaints


def test_the_check_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert i18n.main(["check"]) == 0
    assert "all translated" in capsys.readouterr().out
    assert i18n.main(["frobnicate"]) == 2


def test_plurals_follow_the_number(app: Flask) -> None:
    with app.test_request_context("/?lang=it"):
        forms = [i18n.ngettext("%(number)s body", "%(number)s bodies", number) for number in (0, 1, 2, 2341)]
    assert forms == ["0 enti", "1 ente", "2 enti", "2.341 enti"]


def test_dates_and_hours_are_italys(app: Flask) -> None:
    with app.test_request_context("/?lang=it"):
        assert i18n.format_day("2017-06-30T22:30:00+00:00") == "1 luglio 2017"
        assert i18n.format_moment("2017-12-01T08:00:00Z") == "1 dicembre 2017 alle 09:00"
        assert i18n.format_weekday("2017-09-05") == "martedì 5 settembre 2017"
    with app.test_request_context("/?lang=en"):
        assert i18n.format_day("2017-06-30") == "30 June 2017"
        assert i18n.format_time("2017-06-30T07:00:00+00:00") == "09:00"


def test_figures_in_both_languages(app: Flask) -> None:
    with app.test_request_context("/?lang=it"):
        assert (i18n.format_number(48234.25, 1), i18n.format_percent(0.0053, 2)) == ("48.234,2", "0,53%")
    with app.test_request_context("/?lang=en"):
        assert (i18n.format_number(48234.25, 1), i18n.format_percent(0.5)) == ("48,234.2", "50%")
    assert (i18n.format_number(None), i18n.format_percent(None), i18n.format_day(None)) == ("–", "–", "–")


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (450, "7 h 30 min"), (None, "–")]
)
def test_durations(minutes: int | None, said: str) -> None:
    assert i18n.format_duration(minutes) == said.replace(" ", "\u00a0")
