"""Compiled simulation of breach days only: a null that needs no other day is drawn without it.

Imported on first use: it brings numba along.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from quant._typing import Vector

Indices = npt.NDArray[np.int64]

_ROUNDING = 1e-24  # of a square: values of which one is drawn again and again agree to this


@njit(nogil=True, cache=True, error_model="numpy")
def place(gaps: Vector, rate: float, n_obs: int, n_sims: int) -> tuple[Indices, Indices]:
    """Return where each simulation's breaches begin (n_sims + 1,) and their days (M,).

    All simulations are one long sequence of independent days: the time to the next breach is
    geometric, the whole part of a standard exponential over `rate` = -ln(1 - p). A last entry of -1
    in `first` says that `gaps` ran out.
    """
    first = np.empty(n_sims + 1, np.int64)
    day = np.empty(gaps.size, np.int64)
    first[0] = 0
    simulation, begin, t, m = 0, 0, -1, 0
    end = n_obs
    for i in range(gaps.size):
        ahead = gaps[i] / rate
        if ahead > 1e15:
            ahead = 1e15
        t += 1 + int(ahead)
        while t >= end and simulation < n_sims:
            simulation += 1
            first[simulation] = m
            begin = end
            end += n_obs
        if simulation == n_sims:
            return first, day[:m]
        day[m] = t - begin
        m += 1
    first[n_sims] = -1
    return first, day[:m]


@njit(nogil=True, cache=True, error_model="numpy")
def interpolated(depth: Vector, table: Vector, steps: float) -> Vector:
    """Return a quantile table read at each depth; beyond its end the last piece goes on."""
    value = np.empty(depth.size)
    last = table.size - 2
    for i in range(depth.size):
        x = depth[i] * steps
        k = min(int(x), last)
        value[i] = table[k] + (x - k) * (table[k + 1] - table[k])
    return value


@njit(nogil=True, cache=True, error_model="numpy")
def totals(first: Indices, term: Vector) -> Vector:
    """Return the sum of the terms of each simulation, 0 where it has no breach."""
    total = np.zeros(first.size - 1)
    for s in range(total.size):
        for m in range(first[s], first[s + 1]):
            total[s] += term[m]
    return total


@njit(nogil=True, cache=True, error_model="numpy")
def lagged(
    first: Indices, day: Indices, term: Vector, n_obs: int, lag: int, centre: float
) -> Vector:
    """Return each simulation's sum of (x_t - c)(x_{t-lag} - c); x is 0 where there is no breach."""
    total = np.empty(first.size - 1)
    pairs = n_obs - lag
    for s in range(total.size):
        late = early = products = 0.0
        behind = first[s]
        for m in range(first[s], first[s + 1]):
            if day[m] >= lag:
                late += term[m]
            if day[m] < pairs:
                early += term[m]
            while day[behind] < day[m] - lag:
                behind += 1
            if day[behind] == day[m] - lag:
                products += term[m] * term[behind]
        total[s] = products - centre * (late + early) + pairs * centre * centre
    return total


@njit(nogil=True, cache=True, error_model="numpy")
def student_statistics(value: Vector, size: int) -> Vector:
    """Return the mean of each `size` values in a row over its standard error.

    Values that agree have none: the mean is infinitely far from 0, on its own side.
    """
    n = value.size // size
    statistic = np.zeros(n)
    for s in range(n):
        row = value[s * size : (s + 1) * size]
        mean = row.sum() / size
        squares = 0.0
        for x in row:
            squares += (x - mean) ** 2
        if squares > _ROUNDING * size * mean * mean:
            statistic[s] = mean / math.sqrt(squares / (size - 1) / size)
        elif mean != 0.0:
            statistic[s] = math.copysign(math.inf, mean)
    return statistic
