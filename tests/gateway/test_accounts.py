from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from chassis import clock
from chassis.database import Store
from gateway import accounts
from gateway.accounts import authenticate, create_account
from gateway.models import Base, FailedLogin, StaffAccount, StaffSession
from gateway.sessions import end_session, open_session, staff_of_session

PASSWORD = "correct horse battery staple"
IDLE = timedelta(minutes=30)
DAY = timedelta(hours=12)


@pytest.fixture
def store(store_for: Callable[..., Store]) -> Store:
    return store_for(Base.metadata)


@pytest.fixture
def ada(store: Store) -> accounts.Staff:
    return create_account(store, " Ada@Example.org ", "Ada", "secretariat", PASSWORD)


def fail(store: Store, times: int, email: str = "ada@example.org", address: str = "10.0.0.1") -> None:
    for _ in range(times):
        assert authenticate(store, email, "wrong", address) is None


def long_ago(store: Store, table: Any, **ages: timedelta) -> None:
    with store.transaction() as session:
        session.execute(sa.update(table).values({name: clock.machine_now() - age for name, age in ages.items()}))


def rows(store: Store, table: Any) -> int:
    with store.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_the_right_password_opens_and_the_address_is_read_in_any_case(store: Store, ada: accounts.Staff) -> None:
    assert authenticate(store, "ADA@example.org", PASSWORD, "10.0.0.1") == ada
    assert (ada.email, ada.role, ada.roles) == ("ada@example.org", "secretariat", {"desk", "secretariat"})


def test_wrong_unknown_closed_and_empty_are_all_nobody(store: Store, ada: accounts.Staff) -> None:
    create_account(store, "gone@example.org", "Gone", "desk", PASSWORD)
    with store.transaction() as session:
        session.execute(sa.update(StaffAccount).where(StaffAccount.name == "Gone").values(active=False))
    attempts = [
        ("ada@example.org", "wrong"),
        ("nobody@example.org", PASSWORD),
        ("gone@example.org", PASSWORD),
        ("", ""),
        ("ada@example.org", "x" * 100_000),
    ]
    assert [authenticate(store, email, password, "10.0.0.1") for email, password in attempts] == [None] * 5


def test_neither_password_nor_address_is_kept_in_clear(store: Store, ada: accounts.Staff) -> None:
    fail(store, 1)
    with store.read() as session:
        kept = session.scalar(sa.select(StaffAccount.password_hash)) or ""
        subjects = list(session.scalars(sa.select(FailedLogin.subject)))
    assert kept.startswith("$argon2id$")
    assert all(len(subject) == 64 for subject in subjects)
    assert len(subjects) == 2


def test_after_five_failures_even_the_right_password_waits(store: Store, ada: accounts.Staff) -> None:
    fail(store, 5)
    assert authenticate(store, "ada@example.org", PASSWORD, "10.0.0.2") is None
    long_ago(store, FailedLogin, failed_at=timedelta(seconds=3))
    assert authenticate(store, "ada@example.org", PASSWORD, "10.0.0.2") == ada


def test_attempts_during_the_wait_do_not_lengthen_it(store: Store, ada: accounts.Staff) -> None:
    fail(store, 8)
    with store.read() as session:
        assert set(session.scalars(sa.select(FailedLogin.failures))) == {5}


def test_the_wait_grows_to_five_minutes_and_no_further(store: Store, ada: accounts.Staff) -> None:
    fail(store, 1)
    with store.transaction() as session:
        session.execute(sa.update(FailedLogin).values(failures=1000))
    long_ago(store, FailedLogin, failed_at=timedelta(seconds=290))
    assert authenticate(store, "ada@example.org", PASSWORD, "10.0.0.1") is None
    long_ago(store, FailedLogin, failed_at=timedelta(seconds=301))
    assert authenticate(store, "ada@example.org", PASSWORD, "10.0.0.1") == ada


def test_one_address_that_tries_many_accounts_waits_too(store: Store, ada: accounts.Staff) -> None:
    for number in range(20):
        fail(store, 1, email=f"{number}@example.org")
    assert authenticate(store, "ada@example.org", PASSWORD, "10.0.0.1") is None
    assert authenticate(store, "ada@example.org", PASSWORD, "10.0.0.2") == ada


