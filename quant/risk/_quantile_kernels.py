"""Compiled recursions of conditional quantiles and the scores that their parameters minimise.

Imported on first use: it brings numba along. Losses x are positive when money is lost, tail is
1 - level. Every recursion has one number as state; rows of `points` are parameter vectors, and
their states run side by side.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from quant._typing import Matrix, Vector

SYMMETRIC, ASYMMETRIC, INDIRECT, ADAPTIVE, SCORE_DRIVEN, SQUARED, LAPLACE = range(7)

# In root mean squares of the losses: a path beyond has died out or exploded.
_NEAR, _FAR = 1e-6, 1e6


@njit(nogil=True, cache=True, error_model="numpy")
def step(kind: int, p: Vector, state: float, x: float, es: float, hit: float, tail: float) -> float:
    """Return the state after a loss x; `hit` says, from 0 to 1, whether it was beyond the VaR.

    News is summed before the state joins it: the next loss waits for the state alone.
    """
    if kind == ASYMMETRIC:
        return float(p[1] * state + (p[0] + (p[3] * x if x > 0.0 else -p[2] * x)))
    if kind == INDIRECT:
        return math.sqrt(p[1] * state * state + (p[0] + p[2] * x * x))
    if kind == ADAPTIVE:
        gap = min(max(p[1] * (state - x), -700.0), 700.0)
        return float(state + p[0] * (1.0 / (1.0 + math.exp(gap)) - tail))
    if kind == SCORE_DRIVEN:
        if hit == 0.0:  # most losses: the next state need not wait for the exponential of this one
            return float(p[0] * state - p[1])
        return float(p[0] * state + p[1] * (hit * x / (tail * es) - 1.0))
    if kind == SQUARED:
        return float(p[0] * state + (1.0 + p[1] * x * x))
    return float(p[1] * state + (p[0] + p[2] * abs(x)))


@njit(nogil=True, cache=True, error_model="numpy")
def read(kind: int, p: Vector, state: float) -> tuple[float, float]:
    """Return the VaR and the ES of a state; of a quantile alone both are the VaR."""
    if kind == SCORE_DRIVEN:
        size = math.exp(min(state, 50.0))
        return p[2] * size, p[3] * size
    if kind == SQUARED:
        size = math.sqrt(state)
        return p[2] * size, p[3] * size
    if kind == LAPLACE:
        return state, (1.0 + math.exp(p[3])) * state
    return state, state


@njit(nogil=True, cache=True, error_model="numpy")
def admissible(kind: int, p: Vector) -> bool:
    """Say whether the recursion is stationary and ES is above VaR."""
    if kind == ADAPTIVE:
        return True
    if kind == SCORE_DRIVEN:
        return bool(-1.0 < p[0] < 1.0 and 0.0 < p[2] < p[3])
    if kind == SQUARED:  # a persistence below 0 would make a variance negative after a crash
        return bool(0.0 <= p[0] < 1.0 and p[1] >= 0.0 and 0.0 < p[2] < p[3])
    if kind == INDIRECT:
        return bool(p[0] >= 0.0 and 0.0 <= p[1] < 1.0 and p[2] >= 0.0)
    return bool(-1.0 < p[1] < 1.0 and (kind != LAPLACE or p[3] < 10.0))


@njit(nogil=True, cache=True, error_model="numpy")
def begin(kind: int, p: Vector, first: float) -> float:
    """Return the first state: the VaR `first`, or the mean of a state with a scale of its own."""
    if kind == SCORE_DRIVEN:
        return 0.0
    if kind == SQUARED:
        return float((1.0 + p[1]) / (1.0 - p[0]))  # the mean square of the losses is 1
    return first


@njit(nogil=True, cache=True, error_model="numpy")
def _breach(loss: float, var: float, sharpness: float) -> float:
    if sharpness > 0.0 and abs(loss - var) * sharpness < 36.0:
        return 1.0 / (1.0 + math.exp(sharpness * (var - loss)))
    return 1.0 if loss >= var else 0.0


@njit(nogil=True, cache=True, error_model="numpy")
def mean_score(
    kind: int, p: Vector, x: Vector, tail: float, start: float, sharpness: float
) -> float:
    """Return the mean tick, FZ0 or asymmetric Laplace score of a path.

    Infinite where the path leaves what is admissible. A positive `sharpness` puts a logistic curve
    in the place of the indicator of a breach, so that the surface has no cliffs; 0 is the indicator
    itself.
    """
    return score_beside(kind, p, x, x, tail, start, sharpness)


@njit(nogil=True, cache=True, error_model="numpy")
def score_beside(
    kind: int, p: Vector, x: Vector, y: Vector, tail: float, start: float, sharpness: float
) -> float:
    """Return the mean score of losses y (T,) under the path that the losses x (T,) drive."""
    if not admissible(kind, p):
        return np.inf
    joint = kind >= SCORE_DRIVEN
    state, total, product = start, 0.0, 1.0
    for t in range(x.size):
        loss = y[t]
        var, es = read(kind, p, state)
        if not (_NEAR < var < _FAR and es < _FAR):
            return np.inf
        hit = _breach(loss, var, sharpness)
        if joint:
            if kind == LAPLACE:
                total += (loss - var) * (hit - tail) / (tail * es)
            else:
                total += (hit * (loss - var) / tail + var) / es
            product *= es
            if t % 8 == 7:  # one logarithm for eight losses: their product cannot overflow
                total += math.log(product)
                product = 1.0
        else:
            total += (hit - tail) * (loss - var)
        if kind == SCORE_DRIVEN:  # alone in asking whether its own loss was beyond
            hit = _breach(x[t], var, sharpness)
        state = step(kind, p, state, x[t], es, hit, tail)
    var, es = read(kind, p, state)
    if not (_NEAR < var < _FAR and es < _FAR):
        return np.inf
    if kind == LAPLACE:
        return total / x.size + math.log(product) / x.size - math.log(1.0 - tail)
    return total / x.size + (math.log(product) / x.size - 1.0 if joint else 0.0)


@njit(nogil=True, cache=True, error_model="numpy")
def advance(kind: int, points: Matrix, states: Vector, x: Vector, tail: float) -> Vector:
    """Return the states of all points after the losses x (T,); breaches are those of the first."""
    now = states.copy()
    for t in range(x.size):
        hit = 1.0 if x[t] >= read(kind, points[0], now[0])[0] else 0.0
        for i in range(now.size):
            es = read(kind, points[i], now[i])[1]
            now[i] = step(kind, points[i], now[i], x[t], es, hit, tail)
    return now


@njit(nogil=True, cache=True, error_model="numpy")
def paths(
    kind: int, points: Matrix, states: Vector, x: Vector, tail: float
) -> tuple[Matrix, Matrix]:
    """Return VaR and ES (m, T) of all points as known before each loss."""
    var, es = np.empty((states.size, x.size)), np.empty((states.size, x.size))
    now = states.copy()
    for t in range(x.size):
        for i in range(now.size):
            var[i, t], es[i, t] = read(kind, points[i], now[i])
        hit = 1.0 if x[t] >= var[0, t] else 0.0
        for i in range(now.size):
            now[i] = step(kind, points[i], now[i], x[t], es[i, t], hit, tail)
    return var, es
