"""Whether a window of a history may be one that estimators refuse, asked of all at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from quant._typing import Vector


def may_be_refused(r: Vector, window: int) -> bool:
    """Return whether an estimator may refuse a window among these returns: constant, or prices."""
    # a constant window holds two neighbours of every grid twice as fine
    grid = r[:: max(1, window // 2)]
    constant = bool((grid[1:] == grid[:-1]).any()) and _longest_run(np.diff(r) == 0.0) > window - 2
    return constant or (bool(r.max() > 0.5) and _longest_run(r > 0.0) >= window)


def _longest_run(true: npt.NDArray[np.bool_]) -> int:
    """Return the length of the longest stretch of true values."""
    breaks = np.flatnonzero(~true)
    return int(np.diff(breaks, prepend=-1, append=true.size).max()) - 1
