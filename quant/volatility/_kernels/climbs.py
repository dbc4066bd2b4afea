"""The state of the climbs of one series, kept so that each can pause and go on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from quant._typing import FloatArray, Matrix, Vector
from quant.volatility._bounds import Indices

CONVERGED, STALLED, UNDERWAY = 0, 1, 2


class Climbs(NamedTuple):
    """Where each climb stands: the best point so far, the quadratic model there, the next point."""

    points: Matrix  # (S, k)
    values: Vector  # (S,)
    slopes: Matrix  # (S, k)
    curvatures: FloatArray  # (S, k, k)
    promised: Vector  # (S,) gain of the next point by the model
    damping: Vector  # (S,)
    trials: Matrix  # (S, k) the next point
    calls: Indices  # (S,) evaluations so far
    outcome: Indices  # (S,)
    dropped: Indices  # (S,) why a climb was given up, 0 if it was not


@njit(nogil=True, cache=True)
def new_climbs(count, k):
    """Return room for climbs in k coordinates."""
    return Climbs(
        np.empty((count, k)),
        np.empty(count),
        np.empty((count, k)),
        np.empty((count, k, k)),
        np.empty(count),
        np.empty(count),
        np.empty((count, k)),
        np.empty(count, np.int64),
        np.empty(count, np.int64),
        np.empty(count, np.int64),
    )


@njit(nogil=True, cache=True)
def begin(climbs, starts):
    """Put every climb at its start, (S, k)."""
    climbs.points[:] = starts
    climbs.trials[:] = starts
    climbs.values[:] = -np.inf
    climbs.promised[:] = 0.0
    climbs.damping[:] = 0.0
    climbs.calls[:] = 0
    climbs.outcome[:] = UNDERWAY
    climbs.dropped[:] = 0
