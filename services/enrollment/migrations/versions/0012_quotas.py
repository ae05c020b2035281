"""How many delegates of each role a body must and may send. What holds it in the database comes with 0013."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

ROLES = ("administrator", "manager", "official")


def upgrade() -> None:
    with op.batch_alter_table("programme") as programme:
        for role in ROLES:
            programme.add_column(sa.Column(f"{role}_least", sa.Integer(), nullable=True))
            programme.add_column(sa.Column(f"{role}_most", sa.Integer(), nullable=True))
        for role in ROLES:
            programme.create_check_constraint(op.f(f"ck_programme_{role}_quota"), f"{role}_least <= {role}_most")
