"""From windows of returns to estimates in their own units, one compiled call for a block."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from quant.volatility._kernels.box import natural, shape_from
from quant.volatility._kernels.climb import climb
from quant.volatility._kernels.climbs import begin, new_climbs
from quant.volatility._kernels.desk import at_parameters, lay_out, new_desk
from quant.volatility._kernels.flatness import is_flat
from quant.volatility._kernels.law_constants import prepare
from quant.volatility._kernels.rivals import SPARED, select

_STILL = 1e-8  # share of the size of returns below which their spread is rounding
_SMALL, _LARGE = 1e-152, 1e120  # standard deviations within which all returns can be squared
_EXTREME = 10.0  # standard deviations of a return that calls for more climbs
_MANY_ZEROS = 0.2  # share of returns that are exactly zero, from which it takes more climbs too
_AT_A_RETURN = 1e-4  # standard deviations from a return at which a mean rests on its kink
_GAIN = 1e-9  # log-likelihood that another step may promise at a maximum
_SUMS = {"reassoc", "contract", "nsz", "arcp"}


@njit(nogil=True, cache=True, fastmath=_SUMS)
def _mean(values):
    total = 0.0
    for i in range(values.size):  # by index: a loop over values is not made a vector loop
        total += values[i]
    return total / values.size


@njit(nogil=True, cache=True, fastmath=_SUMS)
def _mean_square(values, centre):
    total = 0.0
    for i in range(values.size):
        total += (values[i] - centre) * (values[i] - centre)
    return total / values.size


@njit(nogil=True, cache=True)
def _near(values, to, distance):
    """Return how many values lie within a distance of a number."""
    count = 0
    for i in range(values.size):
        count += abs(values[i] - to) <= distance
    return count


@njit(nogil=True, cache=True)
def _repeats(values):
    """Return how often a value equals the one before it."""
    count = 0
    for i in range(1, values.size):
        count += values[i] == values[i - 1]
    return count


@njit(nogil=True, cache=True)
def _is_doubtful(values):
    """Return whether the spread of the values is nothing beside their size, or out of all range."""
    mean = _mean(values)
    root = math.sqrt(_mean_square(values, mean))
    if not _SMALL < root < _LARGE:
        return True
    # the spread is at least the root, and no value lies further from the mean than this
    if root > _STILL * (abs(mean) + math.sqrt(values.size) * root):
        return False
    return values.max() - values.min() <= _STILL * max(-values.min(), values.max())


@njit(nogil=True, cache=True)
def screen(returns, ends, n, out):
    """Write whether the returns are doubtful, the zeros, and how often the commonest value occurs.

    The last is exact when a value fills more than two thirds of the window, and too low otherwise.
    """
    for i in range(ends.size):
        window = returns[ends[i] - n : ends[i]]
        out[i, 0], out[i, 1], out[i, 2] = _is_doubtful(window), _near(window, 0.0, 0.0), 0
        # one that fills two thirds follows itself a third of the time
        if _repeats(window) >= n // 3 - 1:
            out[i, 2] = _near(window, np.median(window), 0.0)


@njit(nogil=True, cache=True)
def _backcast(returns, centre, scale):
    weight, top, bottom = 1.0, 0.0, 0.0
    for t in range(min(75, returns.size)):
        z = (returns[t] - centre) / scale
        top += weight * z * z
        bottom += weight
        weight *= 0.94
    return top / bottom


@njit(nogil=True, cache=True)
def _is_extreme(returns, centre, scale):
    beyond = returns.size - _near(returns, centre, _EXTREME * scale)
    return beyond > 0 or _near(returns, 0.0, 0.0) > _MANY_ZEROS * returns.size


@njit(nogil=True, cache=True)
def _next_variance(returns, omega, alpha, gamma, beta, mu, first):
    """Return the variance after the last return, rounded as the filter of a single fit is."""
    h = first
    falls = alpha + gamma
    for r in returns:
        e = r - mu
        weight = falls if e < 0.0 else alpha
        h = (omega + weight * e * e) + beta * h
    return h


@njit(nogil=True, cache=True)
def fit_windows(
    law,
    news,
    returns,
    ends,
    n,
    centred,
    moving,
    recursed,
    starts,
    usual,
    rounds,
    lower,
    upper,
    reach,
    out,
    counts,
):
    """Fit every window returns[end - n : end]; write a row for each to `out` and `counts`.

    `starts` holds a set of starting points for each window in turn, or one set for all. The first
    `usual` of a set serve every window, the others those with an extreme return.
    `out` holds mu, omega, alpha, gamma, beta, two shapes, log-likelihood, variance of the next
    period, presample variance, omega in units of the mean square, centre, mean square, returns
    that mu rests on; `counts` holds evaluations, outcome, distinct
    modes, whether the likelihood is flat, and whether the returns called for all climbs.
    """
    sets, tries, k = starts.shape
    slopes = news.slopes
    desk, climbs = new_desk(n), new_climbs(tries, k)
    room = np.empty(k), np.empty(k, np.bool_), np.empty((k, k))
    work, root, presample = np.empty(k + 3), np.empty((k, k)), np.empty(2)
    for i in range(ends.size):
        window = returns[ends[i] - n : ends[i]]
        mean = _mean(window)
        centre = mean if centred else 0.0
        scale = math.sqrt(_mean_square(window, centre))
        presample[0] = 1.0 if moving > 0.0 else _backcast(window, centre, scale)
        presample[1] = (mean - centre) / scale
        lay_out(window, centre, scale, desk.series)
        extreme = _is_extreme(window, centre, scale)
        begin(climbs, starts[i % sets])
        if not extreme:
            climbs.dropped[usual:] = SPARED
        climb(
            *(law, news, n, presample, moving, recursed, climbs, extreme),
            *(lower, upper, reach, _GAIN, rounds, desk, room),
        )
        best, modes, spent = select(climbs)
        point, curvature = climbs.points[best], climbs.curvatures[best]
        counts[i, 0], counts[i, 1], counts[i, 2] = spent, climbs.outcome[best], modes
        counts[i, 3] = is_flat(slopes, point, curvature, lower, upper, root)
        counts[i, 4] = extreme
        _write(
            *(law, slopes, point, climbs.values[best], window, centre, scale, presample[0]),
            *(moving, recursed, work, out[i]),
        )


@njit(nogil=True, cache=True)
def _write(law, slopes, x, value, window, centre, scale, presample, moving, recursed, work, row):
    natural(slopes, x, work)
    row[0] = centre + scale * work[0]
    row[1] = scale * scale * work[1]
    row[2] = work[2]
    row[3] = work[3] - work[2] if slopes == 2 else 0.0
    row[4] = work[2 + slopes]
    row[10] = work[1]
    shape_from(law, x, 3 + slopes, work)
    row[5], row[6] = work[0], work[1]
    row[7] = value - window.size * math.log(scale)
    row[11], row[12] = centre, scale * scale
    if moving > 0.0:
        row[9] = row[12] + (row[0] - centre) * (row[0] - centre)
    else:
        row[9] = row[12] * presample
    first = row[9]
    if recursed > 0.0:
        first = row[1] + ((row[2] + 0.5 * row[3]) + row[4]) * row[9]
    row[13] = _near(window, row[0], _AT_A_RETURN * scale)
    row[8] = _next_variance(window, row[1], row[2], row[3], row[4], row[0], first)


@njit(nogil=True, cache=True)
def curvature(law, news, returns, values, shape, presample, moving, recursed, out):
    """Write the Hessian in mu, omega, slopes, beta and shapes at given values, in their units.

    `presample` holds the presample variance at the mean and the mean of the returns.
    """
    desk, n = new_desk(returns.size), returns.size
    lay_out(returns, 0.0, 1.0, desk.series)
    for i in range(3 + news.slopes):
        desk.params[i] = values[i]
    prepare(law, shape, desk.constants)
    desk.opening[0] = presample[0]
    desk.opening[1] = moving * 2.0 * (values[0] - presample[1])
    desk.opening[2] = moving * 2.0
    at_parameters(law, news, n, recursed, desk)
    out[:] = desk.hessian
