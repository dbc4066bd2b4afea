"""Maximisation of the log-likelihood of one series from several points.

The climbs are compared with each other each time all of them have used a set number of
evaluations; those that need not go on are dropped.
"""

from __future__ import annotations

import math

from numba import njit

from quant.volatility._kernels.box import follow_ridge, leave_ridge, sizes
from quant.volatility._kernels.climbs import CONVERGED, STALLED, UNDERWAY
from quant.volatility._kernels.desk import look
from quant.volatility._kernels.newton import STEEPEST, propose
from quant.volatility._kernels.rivals import prune

_QUICK = 1e-3  # share of the last step's promise below which convergence is quadratic
_LOOSER = 100.0  # by which it may then stop earlier


@njit(forceinline=True, _nrt=False)
def _advance(
    k, climbs, at, last, value, gradient, hessian, lower, upper, reach, gain, step, held, matrix
):
    """Take in the likelihood at the next point of a climb and choose the point after it.

    `last` is the place of the share of news, next to whose lower bound there is a ridge.
    """
    point, trial = climbs.points[at], climbs.trials[at]
    slope, curvature = climbs.slopes[at], climbs.curvatures[at]
    promised, damping = climbs.promised[at], climbs.damping[at]
    first = climbs.calls[at] == 0
    climbs.calls[at] += 1
    actual = value - climbs.values[at]
    if math.isfinite(value) and (first or actual > 1e-4 * promised - 1e-13 * abs(value)):
        if first:
            pass
        elif actual > 0.75 * promised:
            damping = 0.05 * damping if damping > 1e-3 else 0.0
        elif actual < 0.25 * promised:
            damping = max(4.0 * damping, 1e-2)
        climbs.values[at] = value
        for i in range(k):
            point[i] = trial[i]
            slope[i] = gradient[i]
            for j in range(k):
                curvature[i, j] = hessian[i, j]
    elif first:
        climbs.outcome[at] = STALLED
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
    climbs.promised[at], climbs.damping[at] = promised, damping
    if damping >= STEEPEST:  # derivatives that are not finite, or say nothing: no maximum is told
        climbs.outcome[at] = STALLED
        return
    # where steps shrink this quickly, the one after the next would be of the order of rounding
    enough = _LOOSER * gain if not first and promised < _QUICK * before else gain
    # a heavily damped step that promises nothing ends at a kink of the likelihood
    if promised * (1.0 + damping) < enough or (damping > 1e3 and promised < gain):
        climbs.outcome[at] = CONVERGED
        climbs.values[at] += promised  # the last step is taken on the word of the model
        for i in range(k):
            point[i] = trial[i]


@njit(nogil=True, cache=True, _nrt=False)
def climb(
    law,
    news,
    n,
    presample,
    moving,
    recursed,
    climbs,
    extreme,
    lower,
    upper,
    reach,
    gain,
    rounds,
    desk,
    room,
):
    """Take all climbs on until they are done, dropped, or out of evaluations.

    Parameters
    ----------
    presample : (2,) array
        Presample variance at mean zero, and the mean.
    extreme : bool
        Whether no climb is given up for being behind.
    lower, upper, reach : (k,) arrays
        The box, and the longest step in each coordinate.
    gain : float
        A climb is done when the next step promises less than this.
    rounds : (R, 2) array
        Evaluations after which the climbs are compared, and how far behind the best is too far.
    desk : Desk
        Holds the series.
    """
    step, held, matrix = room
    slopes, shapes = sizes(law, news)
    for turn in range(len(rounds)):
        underway = False
        for at in range(climbs.values.size):
            if climbs.dropped[at] != 0:
                continue
            while climbs.outcome[at] == UNDERWAY and climbs.calls[at] < rounds[turn, 0]:
                value = look(law, news, n, climbs.trials[at], presample, moving, recursed, desk)
                _advance(
                    *(
                        3 + slopes + shapes,
                        climbs,
                        at,
                        2 + slopes,
                        value,
                        desk.gradient,
                        desk.hessian,
                    ),
                    *(lower, upper, reach, gain, step, held, matrix),
                )
            underway |= climbs.outcome[at] == UNDERWAY
        if not underway or turn == len(rounds) - 1:
            break
        prune(climbs, math.inf if extreme else rounds[turn, 1])
