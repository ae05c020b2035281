"""Certificates are found by their holders' names."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h"})


def upgrade() -> None:
    with op.batch_alter_table("delegate") as table:
        table.add_column(sa.Column("found_by", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("delegate") as table:
        table.alter_column("found_by", existing_type=sa.String(), server_default=None)
    delegate = sa.table("delegate", *map(sa.column, ("given_name", "family_name", "body_name", "found_by")), sa.column("id", sa.Uuid()))
    connection = op.get_bind()
    known = connection.execute(sa.select(delegate).where(delegate.c.given_name.is_not(None))).all()
    if known:
        connection.execute(
            sa.update(delegate).where(delegate.c.id == sa.bindparam("one")).values(found_by=sa.bindparam("words")),
            [{"one": row.id, "words": _found_by(row.given_name, row.family_name, row.body_name)} for row in known],
        )


def _found_by(*names: str | None) -> str:
    words = [word for name in names if name for word in (*re.findall(r"[^\W_]+", _decomposed(name)), _letters(name))]
    return " ".join(dict.fromkeys(words))


def _letters(name: str) -> str:
    return "".join(character for character in _decomposed(name) if character.isalnum())


def _decomposed(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
