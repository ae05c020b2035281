"""The highest point of a concave function that is known by planes above it: the proximal bundle method.

Whoever evaluates the function at a point learns its value there and a plane that touches it. The planes together model
the function from above; the next point is where the model less a toll on the way from the centre is highest. When the
function rises there by a fair part of what the model promised, that point becomes the centre; otherwise its plane makes
the model better. (Lemaréchal and Kiwiel.) The mix of planes that the step follows tells more than where to go: the
same mix of what led to the planes comes ever closer to an optimal solution of the problem behind the function.

Of the coordinates the last ones, as many as are ``priced``, must not be negative.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.compiled import compiled, reassociated

Singles = npt.NDArray[np.float32]
"""Enough for a slope: what it says is used at points near each other."""
MOST_PLANES = 150
"""With fewer the steps become short before the best is reached; with more a step takes longer than evaluating."""
LARGEST = 10_000_000
"""Numbers in all planes together."""
ROUNDS, EXCHANGES = 4, 100
FAIR, LEAST_RISE = 0.1, 1e-9
LONGER, SHORTER = 1.5, 0.98
LEAST_REACH = 1e-3
"""Of the first step's. Shorter ones promise nothing, wherever they are."""
"""The reach of a step after the function rose as promised, and after it did not."""


@reassociated
def _products(slopes: Singles, count: int, vector: Floats) -> Floats:
    """The product of each plane's slope and the vector."""
    found = np.empty(count)
    for k in range(count):
        total = 0.0
        for i in range(len(vector)):
            total += slopes[k, i] * vector[i]
        found[k] = total
    return found


@compiled
def _mixed(slopes: Singles, weights: Floats) -> Floats:
    """The slopes added up by their weights."""
    total = np.zeros(slopes.shape[1])
    for k in range(len(weights)):
        if weights[k] > 0.0:
            for i in range(slopes.shape[1]):
                total[i] += weights[k] * slopes[k, i]
    return total


@compiled
def _mix(
    gram: Floats, errors: Floats, tail: Floats, centre: Floats, reach: float, weights: Floats, push: Floats
) -> None:
    """Weights of the planes, and what keeps the priced coordinates from falling below 0; both are improved in place.

    Least is to be reach / 2 · ‖Σ weight · slope + push‖² + Σ weight · error + push · centre. ``tail`` are the slopes in
    the priced coordinates, ``gram`` the products of all slopes.
    """
    planes, priced = tail.shape
    gradient = np.empty(planes)
    for _ in range(ROUNDS):
        for k in range(planes):
            gradient[k] = errors[k]
            for c in range(priced):
                gradient[k] += reach * tail[k, c] * push[c]
        for a in range(planes):
            if weights[a] > 0.0:
                for k in range(planes):
                    gradient[k] += reach * weights[a] * gram[a, k]
        for _ in range(EXCHANGES):
            low, high = 0, -1
            for k in range(planes):
                if gradient[k] < gradient[low]:
                    low = k
                if weights[k] > 0.0 and (high < 0 or gradient[k] > gradient[high]):
                    high = k
            gap = gradient[high] - gradient[low]
            if gap < 1e-9 * (1.0 + abs(gradient[low])):
                break
            curve = reach * (gram[low, low] + gram[high, high] - 2.0 * gram[low, high])
            moved = weights[high]
            if curve * moved > gap:
                moved = gap / curve
                weights[high] -= moved
            else:
                weights[high] = 0.0
            weights[low] += moved
            for k in range(planes):
                gradient[k] += reach * moved * (gram[low, k] - gram[high, k])
        settled = True
        for c in range(priced):
            fall = 0.0
            for k in range(planes):
                fall += weights[k] * tail[k, c]
            needed = max(0.0, -centre[c] / reach - fall)
            if abs(needed - push[c]) > 1e-6:
                settled = False
            push[c] = needed
        if settled:
            break


