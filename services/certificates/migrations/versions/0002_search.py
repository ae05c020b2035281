"""Certificates are found by their holders' names."""

import sqlalchemy as sa
from alembic import op

from services.certificates.domain import found_by

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("delegate") as table:
        table.add_column(sa.Column("found_by", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("delegate") as table:
        table.alter_column("found_by", existing_type=sa.String(), server_default=None)
    delegate = sa.table("delegate", *map(sa.column, ("given_name", "family_name", "body_name", "found_by")), sa.column("id", sa.Uuid()))
    connection = op.get_bind()
    known = connection.execute(sa.select(delegate).where(delegate.c.given_name.is_not(None))).all()
    if known:
        connection.execute(
            sa.update(delegate).where(delegate.c.id == sa.bindparam("one")).values(found_by=sa.bindparam("words")),
            [{"one": row.id, "words": found_by(row.given_name, row.family_name, row.body_name)} for row in known],
        )
