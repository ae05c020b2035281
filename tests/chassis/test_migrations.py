"""Migrations on a database that is already in use."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from chassis.database import engine_for
from chassis.migrations import _alembic, migrate


def test_a_table_is_built_anew_although_others_refer_to_its_rows(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'used.db'}"
    with engine_for(url, 1).connect() as connection:
        command.upgrade(_alembic("services.notifications", connection), "0001")
        for statement in (
            "INSERT INTO person (id, sequence, language, erased) VALUES ('11', 1, 'it', 0)",
            "INSERT INTO programme (id, sequence, title_it, title_en, issuer) VALUES ('22', 1, 't', 't', 'i')",
            "INSERT INTO message (id, cause, kind, person_id, programme_id, subject_id, with_document, state, attempts,"
            " ready_at, created_at) VALUES ('33', 'c', 'area_link', '11', '22', '44', 0, 'sent', 1, '2017-05-02', "
            "'2017-05-02')",
            "INSERT INTO report VALUES ('33', 'delivered', 1)",
        ):
            connection.exec_driver_sql(statement)
        connection.commit()

    migrate("services.notifications", url)

    with engine_for(url, 1).connect() as connection:
        found = connection.execute(sa.text("SELECT message.kind, event FROM report JOIN message ON id = message_id"))
        assert found.all() == [("area_link", "delivered")]
        with pytest.raises(sa.exc.IntegrityError):
            connection.exec_driver_sql("UPDATE message SET kind = 'postcard'")
