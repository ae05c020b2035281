"""The pages and files of a very large plan over HTTP: seconds, size, and for how long others wait meanwhile.

``python -m benchmarks.plan_pages [--bodies 10000] [--modes embedded distributed]``: a real platform, its scheduling
filled with invented towns; a plan is made, published, repaired and looked at as the secretariat does. Beside each
request the liveness of every process that has to do with it is asked for again and again: how long that took at most is
the longest time for which an event loop stood still. The yardstick is the same question asked while nothing goes on.
The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import requests

from benchmarks.planning_service import fill
from chassis.database import Store
from rehearsal.client import Api
from rehearsal.platform import Distributed, Platform
from rehearsal.processes import Memory
from services.scheduling.models import Base

RUNS = "/api/v1/scheduling-runs"
FILES = ("plan.xlsx", "bodies.csv", "days.csv", "trainers.csv", "calendar.ics")
QUIET = 2.0
"""Seconds for which the yardstick is taken."""


class Others:
    """Whoever asks a process for a sign of life, and how long they waited at most."""

    def __init__(self, url: str) -> None:
        self.url, self.longest = url, 0.0
        self._ended = threading.Event()
        threading.Thread(target=self._ask, daemon=True).start()

    def end(self) -> None:
        self._ended.set()

    def _ask(self) -> None:
        with requests.Session() as session:
            while not self._ended.wait(0.01):
                began = time.perf_counter()
                session.get(self.url, timeout=120)
                self.longest = max(self.longest, time.perf_counter() - began)


class Office:
    """The secretariat at a browser and with a token."""

    def __init__(self, platform: Platform, figures: dict[str, Any]) -> None:
        self.platform, self.figures = platform, figures
        self.watched = ("gateway", "scheduling") if isinstance(platform, Distributed) else ("platform",)
        self.browser = requests.Session()
        form = {"email": platform.staff_email, "password": platform.staff_password}
        shown = self.browser.get(f"{platform.url}/staff/login", timeout=60).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
        assert token is not None
        self.browser.post(f"{platform.url}/staff/login", data={**form, "csrf_token": token[1]}, timeout=60)
        self.headers = {"Authorization": f"Bearer {Api(platform.url).post('/api/v1/sessions', form)['token']}"}

    @contextmanager
    def part(self, name: str) -> Iterator[dict[str, Any]]:
        """Measure the block, and print it with what it notes of itself."""
        members = {one: self.platform.services[one][0] for one in self.watched}
        others = {one: Others(member.ready_url.replace("readyz", "healthz")) for one, member in members.items()}
        memory = {one: Memory(lambda one=one: self.platform.pids[one]) for one in self.watched}  # type: ignore[misc]
        noted: dict[str, Any] = {}
        began = time.perf_counter()
        yield noted
        noted["seconds"] = round(time.perf_counter() - began, 2)
        for one in self.watched:
            others[one].end()
            memory[one].stop()
            noted[f"{one}_stopped"] = round(others[one].longest, 3)
            if memory[one].peak:  # it is looked at twice a second
                noted[f"{one}_mb"] = memory[one].peak >> 20
        self.figures[name] = noted
        print(f"  {name:28} " + ", ".join(f"{key} {value}" for key, value in noted.items()), flush=True)

    def look(self, name: str, path: str) -> None:
        """Open a page, or take a file away."""
        with self.part(name) as noted:
            began, size, first = time.perf_counter(), 0, 0.0
            headers = self.headers if path.startswith("/api/") else {}
            with self.browser.get(self.platform.url + path, headers=headers, stream=True, timeout=600) as answer:
                answer.raise_for_status()
                for chunk in answer.iter_content(65536):
                    first = first or time.perf_counter() - began
                    size += len(chunk)
            noted.update(first_byte=round(first, 2), kb=size >> 10)

    def planned(self, name: str, programme: str, parameters: dict[str, Any]) -> str:
        with self.part(name) as noted:
            asked = {"programme_id": programme, "parameters": parameters}
            answer = requests.post(self.platform.url + RUNS, json=asked, headers=self.headers, timeout=120)
            answer.raise_for_status()
            noted["begun"] = round(answer.elapsed.total_seconds(), 2)
            run = answer.json()
            found = self._until(run["id"], lambda one: one["state"] not in ("requested", "running"))
            noted.update(state=found["state"], reason=found["reason"], gap=found["gap"])
        if found["state"] != "completed":
            raise SystemExit(f"{name}: {found}")
        return str(run["id"])

    def publish(self, name: str, run_id: str) -> None:
        with self.part(name) as noted:
            address = f"{self.platform.url}{RUNS}/{run_id}/publication"
            noted["status"] = requests.post(address, json={}, headers=self.headers, timeout=120).status_code
            self._until(run_id, lambda one: one["state"] == "published")

    def foreseen(self, run_id: str) -> None:
        """Until what publishing would change has been worked out."""
        with self.part("foreseen") as noted:
            address = f"{self.platform.url}{RUNS}/{run_id}/publication-preview"
            while (answer := requests.get(address, headers=self.headers, timeout=120)).status_code == 202:
                time.sleep(0.5)
            noted.update(people=answer.json()["people"])

    def first_of(self, run_id: str, what: str) -> dict[str, Any]:
        """The first of the days, or of the bodies, of a plan."""
        address = f"{self.platform.url}{RUNS}/{run_id}/{what}"
        answer = requests.get(address, {"limit": 1}, headers=self.headers, timeout=60).json()
        found: dict[str, Any] = answer["items"][0]
        return found

    def _until(self, run_id: str, over: Any) -> dict[str, Any]:
        address = f"{self.platform.url}{RUNS}/{run_id}"
        while True:
            found: dict[str, Any] = requests.get(
                address, headers=self.headers, timeout=120, allow_redirects=False
            ).json()
            if over(found):
                return found
            time.sleep(0.5)


def measured(platform: Platform, bodies: int, seconds: float) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    programme = str(Api(platform.url).get("/api/v1/programmes")["items"][0]["programme_id"])
    distributed = isinstance(platform, Distributed)
    process = platform.services["scheduling" if distributed else "platform"][0]
    process.ask_to_stop()
    process.stopped()
    url = f"sqlite:///{platform.state_dir / 'scheduling.db'}"
    store = Store(platform.database_urls["scheduling"] if isinstance(platform, Distributed) else url, Base.metadata)
    fill(store, bodies, UUID(programme))
    store.dispose()
    process.start()
    process.wait_ready()

    office = Office(platform, figures)
    with office.part("yardstick: nothing"):
        time.sleep(QUIET)
    first = office.planned("plan", programme, {"seconds": seconds, "detour": 1.3})
    office.look("before: page that publishes", f"/staff/planning/{first}/publish")
    office.publish("publish", first)
    repair = {"kind": "host_cancels", "host_code": office.first_of(first, "days")["host_code"]}
    second = office.planned("repair", programme, {"repair": repair, "seconds": max(2.0, seconds / 4)})
    pages = {"published run": first, "repair": second}
    for name, run_id in pages.items():
        office.look(f"page of the {name}", f"/staff/planning/{run_id}")
    office.foreseen(second)
    office.look("page of the repair, foreseen", f"/staff/planning/{second}")
    for name in ("days", "trainers", "bodies", "bodies?query=a", "again"):
        office.look(f"page: {name}", f"/staff/planning/{first}/{name}")
    office.look("page: compare", f"/staff/planning/{first}/compare?other={second}")
    office.look("page: why", f"/staff/planning/{first}/why/{office.first_of(first, 'bodies')['planned_as']}")
    for name in FILES:
        office.look(f"file: {name}", f"/staff/planning/{first}/export/{name}")
    office.look("API: whole plan", f"{RUNS}/{first}/plan")
    office.publish("publish again", second)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plan_pages", description=__doc__)
    parser.add_argument("--bodies", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, help="of the search; without it, what the number of bodies needs")
    parser.add_argument("--modes", nargs="+", choices=("embedded", "distributed"), default=["embedded", "distributed"])
    chosen = parser.parse_args()
    seconds = chosen.seconds or max(2.0, chosen.bodies / 800)
    result: dict[str, Any] = {"bodies": chosen.bodies, "seconds": seconds}
    starts = {"embedded": Platform.embedded, "distributed": Platform.distributed}
    for mode in chosen.modes:
        print(f"{mode}:", flush=True)
        with (
            tempfile.TemporaryDirectory(prefix="bench-plan-") as scratch,
            starts[mode](Path(scratch), environment={"RUN_OVERTIME": "600"}) as platform,
        ):
            result[mode] = measured(platform, chosen.bodies, seconds)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
