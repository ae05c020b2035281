"""The service as a test sees it: tell it events, press, and look at what is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from chassis.database import Store
from contracts.event import Event
from services.certificates.models import Programme
from tests.certificates.builders import PROGRAMME, programme


class Desk:
    def __init__(self, service: Any, store: Store, emitted: Callable[[Store], list[Event]]) -> None:
        self.service = service
        self.store = store
        self._emitted = emitted

    def open(self, **given: Any) -> None:
        self.enrollment(programme(**given))

    def enrollment(self, *events: Event) -> None:
        self.service.hear_enrollment(list(events))

    def scheduling(self, *events: Event) -> None:
        self.service.hear_scheduling(list(events))

    def press(self) -> None:
        while self.service.press_documents():
            pass

    def all(self, **asked: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.service.certificates(str(PROGRAMME), **asked)["items"]
        return items

    def states(self) -> list[tuple[str, str, int]]:
        """Last digits of the number, state and minutes, in the order of the numbers."""
        return [(item["number"][-2:], item["state"], item["minutes"]) for item in self.all()]

    def told(self) -> list[tuple[str, str]]:
        """What went out: the last word of the event's name, and the last digits of the number."""
        return [(event.name.rsplit(".", 1)[1], event.number[-2:]) for event in self._emitted(self.store)]

    def events(self) -> list[Event]:
        return self._emitted(self.store)

    def evidence(self, delegate_id: UUID) -> list[tuple[int, bool]]:
        answer = self.service.evidence(str(delegate_id), str(PROGRAMME))
        return [(item["minutes"], item["settled"]) for item in answer["items"]]

    def threshold(self) -> int | None:
        with self.store.read() as session:
            known = session.get(Programme, PROGRAMME)
            return known.certificate_minutes if known else None
