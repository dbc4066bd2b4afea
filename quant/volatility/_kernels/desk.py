"""What the lanes work on: how a point is set before a lane, and what comes back from it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from quant._typing import Matrix, Vector
from quant.volatility._bounds import Flags
from quant.volatility._kernels.box import natural, shape_from
from quant.volatility._kernels.law_constants import ROWS, prepare
from quant.volatility._kernels.newton import SIZE
from quant.volatility._kernels.recursions import PARTS, STRETCH
from quant.volatility._kernels.simd import LANES

SUMS = 72  # rows of what `evaluate` writes


class Desk(NamedTuple):
    """What the lanes are given and give back, and room to work."""

    by_time: Matrix  # (n, 8) one series per lane
    params: Matrix
    constants: Matrix
    opening: Matrix
    ahead: Matrix
    sums: Matrix
    gradient: Vector
    hessian: Matrix
    step: Vector
    held: Flags
    matrix: Matrix
    work: Vector


@njit(nogil=True, cache=True)
def new_desk(n):
    """Return room for series of n returns."""
    return Desk(
        np.zeros((n, LANES)),
        np.zeros((SIZE, LANES)),
        np.zeros((ROWS, LANES)),
        np.ones((3, LANES)),
        np.zeros((STRETCH * PARTS, LANES)),
        np.zeros((SUMS, LANES)),
        np.zeros(SIZE),
        np.zeros((SIZE, SIZE)),
        np.zeros(SIZE),
        np.zeros(SIZE, np.bool_),
        np.zeros((SIZE, SIZE)),
        np.zeros(SIZE),
    )


@njit(forceinline=True, _nrt=False)
def gather(law, slopes, n, lane, sums, constants, gradient, hessian):
    """Return the log-likelihood of a lane; write natural derivatives from the sums."""
    k, shapes = 3 + slopes, law.shapes
    value = (
        sums[0, lane]
        + n * constants[0, lane]
        + constants[1, lane] * sums[1, lane]
        + constants[2, lane] * sums[2, lane]
    )
    at = 4
    for i in range(k):
        gradient[i] = sums[at, lane]
        at += 1
    for i in range(shapes):
        gradient[k + i] = (
            sums[at, lane]
            + n * constants[3 + 3 * i, lane]
            + constants[4 + 3 * i, lane] * sums[1, lane]
            + constants[5 + 3 * i, lane] * sums[2, lane]
        )
        at += 1
    for i in range(k):
        for j in range(i + 1):
            hessian[i, j] = hessian[j, i] = sums[at, lane]
            at += 1
    for i in range(shapes):
        for j in range(k):
            hessian[k + i, j] = hessian[j, k + i] = sums[at, lane]
            at += 1
    for i in range(shapes):
        hessian[k + i, 0] -= sums[at, lane]
        hessian[0, k + i] = hessian[k + i, 0]
        at += 1
    row = 3 + 3 * shapes
    for i in range(shapes):
        for j in range(i + 1):
            hessian[k + i, k + j] = sums[at, lane] + n * constants[row, lane]
            hessian[k + j, k + i] = hessian[k + i, k + j]
            at += 1
            row += 1
    return value


@njit(forceinline=True, _nrt=False)
def place(law, slopes, lane, x, presample, moving, params, constants, opening, work):
    """Set a lane to the point x.

    presample : (3,) array
        Presample variance at mean zero, mean of the returns, 1 where the former moves with mu.
    """
    natural(slopes, x, work)
    for i in range(3 + slopes):
        params[i, lane] = work[i]
    shape_from(law, x, 3 + slopes, work)
    prepare(law, work, constants, lane)
    mu = x[0]
    opening[0, lane] = presample[0] + moving * mu * (mu - 2.0 * presample[1])
    opening[1, lane] = moving * 2.0 * (mu - presample[1])
    opening[2, lane] = moving * 2.0
