"""The secretariat's list: a narrow row and the words of each adhesion, also of those that are there already."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0003"
down_revision = "0002"

BYTEWISE = sa.String(254).with_variant(sa.String(254, collation="C"), "postgresql")
INDEXED = (
    *("protocol", "body_name", "province", "region", "population", "state", "delegates", "submitted_at"),
    "mailbox_dead",
)

FACTS = """
SELECT a.id, a.programme_id, a.body_code, a.state, a.submitted_at, a.protocol_year, a.protocol_number, p.protocol_prefix,
       b.name, b.name_other, b.kind, b.province, b.region, b.population,
       c.given_name, c.family_name, c.email, c.mail_state
FROM adhesion a JOIN programme p ON p.id = a.programme_id JOIN body b ON b.code = a.body_code
     JOIN contact c ON c.adhesion_id = a.id
ORDER BY a.protocol_year, a.protocol_number
"""
PEOPLE = "SELECT adhesion_id, state, given_name, family_name, email FROM delegate"


def upgrade() -> None:
    op.create_table(
        "listed_adhesion",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("adhesion_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("protocol", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("body_name", BYTEWISE, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("region", sa.String(length=100), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("delegates", sa.Integer(), nullable=False),
        sa.Column("mailbox_dead", sa.Boolean(), nullable=False),
        sa.Column("submitted_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["adhesion_id"], ["adhesion.id"], name=op.f("fk_listed_adhesion_adhesion_id_adhesion")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_listed_adhesion_programme_id_programme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listed_adhesion")),
        sa.UniqueConstraint("adhesion_id", name=op.f("uq_listed_adhesion_adhesion_id")),
    )
    for column in INDEXED:
        op.create_index(f"ix_listed_adhesion_{column}", "listed_adhesion", ["programme_id", column, "id"])
    op.create_table(
        "listed_word",
        sa.Column("listed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("word", BYTEWISE, nullable=False),
        sa.ForeignKeyConstraint(
            ["listed_id"],
            ["listed_adhesion.id"],
            name=op.f("fk_listed_word_listed_id_listed_adhesion"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("listed_id", "word", name=op.f("pk_listed_word")),
    )
    op.create_index("ix_listed_word_word", "listed_word", ["word", "listed_id"])
    _list_what_is_there()


def _list_what_is_there() -> None:
    """As ``listing`` did when this version was written; later changes of an adhesion bring its row up to date."""
    connection = op.get_bind()
    people: dict = {}
    for person in connection.execute(sa.text(PEOPLE)):
        people.setdefault(person.adhesion_id, []).append(person)
    names = sa.table("listed_adhesion", *map(sa.column, (*_ROW, "adhesion_id", "id")))
    words = sa.table("listed_word", sa.column("listed_id"), sa.column("word"))
    for number, one in enumerate(connection.execute(sa.text(FACTS)).all(), 1):
        delegates = people.get(one.id, [])
        row = {
            "id": number,
            "adhesion_id": one.id,
            "programme_id": one.programme_id,
            "protocol": one.protocol_year * 1_000_000_000 + one.protocol_number,
            "state": one.state,
            "body_name": _plain(one.name),
            "kind": one.kind,
            "province": one.province,
            "region": one.region,
            "population": -1 if one.population is None else one.population,
            "delegates": sum(person.state == "active" for person in delegates),
            "mailbox_dead": one.mail_state == "bounced",
            "submitted_at": one.submitted_at,
        }
        connection.execute(sa.insert(names), [row])
        protocol = f"{one.protocol_prefix}-{one.protocol_year}-{one.protocol_number:06d}"
        known = [one.name, one.name_other, one.body_code, protocol]
        found = {word for text in known for word in _plain(text).split()}
        for person in (one, *delegates):
            for name in (person.given_name, person.family_name):
                found |= set(_plain(name or "").split())
            if person.email:
                found |= {person.email.lower(), *_plain(person.email.partition("@")[0]).split()}
        connection.execute(sa.insert(words), [{"listed_id": number, "word": word} for word in sorted(found)])
    if connection.dialect.name == "postgresql":
        op.execute("SELECT setval(pg_get_serial_sequence('listed_adhesion', 'id'), max(id)) FROM listed_adhesion")


_ROW = (
    *("programme_id", "protocol", "state", "body_name", "kind", "province", "region", "population", "delegates"),
    *("mailbox_dead", "submitted_at"),
)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", " ", letters).strip()
