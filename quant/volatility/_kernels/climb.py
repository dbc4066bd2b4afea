"""Maximisation of many likelihoods side by side: a lane takes the next job when it has done one.

A job is a series and a starting point. Its path depends on these alone: lanes do not see each
other. The climbs of one series are compared with each other each time all of them have used a
set number of evaluations, so how jobs share the lanes decides only when they are done.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from quant._typing import Matrix, Vector
from quant.volatility._bounds import Flags, Indices
from quant.volatility._kernels.box import (
    bend,
    bend_shape,
    follow_ridge,
    leave_ridge,
    natural,
    shape_from,
)
from quant.volatility._kernels.jobs import CONVERGED, STALLED, UNDERWAY
from quant.volatility._kernels.law_constants import ROWS, prepare
from quant.volatility._kernels.newton import SIZE, propose
from quant.volatility._kernels.recursions import evaluate
from quant.volatility._kernels.rivals import prune
from quant.volatility._kernels.simd import LANES

SUMS = 72  # rows of what `evaluate` writes

# Evaluations after which the climbs of a series are compared, and how far behind is too far.
_ROUNDS = (
    *((5, 20.0), (6, 15.0), (7, 15.0), (8, 10.0), (9, 10.0), (10, 10.0), (11, 10.0)),
    *((12, 10.0), (14, 10.0), (16, 10.0), (20, 10.0), (25, 10.0), (400, 10.0)),
)


class Desk(NamedTuple):
    """What the lanes are given and give back, and room to work."""

    by_time: Matrix  # (n, 8) one series per lane
    params: Matrix
    constants: Matrix
    opening: Matrix
    sums: Matrix
    gradient: Vector
    hessian: Matrix
    step: Vector
    held: Flags
    matrix: Matrix
    work: Vector


class Turns(NamedTuple):
    """Who is at work on what."""

    lane_job: Indices  # (8,) -1 for an idle lane
    lane_series: Indices  # (8,)
    running: Flags  # (J,) whether a job has a lane
    round_of: Indices  # (S,) rounds closed so far
    limits: Indices  # evaluations in each round
    margins: Vector


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


@njit(forceinline=True, _nrt=False)
def _advance(
    jobs, last, at, value, gradient, hessian, lower, upper, reach, gain, step, held, matrix
):
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
    for i in range(k):
        gradient[i] = slope[i]
        for j in range(k):
            hessian[i, j] = curvature[i, j]
    ridge = point[last] <= lower[last]
    if ridge:
        follow_ridge(k, point, gradient, hessian)
    promised, damping = propose(
        k, point, gradient, hessian, lower, upper, reach, damping, step, held, matrix
    )
    if ridge:
        leave_ridge(point, step)
    for i in range(k):
        trial[i] = min(max(point[i] + step[i], lower[i]), upper[i])
    jobs.promised[at], jobs.damping[at] = promised, damping
    # a heavily damped step that promises nothing ends at a kink of the likelihood
    if promised * (1.0 + damping) < gain or (damping > 1e3 and promised < gain):
        jobs.outcome[at] = CONVERGED
        jobs.values[at] += promised  # the last step is taken on the word of the model
        for i in range(k):
            point[i] = trial[i]


@njit(forceinline=True, _nrt=False)
def _waiting(jobs, owner, tries, limit, running, dropped):
    """Return a job of a series that has evaluations left in this round, or -1."""
    for at in range(owner * tries, (owner + 1) * tries):
        ready = jobs.outcome[at] == UNDERWAY and dropped[at] == 0 and not running[at]
        if ready and jobs.calls[at] < limit:
            return at
    return -1


@njit(nogil=True, cache=True)
def climb(
    law,
    news,
    series,
    presample,
    moving,
    recursed,
    jobs,
    dropped,
    extreme,
    lower,
    upper,
    reach,
    gain,
):
    """Take all jobs on until they are done, dropped, or out of evaluations.

    Parameters
    ----------
    series : (S, n) array
        Series i has the jobs i J / S to (i + 1) J / S.
    presample : (S, 2) array
        Presample variance at mean zero, and the mean.
    dropped : (J,) array of int
        Why a job was given up, 0 if it was not.
    extreme : (S,) array of bool
        Series on which no climb is given up for being behind.
    lower, upper, reach : (k,) arrays
        The box, and the longest step in each coordinate.
    gain : float
        A job is done when the next step promises less than this.
    """
    count, n = series.shape
    desk = Desk(
        np.zeros((n, LANES)),
        np.zeros((SIZE, LANES)),
        np.zeros((ROWS, LANES)),
        np.ones((3, LANES)),
        np.zeros((SUMS, LANES)),
        np.zeros(SIZE),
        np.zeros((SIZE, SIZE)),
        np.zeros(SIZE),
        np.zeros(SIZE, np.bool_),
        np.zeros((SIZE, SIZE)),
        np.zeros(SIZE),
    )
    turns = Turns(
        np.full(LANES, -1),
        np.full(LANES, -1),
        np.zeros(dropped.size, np.bool_),
        np.zeros(count, np.int64),
        np.array([most for most, _ in _ROUNDS]),
        np.array([behind for _, behind in _ROUNDS]),
    )
    _climb(
        *(law, news, series, presample, moving, recursed, jobs, dropped, extreme),
        *(lower, upper, reach, gain, desk, turns),
    )


@njit(nogil=True, cache=True, _nrt=False)
def _climb(
    law,
    news,
    series,
    presample,
    moving,
    recursed,
    jobs,
    dropped,
    extreme,
    lower,
    upper,
    reach,
    gain,
    desk,
    turns,
):
    """Do what `climb` says; without memory management, whose counters would take a third of it."""
    slopes = news.slopes
    count, n = series.shape
    tries = dropped.size // count
    by_time, params, constants, opening, sums = desk[:5]
    gradient, hessian, step, held, matrix, work = desk[5:]
    lane_job, lane_series, running, round_of, limits, margins = turns

    for lane in range(LANES):  # an idle lane computes something harmless
        params[1, lane] = 1.0
        shape_from(law, jobs.trials[0], 3 + slopes, work)
        prepare(law, work, constants, lane)
    begun, finished = 0, 0  # series before `finished` need nothing more
    while finished < count:
        for lane in range(LANES):
            at = lane_job[lane]
            if at < 0:
                # stay with the series at hand, else begin one, else help out with another
                own = lane_series[lane]
                if own >= 0:
                    at = _waiting(jobs, own, tries, limits[round_of[own]], running, dropped)
                if at < 0 and begun < count:
                    at = begun * tries
                    begun += 1
                other = finished
                while at < 0 and other < begun:
                    at = _waiting(jobs, other, tries, limits[round_of[other]], running, dropped)
                    other += 1
                if at < 0:
                    continue
                lane_job[lane] = at
                running[at] = True
                own = at // tries
                if lane_series[lane] != own:
                    lane_series[lane] = own
                    for t in range(n):
                        by_time[t, lane] = series[own, t]
            place(
                *(law, slopes, lane, jobs.trials[at], presample[at // tries], moving),
                *(params, constants, opening, work),
            )
        evaluate(law, news, by_time, n, opening, recursed, params, constants, sums)
        for lane in range(LANES):
            at = lane_job[lane]
            if at < 0:
                continue
            value = gather(law, slopes, n, lane, sums, constants, gradient, hessian)
            bend(slopes, lower.size, jobs.trials[at], gradient, hessian)
            bend_shape(law, jobs.trials[at], 3 + slopes, gradient, hessian)
            _advance(
                *(jobs, 2 + slopes, at, value, gradient, hessian, lower, upper, reach, gain),
                *(step, held, matrix),
            )
            own = at // tries
            if jobs.outcome[at] == UNDERWAY and jobs.calls[at] < limits[round_of[own]]:
                continue
            lane_job[lane] = -1
            running[at] = False
            _close_rounds(jobs, own, tries, limits, margins, extreme, round_of, running, dropped)
        while finished < begun and round_of[finished] == limits.size - 1:
            last = finished * tries
            busy = running[last : last + tries].any()
            if busy or _waiting(jobs, finished, tries, limits[-1], running, dropped) >= 0:
                break
            finished += 1


@njit(forceinline=True, _nrt=False)
def _close_rounds(jobs, own, tries, limits, margins, extreme, round_of, running, dropped):
    """Compare the climbs of a series once all have used the evaluations of the round."""
    while round_of[own] < limits.size - 1:
        for at in range(own * tries, (own + 1) * tries):
            if running[at]:
                return
        if _waiting(jobs, own, tries, limits[round_of[own]], running, dropped) >= 0:
            return
        behind = np.inf if extreme[own] else margins[round_of[own]]
        prune(jobs, own * tries, (own + 1) * tries, behind, dropped)
        round_of[own] += 1