def test_failures_are_forgotten_after_an_hour(store: Store, ada: accounts.Staff) -> None:
    fail(store, 5)
    long_ago(store, FailedLogin, failed_at=timedelta(hours=2))
    fail(store, 1)
    with store.read() as session:
        assert set(session.scalars(sa.select(FailedLogin.failures))) == {1}


def test_success_clears_the_account_and_not_the_address(store: Store, ada: accounts.Staff) -> None:
    fail(store, 3)
    assert authenticate(store, "ada@example.org", PASSWORD, "10.0.0.1") == ada
    assert rows(store, FailedLogin) == 1


@pytest.mark.parametrize(
    ("email", "name", "role", "password"),
    [
        ("ada@example.org", "Ada", "secretariat", PASSWORD),
        ("no-address", "Ada", "desk", PASSWORD),
        ("a b@example.org", "Ada", "desk", PASSWORD),
        ("b\n@example.org", "Ada", "desk", PASSWORD),
        ("b@example.org", " ", "desk", PASSWORD),
        ("b@example.org", "B" * 201, "desk", PASSWORD),
        ("b@example.org", "B", "king", PASSWORD),
        ("b@example.org", "B", "desk", "short"),
        ("b@example.org", "B", "desk", "x" * 1001),
        (f"{'b' * 250}@example.org", "B", "desk", PASSWORD),
    ],
)
def test_a_bad_account_is_not_made(
    store: Store, ada: accounts.Staff, email: str, name: str, role: str, password: str
) -> None:
    with pytest.raises(ValueError, match=r"."):
        create_account(store, email, name, role, password)
    assert rows(store, StaffAccount) == 1


def test_a_session_is_known_by_its_token_and_kind_only(store: Store, ada: accounts.Staff) -> None:
    opened = open_session(store, ada, "browser", DAY)
    assert staff_of_session(store, opened.token, "browser", IDLE) == ada
    assert staff_of_session(store, opened.token, "program", None) is None
    assert staff_of_session(store, opened.token[:-1], "browser", IDLE) is None
    assert staff_of_session(store, "\udc80", "browser", IDLE) is None
    with store.read() as session:
        assert opened.token not in session.scalars(sa.select(StaffSession.token_hash)).all()


def test_a_session_ends_when_idle_when_old_when_closed_and_with_the_account(store: Store, ada: accounts.Staff) -> None:
    idle = open_session(store, ada, "browser", DAY).token
    long_ago(store, StaffSession, seen_at=timedelta(minutes=31))
    assert staff_of_session(store, idle, "browser", IDLE) is None
    old = open_session(store, ada, "browser", DAY).token
    long_ago(store, StaffSession, ends_at=timedelta(seconds=1))
    assert staff_of_session(store, old, "browser", IDLE) is None
    closed = open_session(store, ada, "browser", DAY).token
    end_session(store, closed)
    end_session(store, closed)
    assert staff_of_session(store, closed, "browser", IDLE) is None
    orphan = open_session(store, ada, "browser", DAY).token
    with store.transaction() as session:
        session.execute(sa.update(StaffAccount).values(active=False))
    assert staff_of_session(store, orphan, "browser", IDLE) is None


def test_a_session_in_use_is_not_idle(store: Store, ada: accounts.Staff) -> None:
    token = open_session(store, ada, "browser", DAY).token
    long_ago(store, StaffSession, seen_at=timedelta(minutes=29))
    assert staff_of_session(store, token, "browser", IDLE) == ada
    with store.read() as session:
        seen_at = session.scalar(sa.select(StaffSession.seen_at))
    assert seen_at is not None
    assert clock.machine_now() - seen_at < timedelta(minutes=1)


def test_a_new_session_replaces_the_old_one_and_sweeps_ended_ones(store: Store, ada: accounts.Staff) -> None:
    open_session(store, ada, "program", DAY)
    long_ago(store, StaffSession, ends_at=timedelta(seconds=1))
    first = open_session(store, ada, "browser", DAY).token
    second = open_session(store, ada, "browser", DAY, replaces=first).token
    assert staff_of_session(store, first, "browser", IDLE) is None
    assert staff_of_session(store, second, "browser", IDLE) == ada
    assert rows(store, StaffSession) == 1
