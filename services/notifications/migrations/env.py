from alembic import context

from chassis.migrations import run_migrations
from services.notifications.models import Base

run_migrations(context, Base.metadata)
