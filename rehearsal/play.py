"""The acts of a programme, in their order: joining, planning, publication, attendance, certificates.

Everything goes through the public HTTP API, and through the mailbox as a person would: the link that confirms an
adhesion is read in the mail.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rehearsal.client import Api, NotAccepted, act, at_once, until
from rehearsal.desk import open_desks
from rehearsal.ledger import Ledger
from rehearsal.people import adhesion_of, eligible_bodies
from rehearsal.platform import Platform

__all__ = ["Rehearsal"]

_API = "/api/v1"
_CONFIRM = re.compile(r"/adhesions/confirm/([A-Za-z0-9_.~-]+)")


@dataclass
class Rehearsal:
    """One programme on one platform."""

    platform: Platform
    bodies: int
    seconds: int
    seed: int = 2017
    patience: float = 60
    """Seconds without any movement after which a letter is taken not to come."""
    ledger: Ledger = field(default_factory=Ledger)
    people: dict[str, str] = field(default_factory=dict)
    """Delegate id → address, as the platform tells them when the books are read."""

    def __post_init__(self) -> None:
        self.api = Api(self.platform.url)
        self.mailbox = Api(self.platform.mailbox_url)
        self.chance = random.Random(self.seed)
        self.programme: dict[str, Any] = self.api.get(f"{_API}/programmes")["items"][0]
        self.run: dict[str, Any] = {}
        self.appointments: list[dict[str, Any]] = []
        self.desks: dict[str, str] = {}

    def play(self) -> None:
        self.join()
        self.log_in()
        self.plan()
        self.publish()
        self.attend()
        self.correct()
        self.certify()

    def at(self, moment: datetime) -> None:
        self.platform.set_clock(moment)

    def log_in(self) -> None:
        credentials = {"email": self.platform.staff_email, "password": self.platform.staff_password}
        self.token = self.api.post(f"{_API}/sessions", credentials)["token"]

    # --- joining -----------------------------------------------------------------------------------------------------

    def join(self) -> None:
        """Each body sends its form; its contact opens the mail and confirms."""
        self.at(_moment(self.programme["adhesion_opens"]) + timedelta(days=14))
        bodies = eligible_bodies(self.programme, self.bodies, self.seed)

        def submit(body: Any) -> None:
            form = adhesion_of(body, self.programme, self.seed)
            answer = self.api.post(f"{_API}/adhesions", form)
            self.ledger.adhesions[answer["id"]] = body.code
            self.ledger.delegates[answer["id"]] = [delegate["email"] for delegate in form["delegates"]]

        def confirm(mail: dict[str, Any]) -> None:
            found = _CONFIRM.search(mail["text"])
            if found is None:
                raise NotAccepted("a mail asks for a confirmation and has no link")
            answer = self.api.post(f"{_API}/adhesions/confirmations", token=found.group(1))
            self.ledger.confirmed.add(answer["id"])

        at_once("adhesions", submit, bodies)
        until("letters to confirm", len(bodies), lambda: self.mails("adhesion_received"), still=self.patience)
        letters = list(self.mailbox.pages("/api/messages", kind="adhesion_received"))
        at_once("confirmations", confirm, letters)

    def mails(self, kind: str) -> int:
        return int(self.mailbox.get("/api/counts")["by_category"].get(kind, 0))

    # --- planning ----------------------------------------------------------------------------------------------------

    def plan(self) -> None:
        """Staff start a run once the adhesions are closed.

        Another one, when it began before the last bodies had arrived, or when its worker was lost.
        """
        self.at(_moment(self.programme["adhesion_closes"]) + timedelta(hours=10))
        parameters = {"seconds": self.seconds, "seed": self.seed}
        for _ in range(5):
            self.run = self._run(parameters)
            if self.run["state"] != "failed" and self.run["bodies"] == len(self.ledger.confirmed):
                return
        raise NotAccepted(f"the plan has {self.run['bodies']} bodies of {len(self.ledger.confirmed)} that joined")

    def _run(self, parameters: dict[str, Any]) -> dict[str, Any]:
        request = {"programme_id": self.programme["programme_id"], "parameters": parameters}
        begun: list[dict[str, Any]] = []

        def begin() -> int:
            try:
                begun.append(self.api.post(f"{_API}/scheduling-runs", request, self.token))
            except NotAccepted as refusal:
                if refusal.reason != "no_confirmed_bodies":  # whoever plans has not heard of the first one yet
                    raise
            return len(begun)

        if not until("planning begun", 1, begin):
            raise NotAccepted("the platform has not heard of any body that joined")
        run = begun[0]
        with act("planning", 100) as bar:
            while True:
                answer = self.api.send("GET", f"{_API}/scheduling-runs/{run['id']}", token=self.token)
                run = answer.json()
                bar.update(int(100 * (run["share"] or 0)) - bar.n)
                if answer.status_code == 303:
                    return dict(run)
                if run["state"] == "failed" and run["reason"] == "worker_lost":
                    return dict(run)
                if run["state"] == "failed":
                    raise NotAccepted(f"the planning run failed: {run['reason']}")
                time.sleep(0.25)

    def publish(self) -> None:
        """Publish the plan; wait for those who are seated after it, because the platform heard of them later."""
        self.api.post(f"{_API}/scheduling-runs/{self.run['id']}/publication", token=self.token)
        people = sum(len(self.ledger.delegates[adhesion]) for adhesion in self.ledger.confirmed)

        def seated() -> int:
            listed = self.api.pages(f"{_API}/appointments", self.token, programme_id=self.programme["programme_id"])
            self.appointments = sorted(listed, key=lambda appointment: appointment["starts_at"])
            days = [one for one in self.appointments if one["kind"] == "training_day"]
            return sum(day["taken"] + day["waiting"] for day in days)

        until("delegates with a day", people, seated)
        places = sum(appointment["taken"] for appointment in self.appointments)
        until("invitations", places, lambda: self.mails("place_assigned"), still=self.patience)

    # --- attendance --------------------------------------------------------------------------------------------------

    def attend(self) -> None:
        """At every appointment most are there, some come late, some not at all; when it is over it is closed.

        Who is at the desk records a training day; the secretariat brings the report of a webinar, and closes both.
        """
        days = [one for one in self.appointments if one["kind"] == "training_day"]
        self.desks = open_desks(self.api, self.mailbox, self.token, days, self.patience)
        until("letters to the desks", len(days), lambda: self.mails("desk_assigned"), still=self.patience)
        with act("appointments", len(self.appointments)) as bar:
            for appointment in self.appointments:
                self._hold(appointment)
                bar.update()

    def _hold(self, appointment: dict[str, Any]) -> None:
        path = f"{_API}/appointments/{appointment['id']}"
        desk = self.desks.get(appointment["id"])
        seated = [
            place["delegate_id"]
            for place in self.api.pages(f"{path}/places", desk or self.token)
            if place["state"] == "assigned"
        ]
        self.at(_moment(appointment["starts_at"]) + timedelta(minutes=15))
        entries = [
            {"delegate_id": delegate, "minutes": minutes}
            for delegate in seated
            if (minutes := self._presence(appointment["minutes"])) is not None
        ]
        for start in range(0, len(entries), 500):
            body = {"source": "desk" if desk else "webinar_report", "entries": entries[start : start + 500]}
            self.api.post(f"{path}/attendances", body, desk or self.token)
        self.at(_moment(appointment["ends_at"]) + timedelta(hours=1))
        self.api.post(f"{path}/closing", token=self.token)
        recorded = {entry["delegate_id"]: entry["minutes"] for entry in entries}
        for delegate in seated:
            self.ledger.minutes[delegate][appointment["id"]] = recorded.get(delegate, 0)

    def _presence(self, minutes: int) -> int | None:
        """Minutes of one person: all, fewer when late, ``None`` when the desk never saw them."""
        luck = self.chance.random()
        if luck < 0.07:
            return None
        return minutes if luck < 0.92 else self.chance.randint(minutes // 4, minutes)

    def correct(self) -> None:
        """Some sheets were read wrongly: the secretariat corrects them, and certificates follow."""
        days = [appointment for appointment in self.appointments if appointment["kind"] == "training_day"]
        for appointment in days[::5]:
            there = [delegate for delegate, seen in self.ledger.minutes.items() if appointment["id"] in seen]
            for delegate in self.chance.sample(sorted(there), min(len(there), 1 + len(there) // 50)):
                minutes = appointment["minutes"] - self.ledger.minutes[delegate][appointment["id"]]
                correction = {"delegate_id": delegate, "minutes": minutes, "reason": "Foglio firme letto male"}
                self.api.post(f"{_API}/appointments/{appointment['id']}/corrections", correction, self.token)
                self.ledger.minutes[delegate][appointment["id"]] = minutes

    # --- certificates ------------------------------------------------------------------------------------------------

    def deserving(self) -> set[str]:
        threshold = self.programme["certificate_minutes"]
        return {delegate for delegate in self.ledger.minutes if self.ledger.earned(delegate) >= threshold}

    def certify(self) -> None:
        """Wait until every certificate says what the client's ledger says, and every letter about it has gone out."""
        deserving = self.deserving()

        def right() -> int:
            return len(
                {
                    certificate["delegate_id"]
                    for certificate in self.certificates("valid")
                    if certificate["minutes"] == self.ledger.earned(certificate["delegate_id"])
                }
                & deserving
            )

        until("certificates", len(deserving), right)
        until("letters with certificates", len(self.certificates()), self._certificate_letters, still=self.patience)
        self.settle()

    def settle(self) -> None:
        """Wait until no letter is on its way: every one is sent, or listed as one that a person must look at."""

        def on_their_way() -> int:
            states = self.api.get(f"{_API}/message-counts", self.token)["by_state"]
            return int(states.get("queued", 0)) + int(states.get("claimed", 0))

        until("letters settled", 1, lambda: int(on_their_way() == 0))

    def certificates(self, state: str | None = None) -> list[dict[str, Any]]:
        """Those that were ever issued: a number whose evidence was gone before its document was made is void."""
        query = {"programme_id": self.programme["programme_id"]} | ({"state": state} if state else {})
        return [
            certificate
            for certificate in self.api.pages(f"{_API}/certificates", self.token, **query)
            if certificate["document"]
        ]

    def _certificate_letters(self) -> int:
        """Sent, or overtaken by a newer edition before they went out."""
        counts = Counter(self.mailbox.get("/api/counts")["by_category"])
        sent = counts["certificate_issued"] + counts["certificate_reissued"]
        return sent + sum(message["kind"].startswith("certificate_") for message in self.overtaken())

    def overtaken(self) -> list[dict[str, Any]]:
        """Letters that were never sent, because what they would have said was no longer true."""
        failed = self.api.pages(f"{_API}/messages", self.token, state="failed")
        return [message for message in failed if message["reason"] == "superseded"]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