class Bundle:
    """``centre`` is the best point so far, of this ``value``; ``promised`` is by how much the last step was to rise."""

    def __init__(self, centre: Floats, value: float, slope: Floats, priced: int, target: float) -> None:
        most = max(2, min(MOST_PLANES, LARGEST // len(centre)))
        self.centre, self.value = centre, value
        self.weights = np.zeros(0)
        self._slopes = np.zeros((most, len(centre)), dtype=np.float32)
        self._levels, self._heights = np.zeros(most), np.zeros(most)
        self._gram = np.zeros((most, most))
        self._push = np.zeros(priced)
        self._learn(centre, value, slope)
        self.weights[0] = 1.0
        self.promised = max(target - value, LEAST_RISE * (1.0 + abs(value)))
        self._reach = self.promised / max(float(slope @ slope), 1e-12)
        self._least_reach = LEAST_REACH * self._reach

    @property
    def size(self) -> int:
        """Numbers in all planes that there are."""
        return len(self.weights) * len(self.centre)

    def proposed(self) -> Floats:
        """The next point at which to evaluate."""
        count, free = len(self.weights), len(self.centre) - len(self._push)
        errors = np.maximum(self._heights[:count] - self.value, 0.0)
        prices, tail = self.centre[free:], self._slopes[:count, free:].astype(np.float64)
        _mix(self._gram[:count, :count], errors, tail, prices, self._reach, self.weights, self._push)
        direction = _mixed(self._slopes, self.weights)
        direction[free:] += self._push
        self.promised = float(self._reach * direction @ direction + self.weights @ errors + self._push @ prices)
        point = self.centre + self._reach * direction
        point[free:] = np.maximum(point[free:], 0.0)
        return np.asarray(point)

    def learn(self, point: Floats, value: float, slope: Floats) -> int:
        """What the function is worth at the point that was proposed, and the plane there; the number of that plane."""
        if value >= self.value + FAIR * self.promised:
            self.centre, self.value = point, value
            self._heights[: len(self.weights)] = self._levels[: len(self.weights)] + _products(
                self._slopes, len(self.weights), point
            )
            self._reach *= LONGER
        else:
            self._reach = max(SHORTER * self._reach, self._least_reach)
        return self._learn(point, value, slope)

    def priced_anew(self, kept: Ints, fresh: Floats) -> None:
        """Keep these of the priced coordinates, and add others, at 0, in which the planes' slopes are ``fresh``."""
        count, free, more = len(self.weights), len(self.centre) - len(self._push), fresh.shape[1]
        columns = np.concatenate((np.arange(free), free + kept))
        added = np.zeros((len(self._slopes), more), dtype=np.float32)
        added[:count] = fresh
        self._slopes = np.hstack((self._slopes[:, columns], added))
        self.centre = np.concatenate((self.centre[columns], np.zeros(more)))
        self._push = np.concatenate((self._push[kept], np.zeros(more)))
        for k in range(count):
            self._gram[k, :count] = _products(self._slopes, count, self._slopes[k].astype(np.float64))

    def _learn(self, point: Floats, value: float, slope: Floats) -> int:
        """Among the planes, for one that the step does not rely on if there is no room."""
        count = k = len(self.weights)
        if count < len(self._slopes):
            self.weights = np.append(self.weights, 0.0)
            count += 1
        else:
            needless = np.where(self.weights > 0, self.weights - 2.0, -3.0 - self._heights + self.value)
            needless[self.weights.argmax()] = np.inf
            k = int(needless.argmin())
            self.weights[k] = 0.0
            self.weights /= self.weights.sum()
        self._slopes[k] = slope
        slope = self._slopes[k].astype(np.float64)
        self._levels[k] = value - slope @ point
        self._heights[k] = self._levels[k] + slope @ self.centre
        self._gram[k, :count] = self._gram[:count, k] = _products(self._slopes, count, slope)
        return k
