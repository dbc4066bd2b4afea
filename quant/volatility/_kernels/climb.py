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

from quant._typing import Vector
from quant.volatility._bounds import Flags, Indices
from quant.volatility._kernels.box import bend, bend_shape, follow_ridge, leave_ridge, shape_from
from quant.volatility._kernels.desk import gather, new_desk, place
from quant.volatility._kernels.jobs import CONVERGED, STALLED, UNDERWAY
from quant.volatility._kernels.law_constants import prepare
from quant.volatility._kernels.newton import propose
from quant.volatility._kernels.recursions import evaluate
from quant.volatility._kernels.rivals import prune
from quant.volatility._kernels.simd import LANES

_QUICK = 1e-3  # share of the last step's promise below which convergence is quadratic
_LOOSER = 100.0  # by which it may then stop earlier


class Turns(NamedTuple):
    """Who is at work on what."""

    lane_job: Indices  # (8,) -1 for an idle lane
    lane_series: Indices  # (8,)
    running: Flags  # (J,) whether a job has a lane
    round_of: Indices  # (S,) rounds closed so far
    limits: Indices  # evaluations in each round
    margins: Vector


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
    before = promised
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
    # where steps shrink this quickly, the one after the next would be of the order of rounding
    enough = _LOOSER * gain if not first and promised < _QUICK * before else gain
    # a heavily damped step that promises nothing ends at a kink of the likelihood
    if promised * (1.0 + damping) < enough or (damping > 1e3 and promised < gain):
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
    rounds,
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
    rounds : (R, 2) array
        Evaluations after which the climbs of a series are compared, and how far behind the best
        is too far.
    """
    count, n = series.shape
    desk = new_desk(n)
    turns = Turns(
        np.full(LANES, -1),
        np.full(LANES, -1),
        np.zeros(dropped.size, np.bool_),
        np.zeros(count, np.int64),
        rounds[:, 0].astype(np.int64),
        rounds[:, 1].copy(),
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
    by_time, params, constants, opening, ahead, sums = desk[:6]
    gradient, hessian, step, held, matrix, work = desk[6:]
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
        evaluate(law, news, by_time, n, opening, recursed, params, constants, ahead, sums)
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
