"""What is guessed first is refused, wherever a password is chosen; everything else that is long enough is taken."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from chassis.database import Store
from chassis.refusal import Invalid
from gateway import common_passwords, passwords, staffing
from gateway.__main__ import main
from gateway.accounts import LONGEST_PASSWORD, SHORTEST_PASSWORD, create_account, wrong_password
from gateway.models import Base
from tests.gateway.conftest import Api
from tests.gateway.test_identity import log_in, token_of

ADA = ("ada.neri@comune.ivrea.example", "Ada Neri D'Aloisio")
GOOD = "correct horse battery staple"
COMMON, OWN = "Password2017!", "Ada.Neri-2017"


@pytest.fixture
def store(store_for: Callable[..., Store]) -> Store:
    return store_for(Base.metadata)


@pytest.mark.parametrize(
    "password",
    [
        *("1qaz2wsx3edc", "1QAZ2WSX3EDC", "administrator", "123456789012"),
        *("Password2017!", "!!!password1", "2017Juventus!!", "pàssword2017"),
        *("passwordpassword", "PasswordPassword1", "juventusjuventusjuventus"),
        *("aaaaaaaaaaaa", "abcabcabcabc", "!!!!!!!!!!!!", "            ", "abcdefghijklm", "zyxwvutsrqponm"),
    ],
)
def test_a_common_password_is_refused_also_dressed_up(password: str) -> None:
    assert len(password) >= SHORTEST_PASSWORD
    assert wrong_password(password, *ADA) == "common_password"


@pytest.mark.parametrize(
    "password",
    [
        *("ada.neri@comune.ivrea.example", "AdaNeri2017!", "neri ada neri", "comune-ivrea-2017", "ADA NERI D'ALOISIO"),
        *("d'àloisio 1974!", "adaadaadaneri", "neri.ivrea.xyz"),
    ],
)
def test_ones_own_name_or_address_is_refused(password: str) -> None:
    assert wrong_password(password, *ADA) == "like_yourself"
    assert wrong_password(password, "bruno@example.org", "Bruno Sala") is None


@pytest.mark.parametrize(
    "password",
    [
        *(GOOD, "un tavolo all'ingresso", "cavallo batteria graffetta", "Neri come la notte di Ivrea"),
        *(
            "kP3!xQ9$vL2@",
            "xk7qmz2vtb4w",
            "8264917305528",
            "пароль для работы",
            "密碼密碼好密碼東西南北中",
            " ".join(map(str, range(250))),
        ),
    ],
)
def test_what_is_long_and_nobodys_first_guess_is_taken_whatever_characters_it_has(password: str) -> None:
    assert len(password) <= LONGEST_PASSWORD
    assert wrong_password(password, *ADA) is None


def test_length_is_judged_first() -> None:
    assert [wrong_password(text, *ADA) for text in ("", "password", "p" * 1001)] == [
        "required",
        "too_short",
        "too_long",
    ]


def test_the_list_is_as_it_was_made() -> None:
    words = common_passwords._common()
    assert len(words) > 49_000
    assert {len(word) >= 4 and word == word.strip().casefold() for word in words} == {True}


@pytest.mark.parametrize(("password", "code"), [(COMMON, "common_password"), (OWN, "like_yourself")])
def test_every_way_to_a_password_refuses_and_changes_nothing(
    store: Store, password: str, code: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def refused(action: Callable[..., Any], *arguments: Any) -> dict[str, list[str]]:
        with pytest.raises(Invalid) as complaint:
            action(store, *arguments)
        return complaint.value.errors

    email, name = "ada.neri@example.org", "Ada Neri"
    invited = staffing.invite(store, email, "desk", "it", timedelta(days=7))
    assert refused(staffing.accept, invited["invitation_id"], name, password) == {"password": [code]}
    ada = staffing.accept(store, invited["invitation_id"], name, GOOD)
    assert refused(passwords.change, ada, GOOD, password) == {"password": [code]}
    asked = passwords.ask(store, email)["subject_id"]
    assert refused(passwords.reset, asked, password) == {"password": [code]}
    assert passwords.reset(store, asked, "another long password") == ada
    with pytest.raises(ValueError, match=code):
        create_account(store, "a.neri@example.org", name, "desk", password)
    monkeypatch.setenv("DATABASE_URL", store.url)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    person = ("--email", "a.neri@example.org", "--name", name, "--role", "desk", "--password", "-")
    assert main(["create-staff", *person]) == 1
    assert code in capsys.readouterr().err


@pytest.mark.usefixtures("programme")
def test_the_refusal_is_said_in_the_readers_language_and_to_programs(
    app: Flask, staff: dict[str, str], api_of: Callable[[str], Api]
) -> None:
    browser = app.test_client()
    log_in(browser, staff["desk"])
    form = {
        "csrf_token": token_of(browser.get("/staff/password")),
        "current": GOOD,
        "password": COMMON,
        "again": COMMON,
    }
    for language, words in (("it", "sono le prime a essere provate"), ("en", "are tried first")):
        answer = browser.post("/staff/password", data=form, headers={"Accept-Language": language})
        assert (answer.status_code, words in answer.text) == (422, True)
    answer = api_of("desk")("POST", "/password-changes", {"current": GOOD, "password": COMMON})
    assert (answer.status_code, answer.json["errors"]) == (422, {"password": ["common_password"]})
