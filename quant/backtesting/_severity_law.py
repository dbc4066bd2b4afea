"""The exact law of a sum of breach severities, each uniform on a breach and 0 without one."""

from __future__ import annotations

import numpy as np

from quant._typing import Vector
from quant.backtesting._binomial import binomial_law
from quant.backtesting.base import Backtest

_NEGLIGIBLE = 1e-18  # numbers of breaches less likely than this are left out


def severity(bt: Backtest, transforms: Vector) -> Vector:
    """Return (1 - (1 - PIT) / (1 - level))^+ of each day: 0 at VaR, 1 at the worst loss."""
    return np.maximum(1.0 - (1.0 - transforms) / (1.0 - bt.level), 0.0)


def severity_at_most(total: float, n_obs: int, probability: float) -> float:
    """Return P(X <= total), X the sum over `n_obs` days: a binomial number of uniforms."""
    law = binomial_law(n_obs, probability)
    likely = np.flatnonzero(law > _NEGLIGIBLE)
    if total < 0.0:
        return 0.0
    below = _uniform_sums(total, int(likely[-1]))
    return min(1.0, float(law[: below.size] @ below))


def severity_at_least(total: float, n_obs: int, probability: float) -> float:
    """Return P(X >= total), which includes the day without any breach at 0."""
    if total <= 0.0:
        return 1.0
    return max(0.0, 1.0 - severity_at_most(total, n_obs, probability))


def _uniform_sums(x: float, most: int) -> Vector:
    """Return P(U_1 + ... + U_n <= x) for n = 0, ..., `most`, without a subtraction of likes.

    The density of n uniforms is a B-spline, B_n(y) = (y B_{n-1}(y) + (n - y) B_{n-1}(y - 1)) /
    (n - 1), and the distribution function the sum of B_{n+1} over y = x, x - 1, ...
    """
    y = x - np.arange(most + 2)
    spline = ((y >= 0.0) & (y < 1.0)).astype(np.float64)
    chance = np.ones(most + 1)
    for n in range(2, most + 2):
        lower = np.append(spline[1:], 0.0)  # at y - 1
        spline = np.maximum(y * spline + (n - y) * lower, 0.0) / (n - 1)
        chance[n - 1] = spline.sum()
    chance[np.arange(most + 1) <= x] = 1.0
    return chance
