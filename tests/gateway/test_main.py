from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from chassis.database import Store
from chassis.migrations import differences
from chassis.settings import BadSetting
from gateway.__main__ import main
from gateway.accounts import authenticate
from gateway.models import Base
from gateway.settings import GatewaySettings

ADA = ["create-staff", "--email", "ada@example.org", "--name", "Ada", "--role", "administrator"]


@pytest.fixture
def store(store_for: Callable[..., Store], monkeypatch: pytest.MonkeyPatch) -> Store:
    made = store_for(Base.metadata)
    monkeypatch.setenv("DATABASE_URL", made.url)
    return made


def test_an_account_is_made_and_its_password_shown_once(store: Store, capsys: Any) -> None:
    assert main(ADA) == 0
    password = capsys.readouterr().out.strip()
    staff = authenticate(store, "ada@example.org", password, "")
    assert staff is not None
    assert staff.role == "administrator"
    assert main(ADA) == 1
    assert capsys.readouterr().out == ""


def test_a_given_password_is_read_from_standard_input_and_not_shown(
    store: Store, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    assert main([*ADA, "--password", "-"]) == 0
    assert capsys.readouterr().out == ""
    assert authenticate(store, "ada@example.org", "correct horse battery", "") is not None


def test_a_password_that_is_too_short_or_not_there_makes_no_account(
    store: Store, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for line in ("", "\n", "short\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(line))
        assert main([*ADA, "--password", "-"]) == 1
    assert "12 characters" in capsys.readouterr().err


def test_without_a_database_the_command_says_so(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert main(ADA) == 2
    assert "DATABASE_URL" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [[], ["unknown"], [*ADA[:-1], "king"], ADA[:3], [*ADA, "--password", "secret"]])
def test_wrong_arguments_end_with_2(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2


def test_the_migrations_make_what_the_models_say() -> None:
    assert differences("gateway") == []


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY is too short"),
        ("HTTP_ADDRESS", "nowhere", "HTTP_ADDRESS is not host:port"),
        ("HTTP_ADDRESS", "127.0.0.1:99999", "HTTP_ADDRESS is not host:port"),
        ("SESSION_HOURS", "many", "SESSION_HOURS is not a whole number"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(name: str, value: str, complaint: str) -> None:
    environment = {"DATABASE_URL": "sqlite://", "LINK_SECRET": "l" * 32, "SECRET_KEY": "s" * 32, name: value}
    with pytest.raises(BadSetting, match=complaint):
        GatewaySettings.from_environment(environment)
