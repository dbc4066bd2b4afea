"""Maximisation of many likelihoods side by side: a lane takes the next job when it has done one.

A job is a series and a starting point. Its path depends on these alone: lanes do not see each
other, and how jobs are grouped decides only when they are done.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from quant.volatility._box import bend, bend_shape, natural, shape_from
from quant.volatility._law_kernels import ROWS, prepare
from quant.volatility._newton import SIZE, propose
from quant.volatility._recursion_kernels import evaluate
from quant.volatility._simd import LANES

CONVERGED, STALLED, EXHAUSTED = 0, 1, 2
SUMS = 72  # rows of what `evaluate` writes


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
def climb(
    law, news, series, presample, moving, recursed, owner, starts, lower, upper, reach, gain, most
):
    """Return the maximum, its value, the evaluations and the outcome of each job.

    Parameters
    ----------
    series : (S, n) array
    presample : (S, 2) array
        Presample variance at mean zero, and the mean.
    owner : (J,) array of int
        The series of each job.
    starts : (J, k) array
    gain : float
        A job is done when the next step promises less than this.
    most : int
        Evaluations that a job may take.
    """
    slopes = news.slopes
    jobs, k = starts.shape
    n = series.shape[1]
    points, values = starts.copy(), np.full(jobs, -np.inf)
    calls, outcome = np.zeros(jobs, np.int64), np.full(jobs, EXHAUSTED)

    buffer = np.zeros(n * LANES)
    by_time = buffer.reshape(n, LANES)
    params = np.zeros((SIZE, LANES))
    constants = np.zeros((ROWS, LANES))
    opening = np.ones((3, LANES))
    sums = np.zeros((SUMS, LANES))
    job = np.full(LANES, -1)
    damping, promised = np.zeros(LANES), np.zeros(LANES)
    trial, best = np.zeros((LANES, SIZE)), np.zeros((LANES, SIZE))
    slope, curvature = np.zeros((LANES, SIZE)), np.zeros((LANES, SIZE, SIZE))
    gradient, hessian = np.zeros(SIZE), np.zeros((SIZE, SIZE))
    step, held, matrix = np.zeros(SIZE), np.zeros(SIZE, np.bool_), np.zeros((SIZE, SIZE))
    work = np.zeros(SIZE)

    upcoming = 0
    active = 0
    for lane in range(LANES):
        params[1, lane] = 1.0  # an idle lane computes something harmless
        shape_from(law, starts[0], 3 + slopes, work)
        prepare(law, work, constants, lane)
        if upcoming < jobs:
            job[lane] = upcoming
            upcoming += 1
            active += 1
            for t in range(n):
                by_time[t, lane] = series[owner[job[lane]], t]
            trial[lane, :k] = starts[job[lane]]
            place(
                *(law, slopes, lane, trial[lane], presample[owner[job[lane]]], moving),
                *(params, constants, opening, work),
            )
    while active > 0:
        evaluate(
            *(law, news, buffer, n, opening.ravel(), recursed),
            *(params.ravel(), constants.ravel(), sums.ravel()),
        )
        for lane in range(LANES):
            at = job[lane]
            if at < 0:
                continue
            calls[at] += 1
            value = gather(law, slopes, n, lane, sums, constants, gradient, hessian)
            first = calls[at] == 1
            actual = value - values[at]
            good = math.isfinite(value) and (first or actual > 1e-4 * promised[lane] - 1e-11 * n)
            if good:
                bend(slopes, k, trial[lane], gradient, hessian)
                bend_shape(law, trial[lane], 3 + slopes, gradient, hessian)
                if not first:
                    if actual > 0.75 * promised[lane]:
                        damping[lane] = 0.1 * damping[lane] if damping[lane] > 1e-4 else 0.0
                    elif actual < 0.25 * promised[lane]:
                        damping[lane] = max(4.0 * damping[lane], 1e-2)
                values[at] = value
                best[lane] = trial[lane]
                slope[lane] = gradient
                curvature[lane] = hessian
            elif first:
                damping[lane] = np.inf
            else:
                damping[lane] = max(8.0 * damping[lane], 3e-2)
            promised[lane], damping[lane] = propose(
                *(k, best[lane], slope[lane], curvature[lane], lower, upper, reach),
                *(damping[lane], step, held, matrix),
            )
            left = promised[lane] * (1.0 + damping[lane])
            done = True
            if left < gain:
                outcome[at] = CONVERGED if damping[lane] < 1e6 else STALLED
            elif calls[at] < most:
                done = False
            for i in range(k):
                trial[lane, i] = min(max(best[lane, i] + step[i], lower[i]), upper[i])
            if done:
                if outcome[at] == CONVERGED:
                    points[at] = trial[lane, :k]
                    values[at] += promised[lane]
                else:
                    points[at] = best[lane, :k]
                if upcoming == jobs:
                    job[lane] = -1
                    active -= 1
                    continue
                before = owner[at]
                at = upcoming
                job[lane] = at
                upcoming += 1
                damping[lane] = 0.0
                if owner[at] != before:
                    for t in range(n):
                        by_time[t, lane] = series[owner[at], t]
                trial[lane, :k] = starts[at]
            place(
                *(law, slopes, lane, trial[lane], presample[owner[at]], moving),
                *(params, constants, opening, work),
            )
    return points, values, calls, outcome
