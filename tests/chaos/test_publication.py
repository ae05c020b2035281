"""kill -9 in the middle of a publication: the next process finishes it, nothing is told twice and nothing is lost."""

from __future__ import annotations

import json
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from chassis.database import OUTBOX, Store
from rehearsal.client import until
from rehearsal.platform import Distributed, Platform
from rehearsal.play import Rehearsal
from services.scheduling.models import Base

RUNS = "/api/v1/scheduling-runs"
WRITTEN_IN_PART = {"at": "INSERT INTO place ", "after": None}
"""Appointments are written and told in the transaction, places are not."""
WRITTEN_WHOLE = {"at": "DELETE FROM publication ", "after": ["UPDATE run ", "'published'"]}
"""Everything is written and told in the transaction, which does not come to its end."""
SENT = {"at": "UPDATE outbox ", "after": ["DELETE FROM publication "]}
"""It is done, and what it told has left, but nobody has noted that it has."""


class Office:
    """A programme whose secretariat publishes on a platform that dies meanwhile."""

    def __init__(self, platform: Platform, order: Path) -> None:
        self.platform, self.order = platform, order
        self.victim = "scheduling" if isinstance(platform, Distributed) else "platform"
        self.play = Rehearsal(platform, bodies=6, seconds=1)
        self.play.join()
        self.play.log_in()
        self.play.plan()

    def publish(self, run_id: str) -> requests.Response | None:
        """The answer to one request; the same whenever it is repeated. None: whoever should answer died."""
        headers = {"Authorization": f"Bearer {self.play.token}", "Idempotency-Key": run_id}
        address = f"{self.platform.url}{RUNS}/{run_id}/publication"
        try:
            return requests.post(address, headers=headers, json={}, timeout=120)
        except requests.ConnectionError:
            return None

    def cut(self, run_id: str, *places: dict[str, Any]) -> None:
        """Publish and die there, begin anew, and wait until it is published though nobody asks again. Where several
        places are given, the process that takes it up dies too, at the next one."""
        process = self.platform.services[self.victim][0]
        with ThreadPoolExecutor(1) as somebody:
            for number, place in enumerate(places):
                self.order.write_text(json.dumps(place))
                if number == 0:
                    somebody.submit(self.publish, run_id)
                else:
                    process.start()
                assert process.stopped() == -signal.SIGKILL
                assert not self.order.exists()
            self.platform.restart(self.victim)
        until("publication", 1, lambda: self.state(run_id) == "published", still=60)

    def state(self, run_id: str) -> str:
        found = self.play.api.send("GET", f"{RUNS}/{run_id}", token=self.play.token).json()
        return str(found["state"])

    def repaired(self) -> tuple[str, int]:
        """A run that gives the guests of one day another place, and how many they are."""
        plan = self.play.api.get(f"{RUNS}/{self.play.run['id']}/plan", self.play.token)
        day = max(plan["days"], key=lambda one: one["seated"])
        gone = {"kind": "host_cancels", "host_code": day["host_code"]}
        asked = {"programme_id": self.play.programme["programme_id"], "parameters": {"repair": gone, "seconds": 1}}
        run_id = self.play.api.post(RUNS, asked, self.play.token)["id"]
        until("repair", 1, lambda: self.state(run_id) == "completed", still=60)
        return run_id, day["seated"]

    def told(self) -> Counter[str]:
        """What scheduling has told, word by word, but for the phases of planning."""
        kept = f"sqlite:///{self.platform.state_dir / 'scheduling.db'}"
        urls = self.platform.database_urls if isinstance(self.platform, Distributed) else {"scheduling": kept}
        store = Store(urls["scheduling"], Base.metadata)
        with store.read() as session:
            rows = session.execute(sa.select(OUTBOX.c.type, OUTBOX.c.message)).all()
        store.dispose()
        return Counter(f"{kind} {json.loads(message)['data']}" for kind, message in rows if ".run." not in kind)

    def seats(self) -> dict[str, int]:
        """How many seats are taken, by the kind of the appointment."""
        programme, found = self.play.programme["programme_id"], Counter[str]()
        for one in self.play.api.pages("/api/v1/appointments", self.play.token, programme_id=programme):
            found[one["kind"]] += one["taken"]
        return dict(found)

    def letters(self, kind: str) -> Counter[tuple[str, str]]:
        """Letters of a kind by whom they are to and what they are about."""
        return Counter(
            (one["to"]["email"], one["subject"]) for one in self.play.mailbox.pages("/api/messages", kind=kind)
        )


@pytest.mark.parametrize("mode", ["embedded", "distributed"])
def test_a_publication_that_is_cut_is_finished_once_by_the_next_process(mode: str, tmp_path: Path) -> None:
    start = Platform.embedded if mode == "embedded" else Platform.distributed
    order = tmp_path / "order.json"
    through = ("tests.chaos.dying", str(order))
    with start(tmp_path / "state", environment={"RUN_LEASE": "3"}, through=through) as platform:
        office = Office(platform, order)
        first, people = office.play.run["id"], sum(map(len, office.play.ledger.delegates.values()))
        office.cut(first, WRITTEN_IN_PART, WRITTEN_WHOLE)
        seats, told = office.seats(), office.told()
        places = sum(seats.values())
        assert (seats["training_day"], set(told.values())) == (people, {1})
        until("invitations", places, lambda: office.letters("place_assigned").total())
        again = office.publish(first)
        assert again is not None
        assert (again.status_code, again.json()["places"], office.told()) == (200, places, told)
        office.play.settle()
        assert office.letters("place_assigned").total() == places

        repair, guests = office.repaired()
        office.cut(repair, SENT)
        until("letters", guests, lambda: office.letters("place_changed").total())
        office.play.settle()
        assert (office.seats(), set(office.told().values())) == (seats, {1})
        assert office.letters("place_assigned").total() == places
        assert sorted(office.letters("place_changed").values()) == [1] * guests
