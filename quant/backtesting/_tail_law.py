"""The tail of a standardised law: what a null needs to know when only breaches matter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

from quant._typing import FloatArray, Vector
from quant.distributions import Normal, StudentT

HEAVIEST, LIGHTEST = 2.05, 1e3  # degrees of freedom between which a tail is matched
_DEEPEST, _STEPS = 40, 64.0  # table of the tail: e^-40 of it lies beyond, 64 pieces per e-fold


@dataclass(frozen=True, slots=True)
class TailLaw:
    """A symmetric law with mean 0 and variance 1, beyond its `level` quantile.

    A loss in the tail is given by its `depth`, -ln of the share of the tail beyond it: standard
    exponential under the law.
    """

    law: Normal | StudentT
    level: float

    @property
    def var(self) -> float:
        """The quantile at which the tail begins."""
        return self.law.ppf(self.level)

    @property
    def es(self) -> float:
        """The mean of the tail."""
        return self.law.tail_mean(self.level)

    @property
    def second_moment(self) -> float:
        """The mean of the square over the tail."""
        z, p = self.var, 1.0 - self.level
        if isinstance(self.law, Normal):
            return 1.0 + z * math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi) / p
        # x^2 f(x) of a t is a multiple of f itself and of the density with two degrees less
        nu = self.law.nu
        x = z * math.sqrt(nu / (nu - 2.0))
        lower = float(stdtr(nu - 2.0, -x * math.sqrt((nu - 2.0) / nu)))
        return ((nu - 1.0) * lower - (nu - 2.0) * p) / p

    def excess_deviation(self, n_obs: int) -> float:
        """Return the standard deviation of (x - var)^+ / (1 - level) averaged over `n_obs` days."""
        square = self.second_moment - 2.0 * self.var * self.es + self.var**2
        width = self.es - self.var
        return math.sqrt((square / (1.0 - self.level) - width**2) / n_obs)

    @property
    def extras(self) -> dict[str, object]:
        """What a result says of where its null comes from."""
        return {
            "null_law": self.law,
            "null_law_source": "Student t whose ES / VaR is the median of the forecasts, "
            "normal if smaller",
        }

    def quantile(self, depth: FloatArray) -> FloatArray:
        """Return the loss beyond which a share e^-depth of the tail lies."""
        beyond = (1.0 - self.level) * np.exp(-depth)
        if isinstance(self.law, Normal):
            return np.asarray(-ndtri(beyond), dtype=np.float64)
        nu = self.law.nu
        return np.asarray(-stdtrit(nu, beyond) * math.sqrt((nu - 2.0) / nu), dtype=np.float64)

    def losses(self, depth: Vector) -> Vector:
        """Return the same from a table, to a relative 1e-5: what draws are made with."""
        from quant.backtesting._sparse import interpolated

        folds = min(math.ceil(depth.max(initial=0.0)) + 1, _DEEPEST)
        return np.asarray(interpolated(depth, _table(self, folds), _STEPS), dtype=np.float64)


@lru_cache(maxsize=16)
def _table(tail: TailLaw, folds: int) -> Vector:
    table = tail.quantile(np.arange(folds * int(_STEPS) + 1) / _STEPS)
    table.setflags(write=False)
    return table


def matched_tail(var: Vector, es: Vector, level: float) -> TailLaw:
    """Return the Student t whose ES over VaR is the forecasts' median, normal if that is lighter.

    Heavier tails than those of 2.05 degrees of freedom are taken for those. A VaR of 0 or below
    under a positive ES counts as heavier than any.
    """
    ratio = np.full(var.shape, np.inf)
    np.divide(es, var, out=ratio, where=var > 0.0)
    return _matched(float(np.round(np.median(ratio), 9)), level)


@lru_cache(maxsize=256)
def _matched(ratio: float, level: float) -> TailLaw:
    from scipy.optimize import brentq

    def excess(nu: float) -> float:
        tail = TailLaw(StudentT(nu), level)
        return tail.es / tail.var - ratio

    normal = TailLaw(Normal(), level)
    if level <= 0.5 or ratio <= normal.es / normal.var or excess(LIGHTEST) >= 0.0:
        return normal
    if excess(HEAVIEST) <= 0.0:
        return TailLaw(StudentT(HEAVIEST), level)
    nu = float(brentq(excess, HEAVIEST, LIGHTEST, xtol=1e-9))
    return TailLaw(StudentT(round(nu, 6)), level)
