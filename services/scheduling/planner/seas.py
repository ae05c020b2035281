"""What water adds to a trip, as plain frozen values with a JSON form; Italy's table is ``seas.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Island:
    """A small island: a trip to or from it costs ``km`` more."""

    name: str
    km: float
    codes: frozenset[str]


@dataclass(frozen=True)
class Seas:
    """What water adds to a trip, in kilometres of equal effort.

    A region belongs to a land (``mainland`` unless listed). Between two lands a trip costs their listed crossing, or
    ``other_crossing_km``, which is so much that nobody is sent across while there is a seat on this side.
    """

    mainland: str = "mainland"
    lands: Mapping[str, str] = field(default_factory=dict)
    crossings: tuple[tuple[str, str, float], ...] = ()
    other_crossing_km: float = 1000.0
    islands: tuple[Island, ...] = ()

    def land(self, region: str) -> str:
        """The land of a region."""
        return self.lands.get(region, self.mainland)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Seas:
        """The table as it stands in ``seas.json``."""
        return cls(
            mainland=str(data["mainland"]),
            lands={str(region): str(land) for region, land in data["lands"].items()},
            crossings=tuple((str(one), str(other), float(km)) for one, other, km in data["crossings"]),
            other_crossing_km=float(data["other_crossing_km"]),
            islands=tuple(
                Island(str(i["name"]), float(i["km"]), frozenset(map(str, i["codes"]))) for i in data["islands"]
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """The inverse of ``from_json``."""
        islands = [{"name": i.name, "km": i.km, "codes": sorted(i.codes)} for i in self.islands]
        return {**asdict(self), "crossings": [list(c) for c in self.crossings], "islands": islands}


@cache
def italian_seas() -> Seas:
    """The crossings of Italy, from the table beside this module."""
    return Seas.from_json(json.loads(Path(__file__).with_name("seas.json").read_text(encoding="utf-8")))
