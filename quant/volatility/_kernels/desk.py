"""One look at the log-likelihood of a series, and the room it takes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from quant._typing import Matrix, Vector
from quant.volatility._kernels.box import bend, bend_shape, natural, shape_from, sizes
from quant.volatility._kernels.law_constants import CONSTANTS, prepare
from quant.volatility._kernels.newton import SIZE
from quant.volatility._kernels.recursions import AHEAD, PARTS, evaluate
from quant.volatility._kernels.simd import LANES
from quant.volatility._kernels.variances import ENTRIES

_SUMS = 40  # numbers that `evaluate` writes, at most


class Desk(NamedTuple):
    """What a look takes and gives back."""

    series: Matrix  # (n % 8 + n // 8, 8), see `lay_out`
    params: Vector
    constants: Vector
    opening: Vector
    ahead: Matrix
    added: Matrix
    begin: Matrix
    sums: Vector
    gradient: Vector
    hessian: Matrix
    work: Vector


@njit(nogil=True, cache=True)
def new_desk(n):
    """Return room for series of n returns."""
    return Desk(
        np.empty((n % LANES + n // LANES, LANES)),
        np.empty(SIZE),
        np.empty(CONSTANTS),
        np.empty(3),
        np.empty((AHEAD * PARTS, LANES)),
        np.empty((ENTRIES, LANES)),
        np.empty((ENTRIES, LANES)),
        np.empty(_SUMS),
        np.zeros(SIZE),
        np.zeros((SIZE, SIZE)),  # read whole, whatever the model has of it
        np.empty(SIZE),
    )


@njit(nogil=True, cache=True, _nrt=False)
def lay_out(returns, centre, scale, series):
    """Put (r - centre) / scale in lanes: what eight does not divide in all, then a stretch each."""
    n, unit = returns.size, 1.0 / scale
    over, length = n % LANES, n // LANES
    for t in range(over):
        for lane in range(LANES):
            series[t, lane] = (returns[t] - centre) * unit
    for lane in range(LANES):
        first = over + lane * length
        for t in range(length):
            series[over + t, lane] = (returns[first + t] - centre) * unit


@njit(forceinline=True, _nrt=False)
def look(law, news, n, x, presample, moving, recursed, desk):
    """Return the log-likelihood at the point x; write its derivatives in the coordinates.

    presample : (2,) array
        Presample variance at mean zero, and the mean of the returns, with which it moves.
    """
    slopes, shapes = sizes(law, news)
    natural(slopes, x, desk.params)
    shape_from(law, x, 3 + slopes, desk.work)
    prepare(law, desk.work, desk.constants)
    mu = x[0]
    desk.opening[0] = presample[0] + moving * mu * (mu - 2.0 * presample[1])
    desk.opening[1] = moving * 2.0 * (mu - presample[1])
    desk.opening[2] = moving * 2.0
    value = at_parameters(law, news, n, recursed, desk)
    bend(slopes, 3 + slopes + shapes, x, desk.gradient, desk.hessian)
    bend_shape(law, x, 3 + slopes, desk.gradient, desk.hessian)
    return value


@njit(forceinline=True, _nrt=False)
def at_parameters(law, news, n, recursed, desk):
    """Return the log-likelihood at the parameters on the desk; write its natural derivatives."""
    series, params, constants, opening, ahead, added, begin, sums, gradient, hessian, _ = desk
    evaluate(law, news, series, n, opening, recursed, params, constants, ahead, added, begin, sums)
    slopes, shapes = sizes(law, news)
    k = 3 + slopes
    value = sums[0] + n * constants[0] + constants[1] * sums[1] + constants[2] * sums[2]
    at = 3
    for i in range(k):
        gradient[i] = sums[at]
        at += 1
    for i in range(shapes):
        weighed = constants[4 + 3 * i] * sums[1] + constants[5 + 3 * i] * sums[2]
        gradient[k + i] = sums[at] + n * constants[3 + 3 * i] + weighed
        at += 1
    for i in range(k):
        for j in range(i + 1):
            hessian[i, j] = hessian[j, i] = sums[at]
            at += 1
    for i in range(shapes):
        for j in range(k):
            hessian[k + i, j] = hessian[j, k + i] = sums[at]
            at += 1
    for i in range(shapes):
        hessian[k + i, 0] -= sums[at]
        hessian[0, k + i] = hessian[k + i, 0]
        at += 1
    row = 3 + 3 * shapes
    for i in range(shapes):
        for j in range(i + 1):
            hessian[k + i, k + j] = sums[at] + n * constants[row]
            hessian[k + j, k + i] = hessian[k + i, k + j]
            at += 1
            row += 1
    return value
