"""Compiled dynamic quantile statistic of many histories of breaches, from their positions.

Imported on first use: it brings numba along.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from quant._typing import Vector
from quant.backtesting._breach_rows import Integers

_DEPENDENT = 1e-9  # share of a regressor that the ones before it leave unexplained


@njit(nogil=True, cache=True, error_model="numpy")
def explained_hits(
    starts: Integers, position: Integers, lags: int, var: Vector, probability: float
) -> tuple[Vector, Integers]:
    """Return what a regression explains of the hits of each history, and the rank of it.

    The regressors are a constant, the `lags` last hits and `var` (T,), which is centred over the
    periods after the first `lags` and zero in those. Every sum over periods of a hit is one over
    breaches; a pair of breaches counts only when fewer than `lags` periods lie between them.
    """
    rows, n_obs = starts.size - 1, var.size
    n = n_obs - lags
    statistics, ranks = np.empty(rows), np.empty(rows, np.int64)
    size = lags + 2  # today's hit, the lagged ones, the VaR
    gram = np.empty((size, size))
    hits = np.empty(lags + 1)
    spread = 0.0
    for t in range(n_obs):
        spread += var[t] * var[t]
    for row in range(rows):
        gram[:] = 0.0
        gram[size - 1, size - 1] = spread
        for a in range(starts[row], starts[row + 1]):
            s = position[a]
            for i in range(max(lags - s, 0), min(lags, n_obs - 1 - s) + 1):
                gram[i, i] += 1.0
                gram[i, size - 1] += var[s + i]
            b = a - 1
            while b >= starts[row] and s - position[b] <= lags:
                apart = s - position[b]
                for i in range(max(lags - s, 0), min(lags - apart, n_obs - 1 - s) + 1):
                    gram[i, i + apart] += 1.0
                b -= 1
        for i in range(lags + 1):
            hits[i] = gram[i, i]
        for i in range(lags + 1):
            for j in range(i, lags + 1):
                gram[i, j] -= hits[i] * hits[j] / n
        excess = hits[0] - n * probability
        explained, rank = _projected(gram)
        statistics[row] = (excess * excess / n + explained) / (probability * (1.0 - probability))
        ranks[row] = rank + 1
    return statistics, ranks


@njit(nogil=True, cache=True, error_model="numpy")
def _projected(gram: Vector) -> tuple[float, int]:
    """Return the squares of column 0 that the others explain, and how many are independent.

    Gauss elimination of the upper triangle; a column that those before it span is left out.
    """
    size = gram.shape[0]
    whole = np.empty(size)
    for k in range(size):
        whole[k] = gram[k, k]
    explained, rank = 0.0, 0
    for k in range(1, size):
        pivot = gram[k, k]
        if pivot <= _DEPENDENT * whole[k]:
            continue
        rank += 1
        explained += gram[0, k] * gram[0, k] / pivot
        for j in range(k + 1, size):
            factor = gram[k, j] / pivot
            gram[0, j] -= factor * gram[0, k]
            for m in range(j, size):
                gram[j, m] -= factor * gram[k, m]
    return explained, rank
