"""A database that was brought up to date takes every kind of mail that the code knows."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from chassis.migrations import migrate
from services.notifications.domain import KINDS


def test_every_kind_of_mail_has_its_place(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/notifications.db"
    migrate("services.notifications", url)
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        (made,) = connection.scalars(sa.text("SELECT sql FROM sqlite_master WHERE name = 'message'"))
    engine.dispose()
    assert [kind for kind in KINDS if f"'{kind}'" not in made] == []
