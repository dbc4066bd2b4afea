"""Compiled betting against a forecast: how much of the wealth is staked each day, and what it wins.

A day's e-statistic is a function of the loss x with coefficients known beforehand,

    e(x) = constant + jump 1{x > at} + slope (x - at)^+ + slope2 (x - at2)^+,

one row of `payoffs` (K, 6). Imported on first use: it brings numba along.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from quant._typing import Matrix, Vector

_LARGE = 1e300  # stands for an infinite e-statistic among those that set the next stake


@njit(nogil=True, cache=True, error_model="numpy")
def payoff(row: Vector, x: float) -> float:
    """Return the e-statistic of a day at loss x."""
    e: float = row[0]
    if x > row[1]:
        e += row[2] + row[3] * (x - row[1])
    if x > row[4]:
        e += row[5] * (x - row[4])
    return 0.0 if e < 0.0 else e  # rounding


@njit(nogil=True, cache=True, error_model="numpy")
def payoffs_at(payoffs: Matrix, loss: Vector) -> Vector:
    """Return the e-statistic of each day at its loss."""
    e = np.empty(loss.size)
    for t in range(loss.size):
        e[t] = payoff(payoffs[t], loss[t])
    return e


@njit(nogil=True, cache=True, error_model="numpy")
def best_stake(e: Vector, n: int, zeros: int, cap: float, start: float) -> float:
    """Return the stake in [0, cap] that would have made past wealth grow fastest.

    It maximises the sum of ln(1 + stake (e - 1)), concave, over n e-statistics above 0 and `zeros`
    of 0, by Newton steps that a bracket keeps in.
    """
    total = -float(zeros)
    for i in range(n):
        total += e[i] - 1.0
    if total <= 0.0:
        return 0.0
    low, high = 0.0, cap
    stake = cap
    for iteration in range(100):
        slope = -zeros / (1.0 - stake)
        bend = zeros / (1.0 - stake) ** 2
        for i in range(n):
            part = (e[i] - 1.0) / (1.0 + stake * (e[i] - 1.0))
            slope += part
            bend += part * part
        if iteration == 0 and slope >= 0.0:
            return cap
        if slope > 0.0:
            low = stake
        else:
            high = stake
        step = start if iteration == 0 else stake + slope / bend
        if not low < step < high:
            step = 0.5 * (low + high)
        if abs(step - stake) <= 1e-13 or high - low <= 1e-14:
            return step
        stake = step
    return stake


@njit(nogil=True, cache=True, error_model="numpy")
def wealth(payoffs: Matrix, loss: Vector, cap: float, today: bool) -> tuple[Vector, Vector]:
    """Return the log of the wealth after each day and the stake of each day, from wealth 1.

    The stake of a day is the best for the losses before it: with the e-statistics they had, or,
    when `today`, with those they would have under the day's forecast.
    """
    days = loss.size
    log_wealth, stakes = np.empty(days), np.empty(days)
    past, large = np.empty(days), np.empty(days)
    n = zeros = many = 0
    stake = total = 0.0
    least = _least_paid(payoffs)
    for t in range(days):
        if today:
            n = 0
            for s in range(many):
                e = min(payoff(payoffs[t], large[s]), _LARGE)
                if e > 0.0:
                    past[n] = e
                    n += 1
            zeros = t - n
        stake = best_stake(past, n, zeros, cap, stake)
        e = payoff(payoffs[t], loss[t])
        if stake > 0.0:
            total += math.log(1.0 - stake + stake * e)
        log_wealth[t] = total
        stakes[t] = stake
        if loss[t] > least:
            large[many] = loss[t]
            many += 1
        if not today:
            if e > 0.0:
                past[n] = min(e, _LARGE)
                n += 1
            else:
                zeros += 1
    return log_wealth, stakes


@njit(nogil=True, cache=True, error_model="numpy")
def _least_paid(payoffs: Matrix) -> float:
    """Return a loss up to which the e-statistic is 0 on every day, -inf where there is none."""
    least = math.inf
    for row in payoffs:
        if row[0] > 0.0:
            return -math.inf
        least = min(least, row[1], row[4])
    return least
