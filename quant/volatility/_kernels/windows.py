"""From windows of returns to estimates in their own units, one compiled call for a block."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from quant.volatility._kernels.box import natural, shape_from
from quant.volatility._kernels.climb import climb
from quant.volatility._kernels.desk import SUMS, gather
from quant.volatility._kernels.flatness import is_flat
from quant.volatility._kernels.jobs import new_jobs
from quant.volatility._kernels.law_constants import ROWS, prepare
from quant.volatility._kernels.newton import SIZE
from quant.volatility._kernels.recursions import PARTS, STRETCH, evaluate
from quant.volatility._kernels.rivals import SPARED, select
from quant.volatility._kernels.simd import LANES

_EXTREME = 10.0  # standard deviations of a return that calls for more climbs
_MANY_ZEROS = 0.2  # share of returns that are exactly zero, from which it takes more climbs too
_GAIN = 1e-9  # log-likelihood that another step may promise at a maximum
_SUMS = {"reassoc", "contract", "nsz", "arcp"}


@njit(nogil=True, cache=True, fastmath=_SUMS)
def _mean(values):
    total = 0.0
    for value in values:
        total += value
    return total / values.size


@njit(nogil=True, cache=True, fastmath=_SUMS)
def _mean_square(values, centre):
    total = 0.0
    for value in values:
        total += (value - centre) * (value - centre)
    return total / values.size


@njit(nogil=True, cache=True)
def screen(returns, ends, n, out):
    """Write spread, largest size, zeros, and how often the commonest value occurs, per window.

    The last is exact when a value fills more than half of the window, and too low otherwise.
    """
    for i in range(ends.size):
        low, high, zeros = np.inf, -np.inf, 0
        candidate, votes = 0.0, 0
        for t in range(ends[i] - n, ends[i]):
            r = returns[t]
            if r < low:
                low = r
            if r > high:
                high = r
            zeros += r == 0.0
            if r == candidate:
                votes += 1
            elif votes > 0:
                votes -= 1
            else:
                candidate, votes = r, 1
        count = 0
        if votes > 0:
            for t in range(ends[i] - n, ends[i]):
                count += returns[t] == candidate
        out[i, 0], out[i, 1] = high - low, max(abs(low), abs(high))
        out[i, 2], out[i, 3] = zeros, count


@njit(nogil=True, cache=True)
def _nearest(values, to):
    distance = np.inf
    for value in values:
        apart = abs(value - to)
        if apart < distance:  # seldom: quicker than a minimum that waits for the one before
            distance = apart
    return distance


@njit(nogil=True, cache=True)
def _backcast(z):
    weight, top, bottom = 1.0, 0.0, 0.0
    for t in range(min(75, z.size)):
        top += weight * z[t] * z[t]
        bottom += weight
        weight *= 0.94
    return top / bottom


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
    period, presample variance, omega in units of the mean square, centre, mean square, distance of
    mu from the nearest return in standard deviations; `counts` holds evaluations, outcome, distinct
    modes, whether the likelihood is flat, and whether the returns called for all climbs.
    """
    windows = ends.size
    sets, tries, k = starts.shape
    slopes = news.slopes
    series = np.empty((windows, n))
    presample = np.empty((windows, 2))
    units = np.empty((windows, 2))
    for i in range(windows):
        window = returns[ends[i] - n : ends[i]]
        centre = _mean(window) if centred else 0.0
        scale = math.sqrt(_mean_square(window, centre))
        for t in range(n):
            series[i, t] = (window[t] - centre) / scale
        units[i, 0], units[i, 1] = centre, scale
        if moving > 0.0:
            presample[i, 0] = _mean_square(series[i], 0.0)
            presample[i, 1] = _mean(series[i])
        else:
            presample[i, 0], presample[i, 1] = _backcast(series[i]), 0.0
    points = np.empty((windows * tries, k))
    owner = np.empty(windows * tries, np.int64)
    for i in range(windows):
        for s in range(tries):
            points[i * tries + s] = starts[i % sets, s]
            owner[i * tries + s] = i
    jobs = new_jobs(owner, points)
    dropped = np.zeros(windows * tries, np.int64)
    extreme = np.zeros(windows, np.bool_)
    for i in range(windows):
        zeros = 0
        for t in range(n):
            extreme[i] |= abs(series[i, t]) > _EXTREME
            zeros += returns[ends[i] - n + t] == 0.0
        extreme[i] |= zeros > _MANY_ZEROS * n
        if not extreme[i]:
            dropped[i * tries + usual : (i + 1) * tries] = SPARED
    climb(
        *(law, news, series, presample, moving, recursed, jobs, dropped, extreme),
        *(lower, upper, reach, _GAIN, rounds),
    )
    work, root = np.empty(k + 3), np.empty((k, k))
    for i in range(windows):
        best, modes, spent = select(jobs, i * tries, (i + 1) * tries, dropped)
        counts[i, 0], counts[i, 1], counts[i, 2] = spent, jobs.outcome[best], modes
        counts[i, 4] = extreme[i]
        counts[i, 3] = is_flat(slopes, jobs.points[best], jobs.curvatures[best], lower, upper, root)
        _write(
            *(law, slopes, jobs.points[best], jobs.values[best], returns[ends[i] - n : ends[i]]),
            *(units[i], presample[i], moving, recursed, work, out[i]),
        )


@njit(nogil=True, cache=True)
def _write(law, slopes, x, value, window, units, presample, moving, recursed, work, row):
    centre, scale = units
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
        row[9] = row[12] * presample[0]
    first = row[9]
    if recursed > 0.0:
        first = row[1] + ((row[2] + 0.5 * row[3]) + row[4]) * row[9]
    row[13] = _nearest(window, row[0]) / scale
    row[8] = _next_variance(window, row[1], row[2], row[3], row[4], row[0], first)


@njit(nogil=True, cache=True)
def curvature(law, news, returns, values, shape, presample, moving, recursed, out):
    """Write the Hessian in mu, omega, slopes, beta and shapes at given values, in their units.

    `presample` holds the presample variance at the mean and the mean of the returns.
    """
    slopes, n = news.slopes, returns.size
    buffer = np.empty(n * LANES)
    for t in range(n):
        for lane in range(LANES):
            buffer[t * LANES + lane] = returns[t]
    params, constants = np.zeros((SIZE, LANES)), np.zeros((ROWS, LANES))
    opening, sums = np.zeros((3, LANES)), np.zeros((SUMS, LANES))
    for lane in range(LANES):
        for i in range(3 + slopes):
            params[i, lane] = values[i]
        prepare(law, shape, constants, lane)
        opening[0, lane] = presample[0]
        opening[1, lane] = moving * 2.0 * (values[0] - presample[1])
        opening[2, lane] = moving * 2.0
    evaluate(
        *(law, news, buffer, n, opening, recursed, params, constants),
        *(np.zeros((STRETCH * PARTS, LANES)), sums),
    )
    gather(law, slopes, n, 0, sums, constants, np.zeros(SIZE), out)
