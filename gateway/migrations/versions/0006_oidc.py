"""Who logs in with an identity provider."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("staff_account") as table:
        table.add_column(sa.Column("oidc_subject", sa.String(500)))
        table.create_unique_constraint(op.f("uq_staff_account_oidc_subject"), ["oidc_subject"])
