"""100,000 adhesions taken away as CSV and XLSX over HTTP: seconds, also to the first byte, and memory.

The yardstick is PostgreSQL's own ``COPY ... TO STDOUT`` of the same rows, in the same order, in the same run.
``python -m benchmarks.exports [--rows 100000]``. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import requests
import sqlalchemy as sa

from benchmarks.adhesions import fill
from chassis.database import Store
from rehearsal.client import Api
from rehearsal.platform import Platform
from rehearsal.processes import Memory
from services.enrollment.models import Base

MEASURED = ("gateway", "enrollment")
COPIED = """
COPY (SELECT a.*, b.name, b.province, b.region, c.given_name, c.family_name, c.email
      FROM listed_adhesion l JOIN adhesion a ON a.id = l.adhesion_id JOIN body b ON b.code = a.body_code
           JOIN contact c ON c.adhesion_id = a.id ORDER BY l.id) TO STDOUT
"""


@contextmanager
def memory(platform: Platform) -> Iterator[dict[str, Memory]]:
    """What each of the processes holds at most meanwhile."""
    watched = {name: Memory(lambda name=name: platform.pids[name]) for name in MEASURED}  # type: ignore[misc]
    yield watched
    for one in watched.values():
        one.stop()


def take(url: str, token: str, **query: str) -> dict[str, Any]:
    """Download and forget; how long it took, and how much it was."""
    began, first, size = time.perf_counter(), 0.0, 0
    headers = {"Authorization": f"Bearer {token}"}
    with requests.get(f"{url}/api/v1/adhesions/export", query, headers=headers, stream=True, timeout=600) as answer:
        answer.raise_for_status()
        for chunk in answer.iter_content(65536):
            first = first or time.perf_counter() - began
            size += len(chunk)
    return {"seconds": round(time.perf_counter() - began, 1), "first_byte": round(first, 2), "bytes": size}


def copied(url: str) -> float:
    """Seconds of the yardstick."""
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg2.connect(plain)
    began = time.perf_counter()
    with Path(os.devnull).open("w") as nowhere, connection.cursor() as cursor:
        cursor.copy_expert(COPIED, nowhere)
    took = time.perf_counter() - began
    connection.close()
    return took


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exports", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    result: dict[str, Any] = {"rows": rows}
    with tempfile.TemporaryDirectory(prefix="bench-exports-") as scratch, Platform.distributed(Path(scratch)) as one:
        api = Api(one.url)
        programme = api.get("/api/v1/programmes")["items"][0]
        one.set_clock(datetime.fromisoformat(programme["adhesion_opens"]) + timedelta(days=14))
        url = one.database_urls["enrollment"]
        store = Store(url, Base.metadata)
        fill(store, rows, programme["code"])
        store.dispose()
        credentials = {"email": one.staff_email, "password": one.staff_password}
        token = api.post("/api/v1/sessions", credentials)["token"]
        result["yardstick_seconds"] = round(copied(url), 2)
        print(f"yardstick, COPY of {rows:,} rows: {result['yardstick_seconds']} s", flush=True)
        for subject in ("adhesions", "delegates"):
            for form in ("csv", "xlsx"):
                with memory(one) as watched:
                    took = take(one.url, token, programme_code=programme["code"], subject=subject, format=form)
                took |= {f"{name}_mb": round(watched[name].peak / 2**20) for name in MEASURED}
                result[f"{subject} {form}"] = took
                print(f"{subject} {form}: {took}", flush=True)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
