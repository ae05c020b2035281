"""How many adhesions and people of a programme are what: counted with each change, and never again all from the start.

A tally's name is a word and what it is about: ``received 2017-05-16``, ``joined Lazio``, ``delegate official female``.
Each listed row remembers the names that it is counted under. When it changes, ``listing`` takes it from the tallies
that it leaves and puts it to those that it comes to, in the transaction of the change: the numbers are exact, and stay
so when a later version counts under other names. Days are those of the office's calendar.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.database import upsert
from services.enrollment.domain import ENDED, OFFICE
from services.enrollment.models import Programme, Tally

__all__ = ["CLASSES", "Moves", "move", "names", "read"]

CLASSES = (0, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 150_000, 250_000)
"""Where the classes of population begin; each ends where the next one begins."""
STAYING = ("active", "erased")
"""Delegates as the funder counts them: who takes part, and who did and was erased since."""

Moves = Counter[tuple[UUID, str]]
"""By how much the tallies of programmes change."""


def names(one: Any, delegates: Iterable[Any]) -> list[str]:
    """What an adhesion is counted under, from its facts and its people; a name for each person."""
    found = [f"received {_day(one.submitted_at)}", f"state {one.state}"]
    if one.mail_state == "bounced" and one.state not in ENDED:
        found.append("dead mailbox")
    if one.state == "confirmed":
        municipal = one.kind == "municipality"
        found.append(f"{'joined' if municipal else 'others'} {one.region}")
        if one.confirmed_at is not None:
            found.append(f"confirmed {_day(one.confirmed_at)}")
        if municipal and one.population is not None:
            found.append(f"class {max(low for low in CLASSES if low <= one.population)}")
        found += sorted(f"delegate {who.role} {who.gender}" for who in delegates if who.state in STAYING)
    return found


def move(session: Session, moves: Moves) -> None:
    """Change the tallies, in one order everywhere: transactions that change the same ones do not block each other."""
    rows = [
        {"programme_id": programme_id, "name": name, "count": max(change, 0), "moved": change}
        for (programme_id, name), change in sorted(moves.items())
        if change
    ]
    if rows:
        insert = upsert(session, Tally)
        changed = insert.on_conflict_do_update(
            index_elements=[Tally.programme_id, Tally.name],
            set_={"count": Tally.count + insert.excluded.moved, "moved": insert.excluded.moved},
        )
        session.execute(changed, rows)


def read(session: Session, programme: Programme) -> dict[str, dict[str, int]]:
    """The programme's tallies that are not zero: by their first word, then by the rest of their names."""
    chosen = sa.select(Tally.name, Tally.count).where(Tally.programme_id == programme.id, Tally.count > 0)
    found: dict[str, dict[str, int]] = {}
    for name, count in session.execute(chosen.order_by(Tally.name)):
        word, _, about = name.partition(" ")
        found.setdefault(word, {})[about] = count
    return found


def _day(moment: datetime) -> str:
    return moment.astimezone(OFFICE).date().isoformat()
