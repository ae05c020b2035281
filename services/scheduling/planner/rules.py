"""What staff demand of hosts and assignments beyond seats, and what they are ready to pay kilometres for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Rules:
    """``pinned_hosts`` hold a day in any case, ``excluded_hosts`` none. ``pinned`` sends a body to a host, which then
    holds a day; ``forbidden`` are pairs of a body and a host. ``least_in_region`` is the least number of days there.

    A trip longer than ``fair_km`` costs ``fairness`` more for each kilometre beyond. A body that had a place in the
    ``previous`` plan (body → host) costs ``stay_km`` when it is sent elsewhere.
    """

    pinned_hosts: frozenset[str] = frozenset()
    excluded_hosts: frozenset[str] = frozenset()
    pinned: Mapping[str, str] = field(default_factory=dict)
    forbidden: frozenset[tuple[str, str]] = frozenset()
    least_in_region: Mapping[str, int] = field(default_factory=dict)
    fair_km: float = 75.0
    fairness: float = 0.0
    previous: Mapping[str, str] = field(default_factory=dict)
    stay_km: float = 0.0

    @property
    def open_hosts(self) -> frozenset[str]:
        """The hosts that hold a day in any case."""
        return self.pinned_hosts | frozenset(self.pinned.values())

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rules:
        """Read rules; what is missing is not demanded. A mistyped one is a KeyError, TypeError or ValueError."""
        if unknown := data.keys() - READERS.keys():
            raise ValueError(unknown)
        return cls(**{name: READERS[name](value) for name, value in data.items()})

    def to_json(self) -> dict[str, Any]:
        """The inverse of ``from_json``."""
        return {
            **vars(self),
            "pinned_hosts": sorted(self.pinned_hosts),
            "excluded_hosts": sorted(self.excluded_hosts),
            "pinned": dict(self.pinned),
            "forbidden": sorted(list(pair) for pair in self.forbidden),
            "least_in_region": dict(self.least_in_region),
            "previous": dict(self.previous),
        }


def text(value: Any) -> str:
    """A text as it is; nothing else is turned into one."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def whole(value: Any) -> int:
    """A whole number, also when JSON wrote it with a point."""
    if isinstance(value, bool) or int(value) != value:
        raise ValueError(value)
    return int(value)


def _codes(values: list[str]) -> frozenset[str]:
    if isinstance(values, str):
        raise TypeError(values)
    return frozenset(map(text, values))


def _texts(values: Mapping[str, str]) -> dict[str, str]:
    return {text(key): text(value) for key, value in values.items()}


READERS: dict[str, Any] = {
    "pinned_hosts": _codes,
    "excluded_hosts": _codes,
    "pinned": _texts,
    "forbidden": lambda pairs: frozenset((text(body), text(host)) for body, host in pairs),
    "least_in_region": lambda value: {text(region): whole(days) for region, days in value.items()},
    "fair_km": float,
    "fairness": float,
    "previous": _texts,
    "stay_km": float,
}
