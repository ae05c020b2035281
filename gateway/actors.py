"""The names of staff behind the ids that histories keep: services know accounts by their ids only."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from gateway.identity import store
from gateway.models import StaffAccount

__all__ = ["names"]


def names(actors: Collection[str]) -> dict[str, str]:
    """Those of the actors that are accounts, with their names."""
    ids = [identifier for actor in actors if (identifier := _identifier(actor))]
    if not ids:
        return {}
    with store().read() as session:
        found = session.execute(sa.select(StaffAccount.id, StaffAccount.name).where(StaffAccount.id.in_(ids)))
        return {str(identifier): name for identifier, name in found}


def _identifier(actor: str) -> UUID | None:
    try:
        return UUID(actor)
    except ValueError:
        return None
