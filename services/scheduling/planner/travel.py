"""What a trip costs: the great circle, lengthened by a detour factor for roads, plus what the seas add."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.scheduling.planner.arrays import Floats
from services.scheduling.planner.problem import Body, Host, Trainer
from services.scheduling.planner.seas import Seas

EARTH_KM = 6371.0088


def between(origins: Sequence[Host], goals: Sequence[Body] | Sequence[Host], detour: float, seas: Seas) -> Floats:
    """Kilometres of travel for each pair, to the metre: origins in rows, goals in columns."""
    km = np.asarray(_circle(origins, goals) * detour)
    ends = (end for one, other, _ in seas.crossings for end in (one, other))
    lands = sorted({seas.mainland, *seas.lands.values(), *ends})
    crossing = np.full((len(lands), len(lands)), seas.other_crossing_km)
    np.fill_diagonal(crossing, 0.0)
    for one, other, extra in seas.crossings:
        crossing[lands.index(one), lands.index(other)] = crossing[lands.index(other), lands.index(one)] = extra
    here, there = (
        np.array([lands.index(seas.lands.get(place.region, seas.mainland)) for place in places], dtype=np.int64)
        for places in (origins, goals)
    )
    km += crossing[here[:, None], there[None, :]]
    extras = np.array([0.0, *(island.km for island in seas.islands)])
    here, there = (np.array([_island(place, seas) for place in places], dtype=np.int64) for places in (origins, goals))
    km += np.where(here[:, None] != there[None, :], extras[here][:, None] + extras[there][None, :], 0.0)
    return np.round(km, 3)


def homeward(trainers: Sequence[Trainer] | Sequence[Host], hosts: Sequence[Host], detour: float) -> Floats:
    """Kilometres from each trainer's home, or their last host, to each host; trainers plan their own crossings."""
    return np.round(_circle(trainers, hosts) * detour, 3)


def _island(place: Body | Host, seas: Seas) -> int:
    """0 for no small island, else its place in the table; a place may name its island, else its code tells."""
    for number, island in enumerate(seas.islands, start=1):
        if place.island == island.name or (place.island is None and place.code in island.codes):
            return number
    return 0


def _circle(origins: Sequence[Body | Host | Trainer], goals: Sequence[Body | Host | Trainer]) -> Floats:
    one, other = (np.radians([[p.latitude, p.longitude] for p in places]) for places in (origins, goals))
    latitudes, longitudes = (one[:, None, axis] - other[None, :, axis] for axis in (0, 1))
    cosines = np.cos(one[:, 0])[:, None] * np.cos(other[:, 0])[None, :]
    square = np.sin(latitudes / 2) ** 2 + cosines * np.sin(longitudes / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(square, 0.0, 1.0))))
