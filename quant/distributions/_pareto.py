"""Excesses over a threshold under a generalised Pareto law: likelihood, maximum and curvature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quant._typing import FloatArray, Matrix, Vector

# Below it the maximum-likelihood estimator is not regular: no standard errors, no second moments.
LEAST_SHAPE = -0.5

_SMALL = 0.05
_POWERS = np.arange(16)
_LOG_RATIO = np.where(_POWERS % 2, -1.0, 1.0) / (_POWERS + 1.0)
_SERIES = [np.polynomial.polynomial.polyder(_LOG_RATIO, order) for order in range(3)]


def log_ratio(x: FloatArray, derivative: int = 0) -> FloatArray:
    """Return log(1 + x) / x or its first or second derivative, by its series where x is small."""
    small = np.abs(x) < _SMALL
    few = small.any()
    safe = np.where(small, 1.0, x) if few else x
    log = np.log1p(safe)
    ratio = log / safe
    if derivative > 0:
        ratio = (safe / (1.0 + safe) - log) / safe**2
    if derivative > 1:
        ratio = -(1.0 / (1.0 + safe) ** 2 / safe + 2.0 * ratio / safe)
    if not few:
        return np.asarray(ratio)
    near = np.polynomial.polynomial.polyval(np.where(small, x, 0.0), _SERIES[derivative])
    return np.where(small, near, ratio)


def power_ratio(tail: float, xi: float) -> float:
    """Return (tail ** -xi - 1) / xi, the excess of a unit law at a tail probability."""
    log = -float(np.log(tail))
    return log if abs(xi * log) < 1e-12 else float(np.expm1(xi * log)) / xi


def loglikelihood(excesses: Vector, xi: float, beta: float) -> float:
    """Return the log-likelihood; minus infinity where an excess lies beyond the end of the law."""
    if beta <= 0.0:
        return -np.inf
    x = excesses / beta
    if xi * float(x.max()) <= -1.0:
        return -np.inf
    log = x * log_ratio(xi * x)  # log(1 + xi x) / xi
    return -excesses.size * float(np.log(beta)) - (1.0 + xi) * float(log.sum())


def information(excesses: Vector, xi: float, beta: float) -> Matrix:
    """Return the observed information of (xi, beta)."""
    x = excesses / beta
    w = 1.0 + xi * x
    shape = (x / w) ** 2 - x**3 * log_ratio(xi * x, 2)
    cross = (x / w - (1.0 + xi) * (x / w) ** 2) / beta
    scale = (1.0 - (1.0 + xi) * (x / w + x / w**2)) / beta**2
    off = -cross.sum()
    return np.array([[-shape.sum(), off], [off, -scale.sum()]])


@dataclass(frozen=True, slots=True)
class Estimate:
    """Maximum-likelihood shape and scale; `on_bound` where the shape is held at its least."""

    xi: float
    beta: float
    on_bound: bool


def maximum(excesses: Vector) -> Estimate:
    """Return the maximum-likelihood estimate.

    With theta = xi / beta the shape that goes with it is the mean of log(1 + theta y), so that one
    parameter is left (Grimshaw 1993). A grid finds the best hill of that profile, a root of its
    slope the top. Excesses are divided by their mean, so the answer has their scale.
    """
    from scipy.optimize import brentq

    mean = float(excesses.mean())
    y = excesses / mean
    end = 1.0 / float(y.max())
    inside = end * np.array([0.999, 0.99, 0.96, 0.92, 0.87, 0.8, 0.7, 0.6, 0.5, 0.3])
    # the mean of excesses without one is a large multiple of their scale
    heavy = np.geomspace(1e4, 1e14, 11)
    grid = np.concatenate([-inside, [-0.1 * end, 0.0], np.geomspace(0.02, 2e3, 48), heavy])
    low = -inside[0]
    if _shape(low, y) < LEAST_SHAPE:
        low = float(brentq(lambda theta: _shape(theta, y) - LEAST_SHAPE, low, 0.0, xtol=1e-14))
    grid = np.concatenate([[low], grid[grid > low]])
    x = np.log1p(np.outer(grid, y))
    xi = x.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        beta = np.where(grid == 0.0, 1.0, xi / grid)
    best = int(np.argmax(-np.log(beta) - xi))
    if best == 0 and _slope(low, y) <= 0.0:
        return Estimate(_shape(low, y), mean * _scale(low, y), _shape(low, y) <= LEAST_SHAPE + 1e-9)
    left, right = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    top = float(grid[best])
    if _slope(left, y) > 0.0 > _slope(right, y):
        top = float(brentq(_slope, left, right, args=(y,), xtol=1e-15, rtol=1e-13))
    return Estimate(_shape(top, y), mean * _scale(top, y), on_bound=False)


def _shape(theta: float, y: Vector) -> float:
    return float(np.log1p(theta * y).mean())


def _scale(theta: float, y: Vector) -> float:
    return float((y * log_ratio(theta * y)).mean())


def _slope(theta: float, y: Vector) -> float:
    """Return the slope of the profile log-likelihood per excess."""
    turn = float((y * y * log_ratio(theta * y, 1)).mean())
    return -turn / _scale(theta, y) - float((y / (1.0 + theta * y)).mean())
