"""What every table of enrollment is made of."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
)
from sqlalchemy.orm import DeclarativeBase

from chassis.database import metadata


class Base(DeclarativeBase):
    metadata = metadata()


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)
