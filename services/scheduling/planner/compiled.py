"""Functions that numba turns into machine code, once a machine: the result is kept in numba's cache directory.

One thread only: on contended cores numba's parallel loops measured slower than plain ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]
Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile on first call; afterwards any process of this machine loads the machine code."""
    return cast(Function, numba.njit(cache=True)(function))
