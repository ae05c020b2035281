"""The audit log: written before and after, chained, closed to changes in both databases, read by the administrator."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from chassis import clock
from chassis.database import Store
from chassis.migrations import migrate
from gateway import audit
from gateway.__main__ import main
from gateway.audit import Broken, Head
from gateway.models import APPEND_ONLY, AuditEntry, AuditHead, Base
from tests.gateway.conftest import Api
from tests.gateway.test_identity import log_in, token_of

ADA = {"actor": "ada", "role": "secretariat", "via": "browser", "action": "POST /staff/x"}


@pytest.fixture
def store(store_for: Callable[..., Store]) -> Store:
    return store_for(Base.metadata)


def write(store: Store, times: int = 1, **values: Any) -> Head:
    for _ in range(times):
        with store.transaction() as session:
            head = audit.append(session, **{**ADA, "correlation_id": "c", "outcome": "done", **values})
    return head


def tamper(store: Store, statement: str) -> None:
    """As somebody would who may do everything in the database."""
    table = "audit_entry"
    with store.engine.begin() as connection:
        if store.is_sqlite:
            for name in ("audit_entry_is_not_changed", "audit_entry_is_not_deleted"):
                connection.execute(sa.text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(sa.text(statement))


def test_each_row_follows_the_one_before(store: Store) -> None:
    head = write(store, 3)
    with store.read() as session:
        rows = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence)).all()
    assert [row.previous for row in rows] == [audit.FIRST, rows[0].hash, rows[1].hash]
    assert audit.verify(store) == head == Head(3, rows[2].hash)


def test_an_empty_log_is_whole(store: Store) -> None:
    assert audit.verify(store) == Head(0, audit.FIRST)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_entry SET actor = 'eve' WHERE sequence = 2", Broken(2, "it was changed after it was written")),
        ("UPDATE audit_entry SET outcome = NULL WHERE sequence = 3", Broken(3, "it was changed after it was written")),
        ("DELETE FROM audit_entry WHERE sequence = 1", Broken(1, "it is missing")),
        ("DELETE FROM audit_entry WHERE sequence = 2", Broken(2, "it is missing")),
        ("DELETE FROM audit_entry WHERE sequence = 4", Broken(4, "the end of the log is missing")),
        ("UPDATE audit_entry SET previous = 'x' WHERE sequence = 3", Broken(3, "it does not follow the row before it")),
    ],
)
def test_the_first_row_that_was_tampered_with_is_named(store: Store, statement: str, found: Broken) -> None:
    write(store, 4)
    tamper(store, statement)
    assert audit.verify(store) == found


def test_a_log_that_was_cut_or_written_anew_is_not_the_one_that_was_noted(store: Store) -> None:
    write(store, 2)
    noted = write(store)
    tamper(store, "DELETE FROM audit_entry WHERE sequence > 1")
    with store.transaction() as session:
        first = session.scalars(sa.select(AuditEntry)).one()
        session.execute(sa.update(AuditHead).values(sequence=1, hash=first.hash))
    assert audit.verify(store) == Head(1, first.hash)
    assert audit.verify(store, noted) == Broken(2, "the end of the log is missing")
    write(store, 2, actor="eve")
    assert audit.verify(store, noted) == Broken(3, "it is not the row that was noted down")


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor = 'eve'", "DELETE FROM audit_entry"])
@pytest.mark.parametrize("made_by", ["models", "migrations"])
def test_the_database_itself_refuses_to_change_a_row(
    store_for: Callable[..., Store], database_url: str, statement: str, made_by: str
) -> None:
    if made_by == "models":
        store = store_for(Base.metadata)
    else:
        migrate("gateway", database_url)
        store = Store(database_url, Base.metadata)
    head = write(store)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.transaction() as session:
        session.execute(sa.text(statement))
    assert audit.verify(store) == head
    store.dispose()


def test_postgresql_does_not_empty_it_either(store: Store) -> None:
    if store.is_sqlite:
        assert len(APPEND_ONLY["sqlite"]) == 2  # it has no TRUNCATE
        return
    write(store)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.transaction() as session:
        session.execute(sa.text("TRUNCATE audit_entry CASCADE"))


def test_those_who_write_at_once_make_one_chain(store: Store) -> None:
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            write(store, 10, actor=name)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"clerk-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    found = audit.verify(store)
    assert isinstance(found, Head)
    assert found.sequence == 80


def test_the_command_says_where_the_chain_ends_or_breaks(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", store.url)
    head = write(store, 3)
    assert main(["verify-audit"]) == 0
    said = f"the audit log is whole: 3 rows; its head is 3:{head.hash}\n"
    assert capsys.readouterr().out == said
    assert main(["verify-audit", "--noted", f"3:{head.hash}"]) == 0
    assert main(["verify-audit", "--noted", f"3:{'0' * 64}"]) == 1
    tamper(store, "UPDATE audit_entry SET actor = 'eve' WHERE sequence = 2")
    assert main(["verify-audit"]) == 1
    assert capsys.readouterr().err.endswith("broken at row 2: it was changed after it was written\n")
    with pytest.raises(SystemExit):
        main(["verify-audit", "--noted", "three"])


def test_an_account_made_on_the_machine_is_in_the_log(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", store.url)
    main(["create-staff", "--email", "ada@example.org", "--name", "Ada", "--role", "desk"])
    with store.read() as session:
        [entry] = audit.page(session, 10)
    assert (entry["actor"], entry["action"], entry["outcome"]) == ("operator", "create-staff", "done")


def entries(store: Store, **wanted: Any) -> list[tuple[str, str, int | None]]:
    with store.read() as session:
        found = audit.page(session, 50, **wanted)
    return [(one["action"], one["outcome"], one["status"]) for one in found]


@pytest.mark.usefixtures("programme")
def test_logging_in_and_out_is_told_and_a_failure_is_not(
    client: FlaskClient, staff: dict[str, str], own_store: Store
) -> None:
    log_in(client, staff["secretariat"], "wrong")
    log_in(client, staff["secretariat"])
    client.post("/staff/logout", data={"csrf_token": token_of(client.get("/staff"))})
    assert entries(own_store) == [("POST /staff/logout", "done", 303), ("POST /staff/login", "done", 303)]


def test_what_was_refused_is_told_as_refused(
    api_of: Callable[[str], Api], own_store: Store, programme: dict[str, Any]
) -> None:
    desk, secretariat = api_of("desk"), api_of("secretariat")
    desk("POST", "/messages/00000000-0000-0000-0000-000000000000/resend")
    secretariat("POST", "/messages/00000000-0000-0000-0000-000000000000/resend")
    secretariat("GET", "/messages")
    route = "POST /api/v1/messages/<uuid:message_id>/resend"
    assert entries(own_store, action="messages") == [(route, "refused", 404)] * 2


def test_where_the_log_cannot_be_written_nothing_is_done(
    api_of: Callable[[str], Api], own_store: Store, platform: Any
) -> None:
    secretariat = api_of("secretariat")
    with own_store.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE audit_head RENAME TO gone"))
    platform.asked.clear()
    answer = secretariat("POST", "/messages/00000000-0000-0000-0000-000000000000/resend")
    assert (answer.status_code, platform.asked) == (503, [])


def test_an_action_whose_process_died_shows_as_unknown(store: Store) -> None:
    write(store, outcome=None)
    assert entries(store, outcome="unknown") == [("POST /staff/x", "unknown", None)]
    assert entries(store, outcome="done") == []


def test_the_administrator_filters_and_pages(
    api_of: Callable[[str], Api], own_store: Store, client: FlaskClient, staff: dict[str, str]
) -> None:
    administrator = api_of("administrator")
    write(own_store, 3, thing='{"adhesion_id": "a-1"}')
    write(own_store, actor="eve", outcome="failed", at=clock.machine_now() - timedelta(days=3))
    first = administrator("GET", "/audit-entries?limit=2").json
    second = administrator("GET", f"/audit-entries?limit=3&cursor={first['next_cursor']}").json
    assert [one["outcome"] for one in first["items"] + second["items"]] == ["failed", *["done"] * 4]
    assert second["next_cursor"] is None
    assert second["items"][-1]["actor_name"] == "Administrator"

    def count(query: str) -> int:
        return len(administrator("GET", f"/audit-entries?{query}").json["items"])

    assert [count("actor=eve"), count("thing=a-1"), count("outcome=failed"), count("action=%25")] == [1, 3, 1, 0]
    assert count("until=2020-01-01T00:00:00Z") == 0
    assert administrator("GET", "/audit-entries?cursor=x").status_code == 422
    log_in(client, staff["administrator"])
    page = client.get("/staff/audit?actor=eve&since=2017-01-01")
    assert (page.status_code, page.text.count("POST /staff/x")) == (200, 1)
    for wrong in ("since=yesterday", "until=9999-12-31", "cursor=x"):
        assert client.get(f"/staff/audit?{wrong}").status_code == 422


def test_a_word_in_a_path_is_not_kept(app: Flask, api_of: Callable[[str], Api], own_store: Store) -> None:
    client = app.test_client()
    log_in(client, "secretariat@example.org")
    page = client.get("/staff/messages")
    client.post("/staff/adhesions/Mario Rossi/review", data={"csrf_token": token_of(page)})
    with own_store.read() as session:
        [found] = audit.page(session, 10, action="review")
    assert found["things"] == {"adhesion_id": "?"}
