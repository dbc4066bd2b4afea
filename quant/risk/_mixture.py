"""Tail means under a bound on the loss, and the mixture of two loss laws."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import overload

import numpy as np

from quant import _numerics
from quant._typing import FloatArray
from quant.distributions.base import Distribution
from quant.distributions.empirical import Empirical
from quant.risk._return_loss import ReturnLoss


def capped_tail_mean(law: Distribution, level: float, cap: float) -> tuple[float, float, float]:
    """Return the tail mean of min(loss, cap), the probability beyond the cap, and its share."""
    if isinstance(law, Empirical):
        losses = np.minimum(law.losses, cap)
        value = _numerics.sample_tail_mean(losses, level, law.weights)
        over = law.losses > cap
        if not over.any():
            return value, 0.0, 0.0
        weights = np.full(over.size, 1.0 / over.size) if law.weights is None else law.weights
        share = _numerics.tail_weights(losses, level, law.weights)[over].sum() * cap / value
        return value, float(weights[over].sum()), float(share)
    if isinstance(law, (ReturnLoss, Mixture)):
        return law.capped_tail_mean(level, cap)
    return law.tail_mean(level), 0.0, 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """The law that is `second` with probability `weight`, else `first`."""

    first: Distribution
    second: Distribution
    weight: float

    @property
    def finite_mean(self) -> bool:
        """Whether both laws have a finite mean."""
        return all(getattr(law, "finite_mean", True) for law in (self.first, self.second))

    @overload
    def cdf(self, x: float) -> float: ...
    @overload
    def cdf(self, x: FloatArray) -> FloatArray: ...
    def cdf(self, x: float | FloatArray) -> float | FloatArray:
        """Return the probability of a loss of at most `x`."""
        return (1.0 - self.weight) * self.first.cdf(x) + self.weight * self.second.cdf(x)

    @overload
    def ppf(self, level: float) -> float: ...
    @overload
    def ppf(self, level: FloatArray) -> FloatArray: ...
    def ppf(self, level: float | FloatArray) -> float | FloatArray:
        """Return the loss that is not exceeded with probability `level`."""
        if np.ndim(level):
            return np.array([self.ppf(float(p)) for p in np.asarray(level)])
        probability = float(level)
        ends = sorted(float(law.ppf(probability)) for law in (self.first, self.second))
        low, high = ends[0], ends[1]
        if low == high or self.cdf(low) >= probability:
            return low
        # Bisection finds the jump of a law with atoms, where a root does not exist.
        while (middle := 0.5 * (low + high)) not in (low, high):
            low, high = (low, middle) if self.cdf(middle) >= probability else (middle, high)
        return high

    def tail_mean(self, level: float) -> float:
        """Return the mean loss beyond the `level` quantile."""
        return self.capped_tail_mean(level, math.inf)[0]

    def capped_tail_mean(self, level: float, cap: float) -> tuple[float, float, float]:
        """Return the tail mean of min(loss, cap), the probability beyond the cap, and its share.

        ES = q + (1 - level)^-1 sum_i w_i E[(L_i - q)^+], each term read off its own law.
        """
        quantile = min(float(self.ppf(level)), cap)
        value, beyond = quantile, 0.0
        for law, weight in ((self.first, 1.0 - self.weight), (self.second, self.weight)):
            below = float(law.cdf(quantile))
            if below < 1.0:
                mean, _, _ = capped_tail_mean(law, below, cap)
                value += weight * (1.0 - below) * (mean - quantile) / (1.0 - level)
            if math.isfinite(cap):
                beyond += weight * (1.0 - float(law.cdf(cap)))
        share = cap * beyond / (1.0 - level) / value if beyond else 0.0
        return value, beyond, min(share, 1.0)

    def rvs(self, size: int | tuple[int, ...], seed: int = 0) -> FloatArray:
        """Return independent losses."""
        choose, *seeds = np.random.default_rng(seed).integers(0, 2**63, size=3)
        second = np.random.default_rng(choose).random(size) < self.weight
        return np.where(
            second,
            self.second.rvs(size, seed=int(seeds[1])),
            self.first.rvs(size, seed=int(seeds[0])),
        )
