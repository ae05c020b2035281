"""Whether bodies fit into rooms whole when seats do not settle it: three bodies of 3 do not fit into two of 5."""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Ints

SECONDS = 5.0


def pack(demand: Ints, room: Ints) -> tuple[Ints | None, bool]:
    """A room for each body so that all fit; or None, and whether that is proved rather than given up.

    Largest first into the fullest room that takes it; if that fails, CP-SAT on how many bodies of each size go where.
    """
    left, place = room.copy(), np.zeros(len(demand), dtype=np.int64)
    for i in np.argsort(-demand, kind="stable"):
        spare = np.where(left >= demand[i], left, np.iinfo(np.int64).max)
        k = int(spare.argmin())
        if left[k] < demand[i]:
            return _pack_exactly(demand, room)
        place[i] = k
        left[k] -= demand[i]
    return place, True


def _pack_exactly(demand: Ints, room: Ints) -> tuple[Ints | None, bool]:
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    sizes, many = np.unique(demand, return_counts=True)
    rooms = range(len(room))
    count = {(s, k): model.new_int_var(0, int(many[s]), "") for s in range(len(sizes)) for k in rooms}
    for s in range(len(sizes)):
        model.add(sum(count[s, k] for k in rooms) == int(many[s]))
    for k in rooms:
        model.add(sum(int(size) * count[s, k] for s, size in enumerate(sizes)) <= int(room[k]))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = SECONDS
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None, bool(status == cp_model.INFEASIBLE)
    place = np.zeros(len(demand), dtype=np.int64)
    for s, size in enumerate(sizes):
        place[demand == size] = np.repeat(np.arange(len(room)), [solver.value(count[s, k]) for k in rooms])
    return place, True
