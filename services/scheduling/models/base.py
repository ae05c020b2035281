"""What every table of scheduling is made from."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, CheckConstraint, text
from sqlalchemy.orm import DeclarativeBase

from chassis.database import Moment, metadata


class Base(DeclarativeBase):
    metadata = metadata()
    type_annotation_map = {datetime: Moment, UUID: sa.Uuid, dict[str, Any]: JSON, list[Any]: JSON}


def one_of(column: str, values: tuple[str, ...], name: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=name)


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
