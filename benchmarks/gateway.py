"""Adhesions a second through the gateway, on PostgreSQL and RabbitMQ, and as a share of pgbench doing the same inserts.

Many town halls at once post the adhesion form of real municipalities with two delegates each; every answer is a 201,
whose adhesion is committed with its events. Meanwhile the letters go out as ever. The yardstick: the statements of one
such transaction, recorded from the service, run by pgbench with as many clients on the same server in the same run.
``python -m benchmarks.gateway``.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import statistics
import subprocess
import tempfile
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import sqlalchemy as sa
from nameko.testing.services import worker_factory

from chassis import clock
from chassis.database import Store
from chassis.migrations import migrate
from chassis.outbox import Emitter
from rehearsal.client import Api
from rehearsal.people import adhesion_of, eligible_bodies
from rehearsal.platform import Platform
from services.enrollment.models import Base
from services.enrollment.seeding import seed
from services.enrollment.service import EnrollmentService
from services.enrollment.settings import EnrollmentSettings

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "postgresql+psycopg2://postgres@127.0.0.1:5432/postgres")
_SKIPPED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SHOW", "SET", "SELECT PG_CATALOG")
_UUID = re.compile(r"'([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})'(?:::uuid)?")
_UNIQUE = """
SELECT c.relname, i.indrelid::regclass::text AS of, con.conname
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid
WHERE i.indisunique AND i.indrelid = ANY (
    ARRAY['adhesion', 'idempotency', 'delegate', 'receipt', 'listed_word']::regclass[]
) AND NOT (i.indisprimary AND i.indrelid <> ALL (ARRAY['idempotency', 'listed_word']::regclass[]))
"""


def forms(programme: dict[str, Any], number: int) -> list[dict[str, Any]]:
    made = [adhesion_of(body, programme, 7) for body in eligible_bodies(programme, number, 7)]
    for form in made:
        form["delegates"] = (form["delegates"] * 2)[:2]
        form["delegates"][1] = form["delegates"][1] | {"email": f"second.{form['delegates'][0]['email']}"}
    return made


def through_the_gateway(number: int, clients: int, processes: int) -> tuple[float, list[float]]:
    """Adhesions a second, and the seconds that each took."""
    with tempfile.TemporaryDirectory(prefix="bench-gateway-") as scratch:
        several = {"gateway": processes, "enrollment": processes}
        with Platform.distributed(Path(scratch), processes=several) as platform:
            programme = Api(platform.url).get("/api/v1/programmes")["items"][0]
            platform.set_clock(datetime.fromisoformat(programme["adhesion_opens"]) + timedelta(days=1))
            todo = iter([json.dumps(form).encode() for form in forms(programme, number)])
            return _post_all(platform.url, todo, clients)


def _post_all(url: str, todo: Any, clients: int) -> tuple[float, list[float]]:
    host = urlsplit(url).netloc
    took: list[float] = []
    lock, wrong = threading.Lock(), list[str]()

    def client() -> None:
        connection = http.client.HTTPConnection(host, timeout=60)
        while not wrong:
            with lock:
                body = next(todo, None)
            if body is None:
                break
            headers = {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex}
            began = time.perf_counter()
            connection.request("POST", "/api/v1/adhesions", body, headers)
            answer = connection.getresponse()
            answer.read()
            took.append(time.perf_counter() - began)
            if answer.status != 201:
                wrong.append(f"an adhesion was answered with {answer.status}")

    threads = [threading.Thread(target=client) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise SystemExit(wrong[0])
    return len(took) / (time.perf_counter() - began), took


def by_pgbench(clients: int, seconds: int) -> float:
    """Transactions a second of the same statements, sent by pgbench."""
    name = f"bench_gateway_{uuid4().hex[:8]}"
    server = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    url = sa.make_url(POSTGRESQL).set(database=name)
    try:
        with tempfile.TemporaryDirectory(prefix="pgbench-") as scratch:
            script = Path(scratch) / "adhesion.sql"
            script.write_text(_recorded(url.render_as_string(hide_password=False)), encoding="utf-8")
            command = ["pgbench", "-n", "-f", str(script), "-c", str(clients), "-j", "1", "-T", str(seconds)]
            command += [
                "-h",
                url.host or "127.0.0.1",
                "-p",
                str(url.port or 5432),
                "-U",
                url.username or "postgres",
                name,
            ]
            environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        found = re.search(r"tps = ([0-9.]+)", done.stdout)
        if found is None:
            raise SystemExit(f"pgbench failed: {done.stderr[-800:]}")
        return float(found.group(1))
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


def _recorded(url: str) -> str:
    """The statements of one adhesion as a pgbench script: fresh identifiers each time, one body at random.

    What says "once" (the unique indexes on body, protocol, idempotency key and the like) is dropped: the script repeats
    itself.
    """
    migrate("services.enrollment", url)
    store = Store(url, Base.metadata)
    settings = EnrollmentSettings(database_url=url, link_secret="x" * 32)
    seed(store, Emitter("enrollment"))
    service = worker_factory(EnrollmentService, database=store, outbox=Emitter("enrollment"), settings=settings)
    programme = service.programmes()["items"][0]
    opens = datetime.fromisoformat(programme["adhesion_opens"])
    clock.set_offset((opens + timedelta(days=1) - clock.machine_now()).total_seconds())
    first, second = forms(programme, 2)
    service.submit_adhesion(adhesion=first, idempotency_key="warm")
    statements: list[str] = []

    @sa.event.listens_for(store.engine, "before_cursor_execute")
    def record(connection: Any, cursor: Any, statement: str, given: Any, context: Any, many: bool) -> None:
        if not statement.upper().startswith(_SKIPPED):
            rows = given if isinstance(given, list) else [given]
            statements.extend(cursor.mogrify(statement, row or None).decode() for row in rows)

    service.submit_adhesion(adhesion=second, idempotency_key="recorded")
    sa.event.remove(store.engine, "before_cursor_execute", record)
    with store.engine.begin() as connection:
        for index in connection.execute(sa.text(_UNIQUE)).all():
            what = f"CONSTRAINT {index.conname}" if index.conname else ""
            drop = f"ALTER TABLE {index.of} DROP {what}" if what else f"DROP INDEX {index.relname}"
            connection.execute(sa.text(drop))
    store.dispose()
    clock.set_offset(0)
    return _with_fresh_identifiers(statements, {programme["programme_id"]})


def _with_fresh_identifiers(statements: list[str], kept: set[str]) -> str:
    names: dict[str, str] = {}

    def fresh(match: re.Match[str]) -> str:
        found = match.group(1)
        if found in kept:
            return match.group(0)
        names.setdefault(found, f"id{len(names)}")
        return f"':{names[found]}'::uuid"

    body = []
    for statement in statements:
        text = re.sub(r"ON CONFLICT(?: \([^)]*\))?(?: WHERE .*?)? DO NOTHING", "", " ".join(statement.split()))
        body.append(f"{_UUID.sub(fresh, text)};")
    known = ", ".join(f"gen_random_uuid() AS {name}" for name in names.values())
    return "\n".join([f"SELECT {known} \\gset" if known else "", "BEGIN;", *body, "COMMIT;", ""])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gateway", description=__doc__)
    parser.add_argument("--adhesions", type=int, default=1500)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--processes", type=int, default=1, help="of gateway and enrollment each")
    parser.add_argument("--seconds", type=int, default=10, help="of pgbench")
    asked = parser.parse_args()
    random.seed(7)
    rate, took = through_the_gateway(asked.adhesions, asked.clients, asked.processes)
    yardstick = by_pgbench(asked.clients, asked.seconds)
    took.sort()
    print(
        json.dumps(
            {
                "adhesions_per_second": round(rate, 1),
                "p50_ms": round(1000 * statistics.median(took), 1),
                "p95_ms": round(1000 * took[int(len(took) * 0.95)], 1),
                "pgbench_per_second": round(yardstick, 1),
                "share": round(rate / yardstick, 3),
            }
        )
    )


if __name__ == "__main__":
    main()
