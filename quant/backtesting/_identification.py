"""Identification functions of VaR and ES, as sums over observed or simulated histories."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from quant._typing import FloatArray, Matrix, Vector
from quant.backtesting._alternative import Alternative
from quant.backtesting._breach_sample import breach_sample
from quant.backtesting._es_requirements import expected_shortfall
from quant.backtesting._tail_law import matched_tail
from quant.backtesting.base import Backtest

_WHO = "nolde_ziegel"
_DEPENDENT = 1e-12  # relative determinant below which two columns are one


@dataclass(frozen=True, slots=True, eq=False)
class Identification:
    """Sums of V of each history: one observed, or (n,) simulated.

    V_t = (p - 1{L_t > VaR_t}, (VaR_t - ES_t + (L_t - VaR_t)^+ / p) / unit_t); its mean is 0 for a
    right pair. Breaches too many make the first negative, losses beyond ES the second positive.

    Attributes
    ----------
    n_obs : int
    sums : ndarray (2, n)
    first, both, second : ndarray (n,)
        Sums of the square of the first, of the product and of the square of the second.
    """

    n_obs: int
    sums: FloatArray
    first: Vector
    both: Vector
    second: Vector

    @classmethod
    def of(cls, v: Matrix) -> Identification:
        """Add up the (K, 2) of one history."""
        square = (v.T @ v)[:, :, None]
        return cls(len(v), v.sum(axis=0)[:, None], square[0, 0], square[0, 1], square[1, 1])

    @classmethod
    def simulated(cls, bt: Backtest, unit: Vector, n_sims: int, seed: int) -> Identification:
        """Return those of histories the forecasts are right for, each day in its `unit` (K,)."""
        p, n, es = 1.0 - bt.level, bt.n_obs, expected_shortfall(bt, _WHO)
        width = (es - bt.var) / unit
        tail = matched_tail(bt.var, es, bt.level)
        sample = breach_sample(n, bt.level, n_sims, seed)
        w = width[sample.day]
        excess = w * (tail.losses(sample.depth) - tail.var) / (tail.es - tail.var) / p
        whole = float(width.sum())
        sums = [n * p - sample.counts, sample.totals(excess) - whole]
        return cls(
            n,
            np.array(sums, dtype=np.float64),
            n * p * p + sample.counts * (1.0 - 2.0 * p),
            sample.totals(w - (1.0 - p) * excess) - p * whole,
            sample.totals(excess * (excess - 2.0 * w)) + float(width @ width),
        )

    @property
    def joint(self) -> Vector:
        """The share of 1 that both columns explain, times n_obs; (n,). All, where they are one."""
        one, two = self.sums
        determinant = self.first * self.second - self.both * self.both
        numerator = one * one * self.second - 2.0 * one * two * self.both + two * two * self.first
        everything = np.full(determinant.shape, float(self.n_obs))
        regular = determinant > _DEPENDENT * self.first * self.second
        joint: Vector = np.divide(numerator, determinant, out=everything, where=regular)
        return joint

    def onesided(self, alternative: Alternative) -> Vector:
        """Return Hommel's combination of both columns, (n,); small for `alternative`."""
        side = 1.0 if alternative == "under" else -1.0
        sides = np.array([[-side], [side]])
        return combined(sides * self.sums, np.stack((self.first, self.second)))


def identification(bt: Backtest) -> FloatArray:
    """Return V of each day in the unit of the losses, (K, 2)."""
    p = 1.0 - bt.level
    width = expected_shortfall(bt, _WHO) - bt.var
    excess = np.maximum(bt.loss - bt.var, 0.0)
    return np.column_stack((p - bt.breaches, excess / p - width))


def combined(sums: FloatArray, squares: FloatArray) -> Vector:
    """Return Hommel's p-values that a mean of m columns is above 0, not capped at 1; (n,).

    `sums` and `squares` (m, n) are those of each column; one of zeros speaks for the null.
    """
    m = len(sums)
    scaled = np.divide(
        sums, np.sqrt(squares), out=np.full(sums.shape, -np.inf), where=squares > 0.0
    )
    rank = np.arange(1.0, m + 1.0)[:, None]
    least = np.min(np.sort(ndtr(-scaled), axis=0) / rank, axis=0)
    found: Vector = m * math.fsum(1.0 / rank[:, 0]) * least
    return found
