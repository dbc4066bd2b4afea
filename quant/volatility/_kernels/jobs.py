"""The state of many climbs, kept so that each can stop and go on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from quant._typing import FloatArray, Matrix, Vector
from quant.volatility._bounds import Indices

CONVERGED, STALLED, UNDERWAY = 0, 1, 2


class Jobs(NamedTuple):
    """Where each job stands: the best point so far, the quadratic model there, the next point."""

    owner: Indices  # (J,) series of each job
    points: Matrix  # (J, k)
    values: Vector  # (J,)
    slopes: Matrix  # (J, k)
    curvatures: FloatArray  # (J, k, k)
    promised: Vector  # (J,) gain of the next point by the model
    damping: Vector  # (J,)
    trials: Matrix  # (J, k) the next point
    calls: Indices  # (J,) evaluations so far
    outcome: Indices  # (J,)


@njit(nogil=True, cache=True)
def new_jobs(owner, starts):
    """Return jobs that have not begun."""
    count, k = starts.shape
    return Jobs(
        owner,
        starts.copy(),
        np.full(count, -np.inf),
        np.zeros((count, k)),
        np.zeros((count, k, k)),
        np.zeros(count),
        np.zeros(count),
        starts.copy(),
        np.zeros(count, np.int64),
        np.full(count, UNDERWAY),
    )
