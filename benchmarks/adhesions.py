"""The secretariat's list and dashboard over 100,000 adhesions, on SQLite and PostgreSQL, against a yardstick.

``python -m benchmarks.adhesions [--rows 100000] [--repeat 15]``. The rows are written as the service writes them; then
the entrypoint itself is asked for pages of 50. The yardstick, in the same run, is the least that a page can cost: 50
adhesions read by their primary keys with body, programme, contact and number of delegates, and made into the same
answer. Milliseconds are medians. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from nameko.testing.services import worker_factory

import seeds
from benchmarks.stores import database
from chassis import clock
from chassis.database import Store
from services.enrollment import domain, finding, listing, programmes, queries, schemas
from services.enrollment.models import Adhesion, Base, Body, Contact, Delegate, ListedAdhesion, Programme
from services.enrollment.service import EnrollmentService

PAGE = 50
BATCH = 5_000
STATES = ("submitted", "under_review", "confirmed", "rejected", "withdrawn")
GIVEN = (
    *("Anna", "Marco", "Giulia", "Luca", "Sara", "Paolo", "Elena", "Davide"),
    *("Nicolò", "Zoë", "Francesca", "Andrea", "Chiara", "Matteo", "Laura", "Stefano"),
    *("Maria", "Giuseppe", "Silvia", "Antonio"),
)
FAMILY = (
    *("Rossi", "Bianchi", "Ferrari", "D'Angelo", "Esposito", "Müller", "Kofler", "Gallo"),
    *("Costa", "Šuligoj", "Romano", "Colombo", "Ricci", "Marino", "Greco", "Bruno"),
    *("Conti", "Mancini", "Rizzo", "Lombardi", "Moretti", "Barbieri", "Fontana", "Santoro"),
)


def fill(store: Store, rows: int, code: str | None = None) -> str:
    """So many adhesions, each of a body of its own; names, places and sizes are those of the real municipalities.

    They are of the programme of this code, or of one that is opened for them; its code.
    """
    chance = random.Random(2017)
    towns = list(seeds.municipalities())
    with store.transaction() as session:
        if code is None:
            programme, _told = programmes.open_programme(session, seeds.programmes()[0], "system", clock.now())
        else:
            programme = queries.programme(session, code)
        code, programme_id = programme.code, programme.id
    for start in range(0, rows, BATCH):
        numbers = range(start, min(start + BATCH, rows))
        made = [_adhesion(chance, towns[number % len(towns)], number, programme_id) for number in numbers]
        with store.transaction() as session:
            for kind in (Body, Adhesion, Contact, Delegate):
                session.execute(sa.insert(kind), [row for one in made for row in one[kind]])
            listing.touch(session, [one[Adhesion][0]["id"] for one in made])
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))
    return code


def _adhesion(chance: random.Random, town: Any, number: int, programme_id: UUID) -> dict[type, list[dict[str, Any]]]:
    adhesion_id, state = uuid4(), chance.choices(STATES, (10, 3, 80, 2, 5))[0]
    moment = datetime(2017, 5, 2, tzinfo=UTC) + timedelta(seconds=40 * number)
    columns = dict.fromkeys(Body.__table__.columns.keys())
    body = columns | town._asdict() | {"code": f"B{number:06}", "kind": "municipality", "listed": True}
    body |= {"name": f"{town.name} {number // 7900}", "search": domain.searchable(town.name, town.name_other)}
    adhesion = {
        "id": adhesion_id,
        "programme_id": programme_id,
        "body_code": body["code"],
        "state": state,
        "protocol_year": 2017,
        "protocol_number": number + 1,
        "submitted_at": moment,
        "confirmed_at": moment if state == "confirmed" else None,
        "rejected_reason": "no" if state == "rejected" else None,
        "topics": ["tratta"],
        "consent_version": "2017-05",
        "receipt_hash": "0" * 64,
        "version": 1,
    }
    contact = _person(chance, adhesion_id, number) | {"phone": None, "office": "Ufficio personale"}
    contact["mail_state"] = "bounced" if chance.random() < 0.01 else "delivered"
    delegates = [
        _person(chance, adhesion_id, 10 * number + which)
        | {"role": "official", "gender": "not_said", "state": "active", "registered_at": moment}
        for which in range(chance.choice((0, 1, 1, 2)))
    ]
    return {Body: [body], Adhesion: [adhesion], Contact: [contact], Delegate: delegates}


def _person(chance: random.Random, adhesion_id: UUID, number: int) -> dict[str, Any]:
    given, family = chance.choice(GIVEN), chance.choice(FAMILY)
    return {
        "id": uuid4(),
        "adhesion_id": adhesion_id,
        "given_name": given,
        "family_name": family,
        "email": f"{domain.plain(given)}.{domain.plain(family).replace(' ', '')}{number}@comune.example.it",
        "language": "it",
    }


def asked(service: Any, code: str, rows: int) -> dict[str, Callable[[], Any]]:
    """What a secretary does with the list, by name."""

    def listed(**wanted: Any) -> Callable[[], Any]:
        return lambda: service.adhesions(code, limit=PAGE, **wanted)

    def deep(sort: str) -> Callable[[], Any]:
        with service.database.read() as session:
            column = finding.SORTS[sort.removeprefix("-")]
            place = sa.select(column, ListedAdhesion.id).order_by(column, ListedAdhesion.id).offset(rows * 9 // 10)
            key, last = session.execute(place.limit(1)).one()
        return listed(sort=sort, cursor=finding._cursor(sort, key, last))

    return {
        "dashboard": lambda: service.dashboard(code),
        "figures of the public pages": lambda: service.statistics(code),
        "first page": listed(count=True),
        "deep page": deep("protocol"),
        "deep page by body": deep("body"),
        **{f"sort {sort}": listed(sort=sort) for one in finding.SORTS for sort in (one, f"-{one}")},
        "filter state": listed(state="under_review", count=True),
        "filter rare state, by size": listed(state="rejected", sort="-population", count=True),
        "filter region": listed(region="Molise", count=True),
        "filter province, by body": listed(province="TN", sort="body", count=True),
        "filter size and dates": listed(
            population_min=5_000, population_max=15_000, submitted_from="2017-06-01", count=True
        ),
        "filter unfinished": listed(state="confirmed", delegates_max=0, count=True),
        "filter dead mailbox": listed(mailbox_dead=True, sort="body", count=True),
        "filters that nothing passes": listed(state="rejected", region="Molise", population_min=140_000, count=True),
        "search body": listed(query="reggio", count=True),
        "search person": listed(query="nicolo suligoj", count=True),
        "search mailbox": listed(query="anna.rossi1234", count=True),
        "search mailbox whole": listed(query="anna.rossi1234@comune.example.it", count=True),
        "search one letter": listed(query="a", count=True),
        "search protocol": listed(query=f"CO-2017-{rows // 2:06}", count=True),
        "search nothing there": listed(query="zzz rossi", count=True),
        "search and filters, by size": listed(
            query="anna ross", state="confirmed", region="Lombardia", sort="-population", count=True
        ),
    }


def yardstick(store: Store) -> Callable[[], Any]:
    with store.read() as session:
        ids = list(session.scalars(sa.select(Adhesion.id).order_by(Adhesion.protocol_number).limit(PAGE)))

    def read() -> Any:
        with store.read() as session:
            session.scalar(sa.select(Programme.id).limit(1))
            return schemas.ListedAdhesionOutput(many=True).dump(finding._whole(session, ids))

    return read


def milliseconds(work: Callable[[], Any], repeat: int) -> float:
    took = []
    work()
    for _ in range(repeat):
        began = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.adhesions", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    chosen = parser.parse_args()
    result: dict[str, Any] = {"rows": chosen.rows}
    for kind in chosen.databases:
        with database("services.enrollment", Base.metadata, kind) as store:
            began = time.perf_counter()
            code = fill(store, chosen.rows)
            print(f"{kind}: {chosen.rows:,} adhesions written in {time.perf_counter() - began:.0f} s")
            least = milliseconds(yardstick(store), chosen.repeat)
            print(f"  {'yardstick: 50 adhesions by their keys':40} {least:8.1f} ms")
            service = worker_factory(EnrollmentService, database=store)
            figures = {}
            for name, work in asked(service, code, chosen.rows).items():
                took = milliseconds(work, chosen.repeat)
                figures[name] = {"ms": round(took, 1), "ratio": round(took / least, 2)}
                print(f"  {name:40} {took:8.1f} ms   {took / least:6.2f} x yardstick")
            result[kind] = {"yardstick_ms": round(least, 1), "asked": figures}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
