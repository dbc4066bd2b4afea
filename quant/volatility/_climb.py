"""Maximisation of many likelihoods side by side: a lane takes the next job when it has done one.

A job is a series and a starting point. Its path depends on these alone: lanes do not see each
other, and how jobs are grouped decides only when they are done. Everything a job needs to go on
is kept, so that a climb can stop after some evaluations and take up the promising jobs again.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from quant._typing import FloatArray, Matrix, Vector
from quant.volatility._bounds import Indices
from quant.volatility._box import bend, bend_shape, natural, shape_from
from quant.volatility._law_kernels import ROWS, prepare
from quant.volatility._newton import SIZE, propose
from quant.volatility._recursion_kernels import evaluate
from quant.volatility._simd import LANES

CONVERGED, STALLED, UNDERWAY = 0, 1, 2
SUMS = 72  # rows of what `evaluate` writes


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


@njit(nogil=True, cache=True)
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


@njit(nogil=True, cache=True)
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


@njit(nogil=True, cache=True)
def _advance(jobs, at, value, gradient, hessian, lower, upper, reach, gain, step, held, matrix):
    """Take in the likelihood at the next point of a job and choose the point after it."""
    k = lower.size
    point, trial = jobs.points[at], jobs.trials[at]
    slope, curvature = jobs.slopes[at], jobs.curvatures[at]
    promised, damping = jobs.promised[at], jobs.damping[at]
    first = jobs.calls[at] == 0
    jobs.calls[at] += 1
    actual = value - jobs.values[at]
    if math.isfinite(value) and (first or actual > 1e-4 * promised - 1e-13 * abs(value)):
        if first:
            pass
        elif actual > 0.75 * promised:
            damping = 0.05 * damping if damping > 0.1 else 0.0
        elif actual < 0.25 * promised:
            damping = max(4.0 * damping, 1e-2)
        jobs.values[at] = value
        for i in range(k):
            point[i] = trial[i]
            slope[i] = gradient[i]
            for j in range(k):
                curvature[i, j] = hessian[i, j]
    elif first:
        jobs.outcome[at] = STALLED
        return
    else:
        damping = max(8.0 * damping, 3e-2)
    promised, damping = propose(
        k, point, slope, curvature, lower, upper, reach, damping, step, held, matrix
    )
    for i in range(k):
        trial[i] = min(max(point[i] + step[i], lower[i]), upper[i])
    jobs.promised[at], jobs.damping[at] = promised, damping
    if promised * (1.0 + damping) < gain:
        jobs.outcome[at] = CONVERGED if damping < 1e6 else STALLED
        if jobs.outcome[at] == CONVERGED:  # the last step is taken on the word of the model
            jobs.values[at] += promised
            for i in range(k):
                point[i] = trial[i]


@njit(nogil=True, cache=True)
def climb(
    law, news, series, presample, moving, recursed, jobs, queue, lower, upper, reach, gain, most
):
    """Take the jobs in the queue on until they are done or have used `most` evaluations.

    Parameters
    ----------
    series : (S, n) array
    presample : (S, 2) array
        Presample variance at mean zero, and the mean.
    queue : (Q,) array of int
    lower, upper, reach : (k,) arrays
        The box, and the longest step in each coordinate.
    gain : float
        A job is done when the next step promises less than this.
    """
    slopes = news.slopes
    n = series.shape[1]
    buffer = np.zeros(n * LANES)
    by_time = buffer.reshape(n, LANES)
    params = np.zeros((SIZE, LANES))
    constants = np.zeros((ROWS, LANES))
    opening = np.ones((3, LANES))
    sums = np.zeros((SUMS, LANES))
    gradient, hessian = np.zeros(SIZE), np.zeros((SIZE, SIZE))
    step, held, matrix = np.zeros(SIZE), np.zeros(SIZE, np.bool_), np.zeros((SIZE, SIZE))
    work = np.zeros(SIZE)
    lane_job, lane_series = np.full(LANES, -1), np.full(LANES, -1)

    upcoming, active = 0, 0
    for lane in range(LANES):  # an idle lane computes something harmless
        params[1, lane] = 1.0
        shape_from(law, jobs.trials[0], 3 + slopes, work)
        prepare(law, work, constants, lane)
    while True:
        for lane in range(LANES):
            if lane_job[lane] < 0 and upcoming < queue.size:
                at = queue[upcoming]
                upcoming += 1
                active += 1
                lane_job[lane] = at
                if lane_series[lane] != jobs.owner[at]:
                    lane_series[lane] = jobs.owner[at]
                    own = series[jobs.owner[at]]
                    for t in range(n):
                        by_time[t, lane] = own[t]
            at = lane_job[lane]
            if at >= 0:
                place(
                    *(law, slopes, lane, jobs.trials[at], presample[jobs.owner[at]], moving),
                    *(params, constants, opening, work),
                )
        if active == 0:
            break
        evaluate(
            *(law, news, buffer, n, opening.ravel(), recursed),
            *(params.ravel(), constants.ravel(), sums.ravel()),
        )
        for lane in range(LANES):
            at = lane_job[lane]
            if at < 0:
                continue
            value = gather(law, slopes, n, lane, sums, constants, gradient, hessian)
            bend(slopes, lower.size, jobs.trials[at], gradient, hessian)
            bend_shape(law, jobs.trials[at], 3 + slopes, gradient, hessian)
            _advance(
                *(jobs, at, value, gradient, hessian, lower, upper, reach, gain),
                *(step, held, matrix),
            )
            if jobs.outcome[at] != UNDERWAY or jobs.calls[at] >= most:
                lane_job[lane] = -1
                active -= 1
