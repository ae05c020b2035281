"""The messages of one state, newest first: the secretariat's pages of what did not arrive."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index(op.f("ix_message_state_created_at_id"), "message", ["state", "created_at", "id"], unique=False)
