"""Functions that numba turns into machine code, once a machine: the result is kept in numba's cache directory.

One thread only: on contended cores numba's parallel loops measured slower than plain ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile on first call; afterwards any process of this machine loads the machine code."""
    return cast(Function, numba.njit(cache=True)(function))


def reassociated(function: Function) -> Function:
    """The same for sums whose terms may be added in any order: several at once, hence several times faster."""
    return cast(Function, numba.njit(cache=True, fastmath={"reassoc"})(function))
