"""An installation with mails in it is brought up to date."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.exc import IntegrityError

from chassis.database import engine_for
from chassis.migrations import _alembic, migrate

ID = "0" * 31 + "1"
BEFORE = (
    "INSERT INTO programme (id, sequence, title_it, title_en, issuer) VALUES (:id, 1, '', '', '')",
    "INSERT INTO person (id, sequence, language, erased) VALUES (:id, 1, 'it', false)",
    "INSERT INTO message (id, cause, kind, person_id, programme_id, subject_id, with_document, state, attempts,"
    " ready_at, created_at) VALUES (:id, 'c', 'area_link', :id, :id, :id, false, 'sent', 1, :now, :now)",
    "INSERT INTO report (message_id, event, happened_at) VALUES (:id, 'delivered', 1)",
)


def test_new_kinds_of_mail_are_let_in_and_others_are_not(database_url):
    engine = engine_for(database_url, 1)
    with engine.connect() as connection:
        command.upgrade(_alembic("services.notifications", connection), "0001")
        for statement in BEFORE:
            connection.execute(sa.text(statement), {"id": ID, "now": "2017-05-15 09:00:00+00:00"})
        connection.commit()

    migrate("services.notifications", database_url)

    with engine.connect() as connection:
        change = sa.text("UPDATE message SET kind = :kind")
        connection.execute(change, {"kind": "delegates_missing"})
        assert connection.scalar(sa.text("SELECT count(*) FROM report")) == 1
        with pytest.raises(IntegrityError):
            connection.execute(change, {"kind": "birthday_card"})
        connection.rollback()
    engine.dispose()
