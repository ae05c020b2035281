"""What somebody who watches a planning run sees of it, against what the planner says, in the same run of the benchmark.

2,341 bodies (``--bodies``) are confirmed and planned for ten seconds (``--seconds``), while one client reads the
server-sent events of the run. It counts the updates that differ from the one before, the longest time without one, and
the distinct maps. The yardstick: the same question put to the planner's process alone.
``python -m benchmarks.progress``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import requests

from chassis.database import Store
from contracts.enrollment import AdhesionConfirmed
from rehearsal.client import Api
from rehearsal.people import adhesion_of, eligible_bodies
from rehearsal.platform import Distributed, Platform
from services.scheduling import admission
from services.scheduling.models import Base, Outcome

Seen = tuple[float, str, Any]
"""When it was seen, whether it is ``progress`` or a ``map``, and what it says."""


def confirm(store: Store, programme: dict[str, Any], bodies: int) -> None:
    """So many bodies join; scheduling takes it in as it takes in what enrollment tells."""
    confirmed = []
    for body in eligible_bodies(programme, bodies, 2017):
        form = adhesion_of(body, programme, 2017)
        confirmed.append(
            AdhesionConfirmed(
                adhesion_id=uuid4(),
                programme_id=UUID(programme["programme_id"]),
                body_code=body.code,
                body_name=body.name,
                body_kind="municipality",
                province=body.province,
                region=body.region,
                population=body.population or 0,
                latitude=body.latitude,
                longitude=body.longitude,
                places_requested=len(form["delegates"]),
                topics=form["topics"],
                contact_id=uuid4(),
                sequence=1,
            )
        )
    with store.transaction() as session:
        admission.apply(session, confirmed, datetime.fromisoformat(programme["adhesion_closes"]))


def watched(url: str, run_id: str, token: str) -> Iterator[Seen]:
    """What the stream tells until it says that the run has ended."""
    answer = requests.get(
        f"{url}/api/v1/scheduling-runs/{run_id}/events",
        headers={"Authorization": f"Bearer {token}", "Accept": "text/event-stream"},
        stream=True,
        timeout=60,
    )
    text = ""
    for chunk in answer.iter_content(chunk_size=None):
        text += chunk.decode()
        *messages, text = text.split("\n\n")
        for message in messages:
            said = dict(line.split(": ", 1) for line in message.split("\n") if not line.startswith(":"))
            if said.get("event") == "ended":
                return
            if "event" in said:
                yield time.monotonic(), said["event"], json.loads(said["data"])


def alone(question: str) -> Iterator[Seen]:
    """What the planner's process says to whoever reads all of it."""
    command = [sys.executable, "-m", "services.scheduling.planner.worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(question + "\n")
        process.stdin.flush()
        for line in process.stdout:
            if told := json.loads(line).get("progress"):
                sketch = told.pop("sketch")
                yield time.monotonic(), "progress", told
                if sketch is not None:
                    yield time.monotonic(), "map", sketch


def figures(seen: list[Seen]) -> dict[str, float]:
    """Updates a second and the longest pause, from the first one that there was to the last."""
    fresh, last = [], None
    for at, _kind, said in (one for one in seen if one[1] == "progress"):
        if said != last:
            fresh.append(at)
        last = said
    pauses = [later - earlier for earlier, later in pairwise(fresh)]
    maps = {json.dumps(said, sort_keys=True) for _at, kind, said in seen if kind == "map"}
    return {
        "updates": len(fresh),
        "seconds": round(fresh[-1] - fresh[0], 1),
        "updates_a_second": round((len(fresh) - 1) / (fresh[-1] - fresh[0]), 2),
        "longest_pause": round(max(pauses), 2),
        "maps": len(maps),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.progress", description=__doc__)
    parser.add_argument("--mode", choices=("embedded", "distributed"), default="distributed")
    parser.add_argument("--bodies", type=int, default=2341)
    parser.add_argument("--seconds", type=int, default=10)
    asked = parser.parse_args()
    start = Platform.embedded if asked.mode == "embedded" else Platform.distributed
    with tempfile.TemporaryDirectory(prefix="bench-progress-") as scratch, start(Path(scratch)) as platform:
        api = Api(platform.url)
        programme = api.get("/api/v1/programmes")["items"][0]
        platform.set_clock(datetime.fromisoformat(programme["adhesion_closes"]) + timedelta(hours=10))
        url = (
            platform.database_urls["scheduling"]
            if isinstance(platform, Distributed)
            else f"sqlite:///{platform.state_dir}/scheduling.db"
        )
        store = Store(url, Base.metadata)
        confirm(store, programme, asked.bodies)
        login = {"email": platform.staff_email, "password": platform.staff_password}
        token = api.post("/api/v1/sessions", login)["token"]
        wanted = {
            "programme_id": programme["programme_id"],
            "parameters": {"seconds": asked.seconds, "seed": 1},
        }
        run = api.post("/api/v1/scheduling-runs", wanted, token)
        seen = list(watched(platform.url, run["id"], token))
        with store.read() as session:
            question = session.get_one(Outcome, UUID(run["id"])).problem
        store.dispose()
    watching, yardstick = figures(seen), figures(list(alone(question)))
    ratio = watching["updates_a_second"] / yardstick["updates_a_second"]
    print(
        json.dumps(
            {"mode": asked.mode, "bodies": asked.bodies, "seen": watching, "said": yardstick, "ratio": round(ratio, 2)}
        )
    )


if __name__ == "__main__":
    main()
