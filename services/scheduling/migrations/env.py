"""Alembic's entry: the models say what the tables are, ``versions`` how they came to be."""

from alembic import context

from chassis.migrations import run_migrations
from services.scheduling.models import Base

run_migrations(context, Base.metadata)
