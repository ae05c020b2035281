"""The kinds of mail, as many as the code has by now."""

from alembic import op

from services.notifications.domain import KINDS

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    kinds = ", ".join(map(repr, KINDS))
    with op.batch_alter_table("message") as message:
        message.drop_constraint(op.f("ck_message_kind"), type_="check")
        message.create_check_constraint(op.f("ck_message_kind"), f"kind IN ({kinds})")
