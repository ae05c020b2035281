"""What the planner answers, as plain frozen values with a JSON form; ``problem`` is what it was asked.

Units: kilometres of travel (one trip a body, there), delegates for seats taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Day:
    """One training day: its host, date, trainers, and the bodies that go, ``seated`` delegates in all."""

    number: int
    host_code: str
    date: date
    trainer_ids: tuple[str, ...]
    body_codes: tuple[str, ...]
    seated: int


@dataclass(frozen=True)
class Webinar:
    """One webinar on a topic, at ``starts`` o'clock in the programme's time zone."""

    number: int
    topic: str
    date: date
    starts: str
    speaker_id: str


@dataclass(frozen=True)
class Crowd:
    """Bodies and hosts that are too few for them unless whole hosts open; a part of the bound's proof.

    ``price`` is in km a delegate; see ``certificate``.
    """

    body_codes: tuple[str, ...]
    host_codes: tuple[str, ...]
    price: float


@dataclass(frozen=True)
class Proof:
    """The ``offers`` of the bodies, in km by their codes, and crowds; see ``certificate``."""

    offers: Mapping[str, float]
    crowds: tuple[Crowd, ...] = ()


@dataclass(frozen=True)
class Case:
    """Some of all plans, and which ``proof`` bounds them: 0 is the plan's own, n the n-th further one.

    It shows that no better plan opens one of the ``hopeless`` hosts or does without one of the ``certain``. The others
    are two cases, its ``parts``: in the first the host opens, or if there is a body, it goes to that host; in the
    second not. Without parts the proof is for all of them.
    """

    proof: int = 0
    hopeless: tuple[str, ...] = ()
    certain: tuple[str, ...] = ()
    host_code: str | None = None
    body_code: str | None = None
    parts: tuple[Case, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Case:
        """The inverse of ``to_json``."""
        lists = {name: tuple(data[name]) for name in ("hopeless", "certain")}
        return cls(**{**data, **lists, "parts": tuple(cls.from_json(part) for part in data["parts"])})

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        lists = {name: list(getattr(self, name)) for name in ("hopeless", "certain")}
        return {**vars(self), **lists, "parts": [part.to_json() for part in self.parts]}


@dataclass(frozen=True)
class Plan:
    """The answer. ``gap`` is (cost - bound) / cost: no plan can be cheaper than this one by a larger share.

    ``cost_km`` is travel, ``unfair_km`` and ``moved_km``, what the rules charge for long trips and for moves. The
    ``offers`` of the bodies and the ``crowds`` prove the bound, or if there is a ``case``, together with the
    ``further_proofs`` of its parts: see ``certificate``.

    ``fewer_days`` says what held the number of training days below the one asked: ``"bodies"`` or ``"hosts"``.
    ``calendar_km`` is what dates and teams cost, with everything that is paid for; no calendar of these hosts costs
    less than ``calendar_bound_km``.
    """

    days: tuple[Day, ...]
    webinars: tuple[Webinar, ...]
    cost_km: float
    bound_km: float
    gap: float
    longest_km: float
    mean_km: float
    fewer_days: str | None = None
    calendar_km: float | None = None
    calendar_bound_km: float | None = None
    unfair_km: float = 0.0
    moved_km: float = 0.0
    offers: Mapping[str, float] = field(default_factory=dict)
    crowds: tuple[Crowd, ...] = ()
    further_proofs: tuple[Proof, ...] = ()
    case: Case | None = None

    def without_proof(self) -> Plan:
        """The same without what proves its bound: most of its size, and for the auditor alone."""
        return replace(self, offers={}, crowds=(), further_proofs=(), case=None)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """The inverse of ``to_json``."""
        return cls(
            **{
                **data,
                "days": tuple(Day(**{**_dated(day), **_listed(day)}) for day in data["days"]),
                "webinars": tuple(Webinar(**_dated(webinar)) for webinar in data["webinars"]),
                "crowds": _crowds(data.get("crowds", ())),
                "further_proofs": tuple(
                    Proof(proof["offers"], _crowds(proof["crowds"])) for proof in data.get("further_proofs", ())
                ),
                "case": Case.from_json(data["case"]) if data.get("case") else None,
            }
        )

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers, ready for ``json.dumps``."""
        dated = [{**vars(d), "date": d.date.isoformat()} for d in self.days]
        days = [{**d, "trainer_ids": list(d["trainer_ids"]), "body_codes": list(d["body_codes"])} for d in dated]
        return {
            **vars(self),
            "days": days,
            "webinars": [{**vars(webinar), "date": webinar.date.isoformat()} for webinar in self.webinars],
            "crowds": _listed_crowds(self.crowds),
            "further_proofs": [
                {"offers": dict(proof.offers), "crowds": _listed_crowds(proof.crowds)} for proof in self.further_proofs
            ],
            "case": self.case.to_json() if self.case else None,
        }


def _crowds(data: Iterable[Mapping[str, Any]]) -> tuple[Crowd, ...]:
    return tuple(Crowd(tuple(crowd["body_codes"]), tuple(crowd["host_codes"]), crowd["price"]) for crowd in data)


def _listed_crowds(crowds: tuple[Crowd, ...]) -> list[dict[str, Any]]:
    return [
        {"body_codes": list(crowd.body_codes), "host_codes": list(crowd.host_codes), "price": crowd.price}
        for crowd in crowds
    ]


def _dated(data: Mapping[str, Any]) -> dict[str, Any]:
    return {**data, "date": date.fromisoformat(data["date"])}


def _listed(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(data[name]) for name in ("trainer_ids", "body_codes")}
