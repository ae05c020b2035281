"""What a trip costs: the great circle, lengthened by a detour factor for roads, plus what the seas add."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.problem import Body, Host, Trainer
from services.scheduling.planner.seas import Seas

EARTH_KM = 6371.0088


def between(origins: Sequence[Host], goals: Sequence[Body] | Sequence[Host], detour: float, seas: Seas) -> Floats:
    """Kilometres of travel for each pair, to the metre: origins in rows, goals in columns."""
    km = np.asarray(_circle(origins, goals) * detour)
    here, there, crossing = land_numbers(origins, goals, seas)
    km += crossing[here[:, None], there[None, :]]
    extras = np.array([0.0, *(island.km for island in seas.islands)])
    here, there = island_numbers(origins, seas), island_numbers(goals, seas)
    km += np.where(here[:, None] != there[None, :], extras[here][:, None] + extras[there][None, :], 0.0)
    return np.round(km, 3)


def homeward(trainers: Sequence[Trainer] | Sequence[Host], hosts: Sequence[Host], detour: float) -> Floats:
    """Kilometres from each trainer's home, or their last host, to each host; trainers plan their own crossings."""
    return np.round(_circle(trainers, hosts) * detour, 3)


def land_numbers(origins: Sequence[Host], goals: Sequence[Body | Host], seas: Seas) -> tuple[Ints, Ints, Floats]:
    """The lands of the origins and of the goals by number, and what crossing from one land to another adds."""
    ends = (end for one, other, _ in seas.crossings for end in (one, other))
    lands = sorted({seas.mainland, *seas.lands.values(), *ends})
    number = {land: n for n, land in enumerate(lands)}
    crossing = np.full((len(lands), len(lands)), seas.other_crossing_km)
    np.fill_diagonal(crossing, 0.0)
    for one, other, extra in seas.crossings:
        crossing[number[one], number[other]] = crossing[number[other], number[one]] = extra
    here, there = (
        np.array([number[seas.lands.get(place.region, seas.mainland)] for place in places], dtype=np.int64)
        for places in (origins, goals)
    )
    return here, there, crossing


def island_numbers(places: Sequence[Body | Host], seas: Seas) -> Ints:
    """For each place 0 for no small island, else its position in the table; a place may name its island, else its
    code tells."""
    table = [*enumerate(seas.islands, start=1)]
    named = {island.name: number for number, island in table}
    coded = {code: number for number, island in table for code in island.codes}
    numbers = [coded.get(p.code, 0) if p.island is None else named.get(p.island, 0) for p in places]
    return np.array(numbers, dtype=np.int64)


def _circle(origins: Sequence[Body | Host | Trainer], goals: Sequence[Body | Host | Trainer]) -> Floats:
    one, other = (np.radians([[p.latitude, p.longitude] for p in places]) for places in (origins, goals))
    latitudes, longitudes = (one[:, None, axis] - other[None, :, axis] for axis in (0, 1))
    cosines = np.cos(one[:, 0])[:, None] * np.cos(other[:, 0])[None, :]
    square = np.sin(latitudes / 2) ** 2 + cosines * np.sin(longitudes / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(square, 0.0, 1.0))))
