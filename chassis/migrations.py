"""From one version of a service's tables to the next: what each service's ``migrations/`` is written and run with."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from chassis.database import CHASSIS, engine_for

__all__ = [
    "create_chassis_tables",
    "differences",
    "main",
    "migrate",
    "replace_check",
    "run_migrations",
]


def create_chassis_tables(op: Any) -> None:
    """For a service's first migration: the tables that every service has."""
    for table in CHASSIS.sorted_tables:
        op.create_table(table.name, *[column._copy() for column in table.columns], *_constraints(table))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            if any(column.index for column in index.columns):
                continue  # create_table has made it with its column
            op.create_index(
                index.name,
                table.name,
                [column.name for column in index.columns],
                postgresql_where=index.dialect_options["postgresql"]["where"],
                sqlite_where=index.dialect_options["sqlite"]["where"],
            )


def replace_check(op: Any, table: str, name: str, condition: str) -> None:
    """Another condition for a table's CHECK constraint."""
    with op.batch_alter_table(table) as changed:
        changed.drop_constraint(op.f(name), type_="check")
        changed.create_check_constraint(op.f(name), condition)


def _constraints(table: sa.Table) -> list[sa.Constraint]:
    return [
        sa.UniqueConstraint(*[column.name for column in constraint.columns])
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint) and len(constraint.columns) > 1
    ]


def run_migrations(context: Any, tables: sa.MetaData) -> None:
    """What every service's ``migrations/env.py`` calls."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=tables, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


def migrate(package: str, url: str) -> None:
    """Bring the database of a service (``services.enrollment``) to its newest version."""
    engine = engine_for(url, 1)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _without_references)
    with engine.connect() as connection:
        command.upgrade(_alembic(package, connection), "head")
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all() if engine.dialect.name == "sqlite" else []
        if broken:
            raise RuntimeError(f"{package}: rows refer to rows that are gone: {broken[:5]}")
        connection.commit()


def _without_references(connection: Any, record: Any) -> None:
    """SQLite changes a table by building it anew; dropping the old one must not count as deleting its rows."""
    connection.execute("PRAGMA foreign_keys=OFF")


def differences(package: str) -> list[str]:
    """What the models of a service hold that its migrations do not make, or the other way round."""
    models = importlib.import_module(f"{package}.models").Base.metadata
    with engine_for("sqlite://", 1).connect() as migrated, engine_for("sqlite://", 1).connect() as made:
        command.upgrade(_alembic(package, migrated), "head")
        context = MigrationContext.configure(migrated, opts={"compare_type": True})
        found = [str(difference) for difference in compare_metadata(context, models)]
        models.create_all(made)
        CHASSIS.create_all(made)
        return found + [f"{rule} is held only where tables were {how}" for rule, how in _unlike(migrated, made)]


def _unlike(migrated: sa.Connection, made: sa.Connection) -> list[tuple[str, str]]:
    """The rules that one database holds and the other does not: Alembic compares none of these."""
    by_migrations, by_models = _rules(migrated), _rules(made)
    return sorted(
        [(rule, "migrated") for rule in by_migrations - by_models]
        + [(rule, "made") for rule in by_models - by_migrations]
    )


def _rules(connection: sa.Connection) -> set[str]:
    """CHECK constraints, the conditions of partial indexes, and triggers, each as text that names its table."""
    inspector = sa.inspect(connection)
    tables = [table for table in inspector.get_table_names() if table != "alembic_version"]
    checks = {
        f"{table}: CHECK ({check['sqltext']})" for table in tables for check in inspector.get_check_constraints(table)
    }
    written = connection.execute(
        sa.text("SELECT sql FROM sqlite_schema WHERE type = 'trigger' OR type = 'index' AND sql LIKE '% WHERE %'")
    )
    return {" ".join(rule.split()) for rule in checks.union(written.scalars())}


def _alembic(package: str, connection: sa.Connection) -> Any:
    config = Config()
    location = Path(str(importlib.import_module(package).__file__)).parent / "migrations"
    config.set_main_option("script_location", str(location))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def main(arguments: Sequence[str] | None = None) -> int:
    """``migrate PACKAGE`` brings ``DATABASE_URL`` up to date; ``check PACKAGE…`` compares models and migrations."""
    parser = argparse.ArgumentParser(prog="python -m chassis.migrations", description=main.__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate").add_argument("package")
    commands.add_parser("check").add_argument("packages", nargs="+")
    chosen = parser.parse_args(arguments)
    if chosen.command == "migrate":
        url = os.environ.get("DATABASE_URL")
        if not url:
            print("DATABASE_URL is not set", file=sys.stderr)
            return 2
        migrate(chosen.package, url)
        return 0
    wrong = {package: found for package in chosen.packages if (found := differences(package))}
    for package, found in wrong.items():
        print(f"{package}: the models and the migrations differ:", *found, sep="\n  ", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
