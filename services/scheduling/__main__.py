"""``python -m services.scheduling seed`` fills the hosts and the trainers of a new installation.

It may be run again: names, coordinates and population follow the registry, what the secretariat set (venue, room size,
a trainer's days) stays.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.database import Store, upsert
from services.scheduling.models import Base, Host, Trainer

SMALLEST_HOST = 15_000
"""Inhabitants: smaller municipalities rarely have a room for a training day."""

_HERE = Path(__file__).resolve().parent
_REGISTRY = _HERE.parents[1] / "seeds" / "municipalities.csv"


def seed(session: Session, registry: Path, trainers: Path) -> tuple[int, int]:
    """Bring hosts and trainers in; return how many of each the files hold."""
    hosts = list(_hosts(registry))
    insert = upsert(session, Host.__table__)
    follow = ("name", "province", "region", "population", "latitude", "longitude")
    session.execute(
        insert.on_conflict_do_update(index_elements=["code"], set_={name: insert.excluded[name] for name in follow}),
        hosts,
    )
    people = list(_trainers(trainers))
    session.execute(upsert(session, Trainer.__table__).on_conflict_do_nothing(), people)
    return len(hosts), len(people)


def _hosts(registry: Path) -> Iterator[dict[str, Any]]:
    for row in _rows(registry):
        if int(row["population"] or 0) >= SMALLEST_HOST:
            yield {
                "code": row["code"],
                "name": row["name"],
                "province": row["province"],
                "region": row["region"],
                "population": int(row["population"]),
                "latitude": float(row["latitude"]),
                "longitude": float(row["longitude"]),
                "venue": "Sala consiliare del Comune",
                "address": "",
                "capacity": None,
                "usable": True,
                "version": 1,
            }


def _trainers(path: Path) -> Iterator[dict[str, Any]]:
    for row in _rows(path):
        yield {
            "id": UUID(row["id"]),
            "name": row["name"],
            "home": row["home"],
            "latitude": float(row["latitude"]),
            "longitude": float(row["longitude"]),
            "unavailable": [day for day in row["unavailable"].split(";") if day],
            "skills": [topic for topic in row["skills"].split(";") if topic] or None,
            "most_days": int(row["most_days"]) if row["most_days"] else None,
            "most_a_week": int(row["most_a_week"]) if row["most_a_week"] else None,
            "usable": True,
            "version": 1,
        }


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m services.scheduling", description=__doc__)
    command = parser.add_subparsers(dest="command", required=True).add_parser("seed", help="hosts and trainers")
    command.add_argument("--registry", type=Path, default=_REGISTRY)
    command.add_argument("--trainers", type=Path, default=_HERE / "seed_trainers.csv")
    chosen = parser.parse_args()
    url = os.environ.get("DATABASE_URL")
    if not url:
        print("DATABASE_URL is not set", file=sys.stderr)
        return 2
    if missing := [path for path in (chosen.registry, chosen.trainers) if not path.is_file()]:
        print(f"there is no file {missing[0]}", file=sys.stderr)
        return 2
    store = Store(url, Base.metadata)
    with store.transaction() as session:
        hosts, trainers = seed(session, chosen.registry, chosen.trainers)
    store.dispose()
    print(f"scheduling: {hosts} hosts, {trainers} trainers")
    return 0


if __name__ == "__main__":
    sys.exit(main())
