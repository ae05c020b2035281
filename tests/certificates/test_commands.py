"""The operator's commands."""

from __future__ import annotations

from uuid import uuid4

import pytest
import sqlalchemy as sa

from services.certificates.__main__ import main
from services.certificates.models import Document
from tests.certificates.builders import closed, registered


@pytest.fixture
def environment(desk, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", desk.store.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LINK_SECRET", "x" * 32)
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    desk.open()
    person, stuck = uuid4(), uuid4()
    desk.enrollment(registered(person), registered(stuck, given_name="小龍"))
    desk.scheduling(closed(uuid4(), {person: 420, stuck: 420}))
    desk.press()
    return desk


def test_what_failed_is_pressed_again(environment, capsys):
    assert main(["retry-failed"]) == 0
    assert capsys.readouterr().out == "1 certificates will be pressed again\n"
    assert sorted(state for _, state, _ in environment.states()) == ["pressing", "valid"]


def test_right_books_say_so(environment, capsys):
    assert main(["verify-all"]) == 0
    assert capsys.readouterr().err == "the books are right\n"


def test_wrong_books_are_listed_without_names(environment, capsys):
    with environment.store.transaction() as session:
        session.execute(sa.delete(Document))

    assert main(["verify-all"]) == 1
    told = capsys.readouterr()
    assert "its document is lost" in told.out
    assert "Agostino" not in told.out + told.err


def test_a_missing_setting_is_one_line(monkeypatch, capsys):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("LINK_SECRET", "x" * 32)

    assert main(["verify-all"]) == 2
    assert capsys.readouterr().err == "certificates: DATABASE_URL is not set\n"
