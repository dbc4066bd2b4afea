"""The score version of a shortfall regression test: cheap enough to simulate its null law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quant._typing import FloatArray, Vector
from quant.backtesting._breach_sample import breach_sample
from quant.backtesting._tail_law import TailLaw, matched_tail
from quant.backtesting.base import Backtest

if TYPE_CHECKING:
    from quant.backtesting._sparse import Indices

_SMALLEST = 1e-3  # share of the mean size of ES below which a day is not weighted any more
_ROUNDING = 1e-9  # of a logarithm: an ES this near its mean so far is on neither side of it


@dataclass(frozen=True, slots=True, eq=False)
class ShortfallScore:
    """Estimating equations of the shortfall coefficients, at the coefficients of the null.

    With ES_t the shortfall and the quantile a_t + c s_t, s_t = |ES_t|, they sum
    (q_t - ES_t + (L_t - q_t)^+ / p) x_t / s_t, where c makes q_t the quantile of the losses. An
    error in c changes them by its square only. One sum is studentised; two make a quadratic form in
    the inverse of x'x, which leaves their variance to the law of the null and keeps its power.

    The x_t are signs. Forecasts that answer to losses make a weight such as 1 / ES_t depend on the
    terms summed before it, and draws beside the forecasts as they were do not: with RiskMetrics'
    recursion a nominal 5 % was 10 %. Of signs, the variance of the sum is known beforehand.

    Attributes
    ----------
    bt : Backtest
    es, anchor : ndarray (K,)
        ES, and the forecast a_t that the quantile moves with.
    columns : ndarray (K, 2)
        x_t; a zero second column stands for one coefficient.
    """

    bt: Backtest
    es: Vector
    anchor: Vector
    columns: FloatArray

    def observed(self) -> float:
        """Return the statistic of the losses."""
        days = np.arange(self.bt.n_obs)
        ratio = (self.bt.loss - self.anchor) / size(self.es)
        return float(self._statistics(np.array([0, days.size]), days, ratio)[0])

    def simulated(self, n_sims: int, seed: int) -> Vector:
        """Return the statistics of histories that the forecasts are right for, (n_sims,).

        Losses are those of `acerbi_szekely_z2`, multiples of a Student t. Only the upper tail is
        drawn, three times as much of it as there is beyond the quantile and a margin.
        """
        bt, p = self.bt, 1.0 - self.bt.level
        tail = matched_tail(bt.var, self.es, bt.level)
        upper = TailLaw(tail.law, 1.0 - min(0.5, 3.0 * p + 3.0 * math.sqrt(p / bt.n_obs)))
        sample = breach_sample(bt.n_obs, upper.level, n_sims, seed)
        wide = size(self.es)
        slope = (self.es - bt.var) / (tail.es - tail.var) / wide
        start = (bt.var - self.anchor) / wide - tail.var * slope
        ratio = start[sample.day] + slope[sample.day] * upper.losses(sample.depth)
        return self._statistics(sample.first, sample.day, ratio)

    def _statistics(self, first: Indices, day: Indices, ratio: Vector) -> Vector:
        from quant.backtesting._shortfall_kernel import equations

        p = 1.0 - self.bt.level
        lead = (self.anchor - self.es) / size(self.es)
        beyond = int(self.bt.n_obs * p + 1e-9)
        sums, squares = equations(first, day, ratio, lead, self.columns, beyond, p)
        x = self.columns
        if not x[:, 1].any():
            # with an ES that is the VaR there may be nothing to sum
            none = np.zeros(squares.size)
            return np.divide(sums[:, 0], np.sqrt(squares), out=none, where=squares > 0.0)
        explained = sums @ np.linalg.inv(x.T @ x)
        return np.asarray((explained * sums).sum(axis=1), dtype=np.float64)


def score_of_slope(bt: Backtest, es: Vector, anchor: Vector) -> ShortfallScore:
    """Return the score of a shortfall gamma_1 + gamma_2 ES, at (0, 1).

    A constant is told from a multiple of ES by whether ES is above its geometric mean so far.
    """
    wide = size(es)
    log = np.log(wide)
    above = log - np.cumsum(log) / np.arange(1, log.size + 1)
    high = np.sign(np.where(np.abs(above) > _ROUNDING, above, 0.0))
    return ShortfallScore(bt, es, anchor, np.column_stack((high, es / wide)))


def score_of_intercept(bt: Backtest, es: Vector) -> ShortfallScore:
    """Return the score of a shortfall gamma_1 + ES, at 0: all days weigh the same."""
    return ShortfallScore(bt, es, es, np.column_stack((np.ones(es.size), np.zeros(es.size))))


def size(es: Vector) -> Vector:
    """Return |ES| of each day, not below a thousandth of its mean."""
    wide = np.abs(es)
    return np.maximum(wide, _SMALLEST * float(wide.mean()))
