"""Compiled maximum likelihood of a normal law seen above a cut only, for many samples.

Imported on first use: it brings numba along.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from quant._typing import Matrix, Vector

_LOG_ROOT_TWO_PI = 0.5 * math.log(2.0 * math.pi)


@njit(nogil=True, cache=True, error_model="numpy")
def censored_normal(sums: Matrix, n_obs: int, cut: float) -> tuple[Vector, Vector, Vector]:
    """Return the largest log-likelihood, mu and sigma of samples of `n_obs`, a row of sums each.

    A row holds the number of values above `cut`, their sum and their sum of squares; the others
    are known to be at most `cut`. In 1 / sigma and mu / sigma the log-likelihood is concave, so
    Newton's steps, halved where they would go too far, find its top from any start.
    Without a value above the cut the law that has none there is best: zero, at mu = -inf.
    """
    rows = sums.shape[0]
    best, mu, sigma = np.zeros(rows), np.full(rows, -np.inf), np.ones(rows)
    for row in range(rows):
        n, total, squares = sums[row, 0], sums[row, 1], sums[row, 2]
        if n == 0.0:
            continue
        inverse, shift = 1.0, 0.0
        value = _value(inverse, shift, n, total, squares, n_obs - n, cut)
        for _ in range(100):
            x = inverse * cut - shift
            ratio = math.exp(-0.5 * x * x - _LOG_ROOT_TWO_PI - _log_ndtr(x))
            bend = -ratio * (x + ratio)  # of ln Phi at x
            g1 = (n_obs - n) * ratio * cut + n / inverse - inverse * squares + shift * total
            g2 = -(n_obs - n) * ratio + inverse * total - n * shift
            h11 = (n_obs - n) * bend * cut * cut - n / (inverse * inverse) - squares
            h12 = -(n_obs - n) * bend * cut + total
            h22 = (n_obs - n) * bend - n
            determinant = h11 * h22 - h12 * h12
            d1 = -(h22 * g1 - h12 * g2) / determinant
            d2 = -(h11 * g2 - h12 * g1) / determinant
            rise = d1 * g1 + d2 * g2
            if rise <= 1e-12:
                break
            part = 1.0
            while part > 1e-12:
                if inverse + part * d1 > 0.0:
                    i, s = inverse + part * d1, shift + part * d2
                    nearer = _value(i, s, n, total, squares, n_obs - n, cut)
                    if nearer >= value + 1e-4 * part * rise:
                        inverse, shift, value = i, s, nearer
                        break
                part *= 0.5
            if part <= 1e-12:
                break
        best[row], mu[row], sigma[row] = value, shift / inverse, 1.0 / inverse
    return best, mu, sigma


@njit(nogil=True, cache=True, error_model="numpy")
def _value(
    inverse: float, shift: float, n: float, total: float, squares: float, below: float, cut: float
) -> float:
    quadratic = inverse * inverse * squares - 2.0 * inverse * shift * total + n * shift * shift
    inside = n * (math.log(inverse) - _LOG_ROOT_TWO_PI) - 0.5 * quadratic
    return inside + below * _log_ndtr(inverse * cut - shift)


@njit(nogil=True, cache=True, error_model="numpy")
def _log_ndtr(x: float) -> float:
    """Return ln Phi(x); far in the lower tail by its continued fraction, before erfc is zero."""
    if x > -20.0:
        return math.log(0.5 * math.erfc(-x / math.sqrt(2.0)))
    fraction = -x
    for k in range(12, 0, -1):
        fraction = -x + k / fraction
    return -0.5 * x * x - _LOG_ROOT_TWO_PI - math.log(fraction)
