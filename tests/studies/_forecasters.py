"""One truth and four forecasters of it: one is right, each other wrong in a way of its own.

Losses are sigma_t z_t with z Student t(5) of variance 1 and sigma_t^2 a GARCH(1,1). All forecasters
know the parameters: what is studied is the tests, not estimation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from quant._typing import Matrix, Vector
from quant.backtesting import Backtest
from quant.distributions import Normal, StudentT

OMEGA, ALPHA, BETA = 2e-6, 0.08, 0.90  # 1 % a day on average
TRUTH = StudentT(5.0)
BURN_IN, LAG = 500, 60  # days


@dataclass(frozen=True, slots=True)
class Forecaster:
    """VaR, ES and PIT of `law`, `share` times the true sigma of `lag` days before."""

    name: str
    description: str
    law: Normal | StudentT = TRUTH
    share: float = 1.0
    lag: int = 0

    def scale(self, sigma: Vector) -> Vector:
        """Return the scale of each day's law, given sigma (LAG + days,)."""
        return self.share * sigma[LAG - self.lag : sigma.size - self.lag]


RIGHT = Forecaster("right", "the law and the sigma of the truth: the null")
FORECASTERS = (
    RIGHT,
    Forecaster("thin tails", "a normal law with the true sigma", law=Normal()),
    Forecaster("stale volatility", f"the true law with the sigma of {LAG} days before", lag=LAG),
    Forecaster("margin too low", "the true law with 0.8 times the true sigma", share=0.8),
)


@lru_cache(maxsize=2)
def histories(days: int, replications: int, seed: int) -> tuple[Matrix, Matrix]:
    """Return losses (replications, days) and sigmas (replications, LAG + days).

    History r depends on the seed, the number of days and r alone.
    """
    length = BURN_IN + LAG + days
    z = np.empty((replications, length))
    for r in range(replications):
        z[r] = np.random.default_rng((seed, days, r)).standard_t(TRUTH.nu, length)
    z *= np.sqrt((TRUTH.nu - 2.0) / TRUTH.nu)
    variance = np.empty_like(z)
    variance[:, 0] = OMEGA / (1.0 - ALPHA - BETA)
    for t in range(1, length):
        before = variance[:, t - 1]
        variance[:, t] = OMEGA + before * (ALPHA * z[:, t - 1] ** 2 + BETA)
    sigma = np.sqrt(variance[:, BURN_IN:])
    return sigma[:, LAG:] * z[:, BURN_IN + LAG :], sigma


def backtest(forecaster: Forecaster, loss: Vector, sigma: Vector, level: float) -> Backtest:
    """Return what the forecaster says of one history."""
    scale = forecaster.scale(sigma)
    return Backtest.from_arrays(
        loss=loss,
        var=forecaster.law.ppf(level) * scale,
        es=forecaster.law.tail_mean(level) * scale,
        pit=forecaster.law.cdf(loss / scale),
        level=level,
    )


def backtest_of_laws(forecaster: Forecaster, loss: Vector, sigma: Vector, level: float) -> Backtest:
    """Return the same with each day in units of its scale: then one law serves all days."""
    law, scaled = forecaster.law, loss / forecaster.scale(sigma)
    return Backtest.from_arrays(
        loss=scaled,
        var=np.full(loss.size, law.ppf(level)),
        es=np.full(loss.size, law.tail_mean(level)),
        level=level,
        laws=[law] * loss.size,
    )
