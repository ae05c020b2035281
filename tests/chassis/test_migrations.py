"""Migrations make what the models hold, also what Alembic does not compare."""

from __future__ import annotations

import pytest

from chassis.database import engine_for
from chassis.migrations import _unlike

TABLE = "CREATE TABLE seat (number INTEGER CONSTRAINT positive CHECK (number > 0))"
INDEX = "CREATE INDEX low ON seat (number) WHERE number < 10"
TRIGGER = "CREATE TRIGGER kept BEFORE DELETE ON seat BEGIN SELECT RAISE(ABORT, 'kept'); END"


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ((TABLE, INDEX, TRIGGER), []),
        ((TABLE, INDEX), [(TRIGGER, "migrated")]),
        (
            (TABLE.replace("> 0", "> 1"), INDEX.replace("< 10", "< 9"), TRIGGER),
            [
                (INDEX, "migrated"),
                (INDEX.replace("< 10", "< 9"), "made"),
                ("seat: CHECK (number > 0)", "migrated"),
                ("seat: CHECK (number > 1)", "made"),
            ],
        ),
    ],
)
def test_rules_that_alembic_does_not_compare_are_compared(made, found):
    with engine_for("sqlite://", 1).connect() as by_migrations, engine_for("sqlite://", 1).connect() as by_models:
        for statement in (TABLE, INDEX, TRIGGER):
            by_migrations.exec_driver_sql(statement)
        for statement in made:
            by_models.exec_driver_sql(statement)

        assert _unlike(by_migrations, by_models) == sorted(found)
