"""Compiled search for the most likely stationary autoregression of many samples.

Imported on first use: it brings numba along.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from quant._typing import Vector

_ROUNDS, _SETTLED = 200, 1e-11
_LARGEST = 1.0 - 1e-9  # of a stationary rho


@njit(nogil=True, cache=True, error_model="numpy")
def mean_and_slope(
    first: Vector,
    last: Vector,
    total: Vector,
    squares: Vector,
    products: Vector,
    n: float,
    smallest: float,
) -> tuple[Vector, Vector]:
    """Return mu and rho of (m,) samples of `n` values, given their sums.

    The best mu for a rho is a weighted mean, the best rho for a mu the root of a cubic: in turn,
    until both stay where they are. Spreads up to `smallest` count as none.
    """
    mus, rhos = np.empty(total.size), np.empty(total.size)
    for i in range(total.size):
        ends = first[i] + last[i]
        mu, rho = total[i] / n, 0.0
        for _ in range(_ROUNDS):
            whole = squares[i] - 2.0 * mu * total[i] + n * mu**2
            inner = whole - (first[i] - mu) ** 2 - (last[i] - mu) ** 2
            joint = products[i] - mu * (2.0 * total[i] - ends) + (n - 1.0) * mu**2
            start = joint / inner if inner > smallest else 0.0
            nearer = _root(whole, inner, joint, n, start)
            mu = (total[i] - nearer * (total[i] - ends)) / (n - nearer * (n - 2.0))
            settled = abs(nearer - rho) < _SETTLED
            rho = nearer
            if settled:
                break
        mus[i], rhos[i] = mu, rho
    return mus, rhos


@njit(nogil=True, cache=True, error_model="numpy")
def _root(whole: float, inner: float, joint: float, n: float, start: float) -> float:
    """Return the rho in (-1, 1) at which the likelihood is level.

    It solves n (joint - rho inner)(1 - rho^2) = rho (whole + rho^2 inner - 2 rho joint): positive
    on the left of the root and negative on the right, so halving always finds it, and Newton's
    steps inside the bracket find it soon.
    """
    low, high = -1.0, 1.0
    rho = min(max(start, -0.999), 0.999)
    for _ in range(60):
        gap = 1.0 - rho**2
        value = n * (joint - rho * inner) * gap - rho * (whole + rho * (rho * inner - 2.0 * joint))
        slope = (
            -n * (inner * gap + 2.0 * rho * (joint - rho * inner))
            - whole
            - rho * (3.0 * rho * inner - 4.0 * joint)
        )
        if value > 0.0:
            low = rho
        else:
            high = rho
        nearer = rho - value / slope if slope != 0.0 else np.inf
        if not low < nearer < high:
            nearer = 0.5 * (low + high)
        nearer = min(max(nearer, -_LARGEST), _LARGEST)
        if abs(nearer - rho) < _SETTLED:
            return nearer
        rho = nearer
    return rho
