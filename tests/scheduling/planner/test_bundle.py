"""The bundle climbs to the top of concave functions, also where prices may not fall and where it must forget planes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.linear_solver import pywraplp

from services.scheduling.planner import bundle as bundles
from services.scheduling.planner.bundle import Bundle


def mountain(seed, planes, free, priced):
    """The lowest of some planes; without a top beyond the box that the last planes make."""
    random = np.random.default_rng(seed)
    dimensions = free + priced
    walls = np.vstack((np.eye(dimensions), -np.eye(dimensions))) * 5
    slopes = np.vstack((random.normal(size=(planes, dimensions)), walls))
    levels = np.concatenate((random.uniform(0, 10, planes), np.full(2 * dimensions, 60.0)))
    return slopes, levels


def number(slopes, levels, point):
    """Of the lowest plane where the coordinates that the point does not have are 0."""
    return int((levels + slopes[:, : len(point)] @ point).argmin())


def evaluated(slopes, levels, point):
    lowest = number(slopes, levels, point)
    return float(levels[lowest] + slopes[lowest] @ point), slopes[lowest]


def top(slopes, levels, priced):
    """By linear programming."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    dimensions = slopes.shape[1]
    least = [0.0 if k >= dimensions - priced else -solver.infinity() for k in range(dimensions)]
    point = [solver.NumVar(least[k], solver.infinity(), "") for k in range(dimensions)]
    height = solver.NumVar(-solver.infinity(), solver.infinity(), "")
    for slope, level in zip(slopes, levels, strict=True):
        solver.Add(height <= level + solver.Sum([float(slope[k]) * point[k] for k in range(dimensions)]))
    solver.Maximize(height)
    assert solver.Solve() == pywraplp.Solver.OPTIMAL
    return solver.Objective().Value()


def climbed(slopes, levels, priced, steps, target):
    centre = np.zeros(slopes.shape[1])
    climber = Bundle(centre, *evaluated(slopes, levels, centre), priced, target)
    for _ in range(steps):
        point = climber.proposed()
        assert (point[len(point) - priced :] >= 0).all()
        climber.learn(point, *evaluated(slopes, levels, point))
    return climber


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), planes=st.integers(1, 60), free=st.integers(1, 12), priced=st.integers(0, 6))
def test_the_top_is_reached(seed, planes, free, priced):
    slopes, levels = mountain(seed, planes, free, priced)
    best = top(slopes, levels, priced)
    climber = climbed(slopes, levels, priced, 600, best + 1.0)
    assert best - 1e-3 <= climber.value <= best + 1e-6
    assert evaluated(slopes, levels, climber.centre)[0] == climber.value


def test_it_rises_although_it_forgets(monkeypatch):
    slopes, levels = mountain(5, 80, 12, 4)
    best = top(slopes, levels, 4)
    monkeypatch.setattr(bundles, "MOST_PLANES", 8)
    climber = climbed(slopes, levels, 4, 600, best + 1.0)
    start = evaluated(slopes, levels, np.zeros(16))[0]
    assert len(climber.weights) == 8
    assert best >= climber.value > start + 0.8 * (best - start)


@pytest.mark.parametrize("steps", [1, 40])
def test_prices_come_and_go(steps):
    """With a price that is given up, and others that are added, the top is that of the function as it is then."""
    slopes, levels = mountain(9, 40, 6, 3)
    centre = np.zeros(8)
    height, slope = evaluated(slopes[:, :8], levels, centre)
    climber, known = Bundle(centre, height, slope, 2, 20.0), {0: number(slopes, levels, centre)}
    for _ in range(steps):
        point = climber.proposed()
        known[climber.learn(point, *evaluated(slopes[:, :8], levels, point))] = number(slopes, levels, point)
    kept = np.flatnonzero(climber.centre[6:] > 0)
    columns = np.concatenate((np.arange(6), 6 + kept, [8]))
    climber.priced_anew(kept, slopes[[known[k] for k in range(len(climber.weights))], 8:])
    for _ in range(600):
        point = climber.proposed()
        climber.learn(point, *evaluated(slopes[:, columns], levels, point))
    best = top(slopes[:, columns], levels, len(kept) + 1)
    assert best - 1e-3 <= climber.value <= best + 1e-6


def test_it_may_begin_at_the_top():
    climber = Bundle(np.zeros(3), 7.0, np.zeros(3), 2, 7.0)
    climber.learn(climber.proposed(), 7.0, np.zeros(3))
    climber.proposed()
    assert (climber.value, climber.promised) == (7.0, 0.0)
