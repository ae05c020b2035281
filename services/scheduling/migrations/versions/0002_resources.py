"""What staff edit of hosts, trainers and the calendar's rules."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ON_EARTH = "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180"
_SOMEWHERE = "latitude <> 0 OR longitude <> 0"


def upgrade() -> None:
    with op.batch_alter_table("host") as table:
        table.add_column(sa.Column("address", sa.String(length=200), nullable=False, server_default=""))
        table.add_column(sa.Column("usable", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        table.create_check_constraint(op.f("ck_host_on_earth"), _ON_EARTH)
        table.create_check_constraint(op.f("ck_host_somewhere"), _SOMEWHERE)
    with op.batch_alter_table("trainer") as table:
        table.add_column(sa.Column("skills", sa.JSON(none_as_null=True), nullable=True))
        table.add_column(sa.Column("most_days", sa.Integer(), nullable=True))
        table.add_column(sa.Column("most_a_week", sa.Integer(), nullable=True))
        table.add_column(sa.Column("usable", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        table.create_check_constraint(op.f("ck_trainer_most_days"), "most_days > 0")
        table.create_check_constraint(op.f("ck_trainer_most_a_week"), "most_a_week > 0")
        table.create_check_constraint(op.f("ck_trainer_on_earth"), _ON_EARTH)
        table.create_check_constraint(op.f("ck_trainer_somewhere"), _SOMEWHERE)
    for name, columns in (
        ("host", ("address", "usable", "version")),
        ("trainer", ("usable", "version")),
    ):
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.alter_column(column, server_default=None)
    op.create_table(
        "closure",
        sa.Column("host_code", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("year = 0 OR year BETWEEN 2000 AND 2099", name=op.f("ck_closure_year")),
        sa.CheckConstraint("month BETWEEN 1 AND 12", name=op.f("ck_closure_month")),
        sa.CheckConstraint("day BETWEEN 1 AND 31", name=op.f("ck_closure_day")),
        sa.ForeignKeyConstraint(["host_code"], ["host.code"], name=op.f("fk_closure_host_code_host")),
        sa.PrimaryKeyConstraint("host_code", "year", "month", "day", name=op.f("pk_closure")),
    )
    op.create_table(
        "calendar_rules",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("days_per_date", sa.Integer(), nullable=False),
        sa.Column("days_per_week", sa.Integer(), nullable=True),
        sa.Column("reachable_km", sa.Double(), nullable=False),
        sa.Column("pauses", sa.JSON(), nullable=False),
        sa.Column("closed_dates", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("days_per_date > 0", name=op.f("ck_calendar_rules_days_per_date")),
        sa.CheckConstraint("days_per_week > 0", name=op.f("ck_calendar_rules_days_per_week")),
        sa.CheckConstraint("reachable_km > 0", name=op.f("ck_calendar_rules_reachable_km")),
        sa.PrimaryKeyConstraint("programme_id", name=op.f("pk_calendar_rules")),
    )
