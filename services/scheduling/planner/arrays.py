"""Names for the arrays of the planner, apart from what compiles them, so that checks need not wait for a compiler."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]
