from alembic import context

from chassis.migrations import run_migrations
from gateway.models import Base

run_migrations(context, Base.metadata)
