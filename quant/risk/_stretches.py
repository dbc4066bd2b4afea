"""Every stretch of consecutive periods that a window holds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from quant import _checks
from quant._typing import Matrix, Vector
from quant.errors import InsufficientDataError


def stretches(values: Vector, horizon: int) -> Matrix:
    """Return a view (n - horizon + 1, horizon) of all overlapping stretches, oldest first."""
    horizon = _checks.count("horizon", horizon)
    if horizon > values.size:
        raise InsufficientDataError(
            f"horizon: expected at most the {values.size} returns of the window, got {horizon}; "
            "shorten the horizon or lengthen the window"
        )
    return np.lib.stride_tricks.sliding_window_view(values, horizon)


def overlapping_sums(values: Vector, horizon: int) -> Vector:
    """Return the sum of each stretch, oldest first; of one period the values themselves."""
    if _checks.count("horizon", horizon) == 1 and values.size > 0:
        return values
    return np.asarray(stretches(values, horizon).sum(axis=1))


def sums_after(values: Vector, starts: npt.NDArray[np.int64], horizon: int) -> Vector:
    """Return the sum of the stretch that begins at each start."""
    return np.asarray(np.lib.stride_tricks.sliding_window_view(values, horizon)[starts].sum(axis=1))
