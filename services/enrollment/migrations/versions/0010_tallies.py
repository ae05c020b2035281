"""What the dashboard counts, in tallies that change with each adhesion; also of those that are there already."""

from collections import Counter
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0010"
down_revision = "0009"

BYTEWISE = sa.String(254).with_variant(sa.String(254, collation="C"), "postgresql")
OFFICE = ZoneInfo("Europe/Rome")
CLASSES = (0, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 150_000, 250_000)
FACTS = """
SELECT l.id, l.programme_id, l.state, l.kind, l.region, l.population, l.mailbox_dead, l.submitted_at, a.confirmed_at,
       a.id AS adhesion_id
FROM listed_adhesion l JOIN adhesion a ON a.id = l.adhesion_id
"""
PEOPLE = "SELECT adhesion_id, role, gender FROM delegate WHERE state IN ('active', 'erased')"


def upgrade() -> None:
    op.create_table(
        "tally",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("name", BYTEWISE, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.CheckConstraint("count >= 0", name=op.f("ck_tally_count")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_tally_programme_id_programme")),
        sa.PrimaryKeyConstraint("programme_id", "name", name=op.f("pk_tally")),
    )
    op.add_column("listed_adhesion", sa.Column("tallied", sa.JSON(), nullable=False, server_default="[]"))
    _count_what_is_there()


def _count_what_is_there() -> None:
    """As ``tallies`` did when this version was written."""
    connection = op.get_bind()
    people: dict = {}
    for who in connection.execute(sa.text(PEOPLE)):
        people.setdefault(who.adhesion_id, []).append(f"delegate {who.role} {who.gender}")
    rows = sa.table("listed_adhesion", sa.column("id"), sa.column("tallied", sa.JSON()))
    facts = sa.text(FACTS).columns(submitted_at=Moment(), confirmed_at=Moment())
    counts: Counter = Counter()
    changes = []
    for one in connection.execute(facts).all():
        names = _names(one, people.get(one.adhesion_id, []))
        counts.update((one.programme_id, name) for name in names)
        changes.append({"row": one.id, "names": names})
    if changes:
        update = sa.update(rows).where(rows.c.id == sa.bindparam("row")).values(tallied=sa.bindparam("names"))
        connection.execute(update, changes)
        tally = sa.table("tally", *map(sa.column, ("programme_id", "name", "count", "moved")))
        made = [
            {"programme_id": programme_id, "name": name, "count": count, "moved": count}
            for (programme_id, name), count in counts.items()
        ]
        connection.execute(sa.insert(tally), made)


def _names(one, people: list[str]) -> list[str]:
    found = [f"received {_day(one.submitted_at)}", f"state {one.state}"]
    if one.mailbox_dead and one.state not in ("rejected", "withdrawn"):
        found.append("dead mailbox")
    if one.state == "confirmed":
        municipal = one.kind == "municipality"
        found.append(f"{'joined' if municipal else 'others'} {one.region}")
        if one.confirmed_at is not None:
            found.append(f"confirmed {_day(one.confirmed_at)}")
        if municipal and one.population >= 0:
            found.append(f"class {max(low for low in CLASSES if low <= one.population)}")
        found += sorted(people)
    return found


def _day(moment) -> str:
    return moment.astimezone(OFFICE).date().isoformat()
