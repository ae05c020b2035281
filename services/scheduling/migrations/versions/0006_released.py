"""When a place was released."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("place") as place:
        place.add_column(sa.Column("released_at", Moment(timezone=True), nullable=True))
        place.create_check_constraint(op.f("ck_place_released_at"), "released_at IS NULL OR state = 'released'")
