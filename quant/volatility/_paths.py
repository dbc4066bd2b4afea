"""Compiled recursions: paths and rolling windows of the linear one, and that of EGARCH.

Imported on first use: it brings numba along.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from quant._typing import Matrix, Vector
from quant.volatility._bounds import Indices


@njit(nogil=True, cache=True, error_model="numpy")
def linear_paths(
    variance: float, omega: float, alpha: float, gamma: float, beta: float, z: Matrix
) -> Matrix:
    """Return shocks (h, n) from standardised shocks (h, n), all paths from one variance.

    Steps are the slow axis: the inner loop runs over paths, which lie side by side in memory, so
    that the compiler turns it into vector instructions.
    """
    steps, paths = z.shape
    shocks = np.empty_like(z)
    h = np.full(paths, variance)
    for k in range(steps):
        for i in range(paths):
            e = np.sqrt(h[i]) * z[k, i]
            shocks[k, i] = e
            h[i] = omega + (alpha + gamma * (e < 0.0)) * e * e + beta * h[i]
    return shocks


@njit(nogil=True, cache=True, error_model="numpy")
def exponential_path(
    log_variance: float, constant: float, alpha: float, gamma: float, beta: float, shocks: Vector
) -> Vector:
    """Return the log variance of each shock's period and of the one after them, (T + 1,)."""
    path = np.empty(shocks.size + 1)
    path[0] = log_variance
    for t in range(shocks.size):
        z = shocks[t] * np.exp(-0.5 * log_variance)
        log_variance = constant + alpha * abs(z) + gamma * z + beta * log_variance
        path[t + 1] = log_variance
    return path


@njit(nogil=True, cache=True, error_model="numpy")
def linear_filters(
    returns: Vector, begins: Indices, ends: Indices, filters: Matrix, z: Vector, following: Vector
) -> bool:
    """Write the innovations of several stretches, one after the other, and the variances after.

    Each stretch returns[begin:end] has a row of `filters`: mean, omega, alpha, gamma, beta and the
    variance of its first return. Returns whether all variances are positive and finite. Each
    operation is rounded as in the filter of a single fit.
    """
    sound, at = True, 0
    for b in range(begins.size):
        mean, omega, alpha, gamma, beta, h = filters[b]
        sound &= 0.0 < h < np.inf
        for t in range(begins[b], ends[b]):
            e = returns[t] - mean
            z[at] = e / np.sqrt(h)
            h = (omega + (alpha + gamma if e < 0.0 else alpha) * e * e) + beta * h
            sound &= 0.0 < h < np.inf
            following[at] = h
            at += 1
    return sound
