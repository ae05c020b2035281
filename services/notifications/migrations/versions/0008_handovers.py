"""The kinds of mail, as many as the code has by now: contacts that hand over, delegates that move."""

from alembic import op

from chassis.migrations import replace_check
from services.notifications.domain import KINDS

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    replace_check(op, "message", "ck_message_kind", f"kind IN ({', '.join(map(repr, KINDS))})")
