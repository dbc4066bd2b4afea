"""The law of innovations with an empirical body and a generalised Pareto tail at either end."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from quant._typing import FloatArray, Side, Vector
from quant.distributions._elementwise import ElementwiseLaw
from quant.distributions.gpd_tail import FEWEST, GPDTail
from quant.errors import InputError, InsufficientDataError


@dataclass(frozen=True, slots=True, eq=False)
class TwoTails(ElementwiseLaw):
    """Innovations: between the thresholds those seen, with straight lines between neighbours.

    Attributes
    ----------
    body : ndarray (m,)
        Ascending, from the threshold below to the threshold above.
    lower, upper : GPDTail
        Tails of -Z and of Z; the losses of a long and of a short.
    """

    body: Vector
    lower: GPDTail
    upper: GPDTail

    @classmethod
    def fit(cls, z: Vector, exceed_share: float) -> Self:
        """Return the law of a sample (n,) with a tail fitted to that share of either end."""
        ordered = np.sort(z)
        k = int(exceed_share * z.size + 1e-9)
        if k < FEWEST:
            raise InsufficientDataError(
                f"exceed_share: expected a share that leaves at least {FEWEST} of {z.size} "
                f"innovations in either tail, got {exceed_share:g} with {k}; raise it, or lengthen "
                "the window"
            )
        low, high = float(ordered[k]), float(ordered[-k - 1])
        lower, upper = GPDTail.fit(-z, threshold=-low), GPDTail.fit(z, threshold=high)
        for side, tail in (("long", lower), ("short", upper)):
            if not tail.finite_mean:
                raise InputError(
                    f"exceed_share: expected a share whose tail has a mean, got {exceed_share:g} "
                    f"with xi = {tail.xi:.3g} for a {side}; look at threshold_diagnostics, take "
                    "another share, or a volatility that filters the returns"
                )
        return cls(ordered[(ordered >= low) & (ordered <= high)], lower, upper)

    def tail(self, side: Side) -> GPDTail:
        """Return the tail that a position on one side loses by."""
        return self.lower if side == "long" else self.upper

    def with_tail(self, side: Side, tail: GPDTail) -> Self:
        """Return the law with another tail on that side."""
        return replace(self, lower=tail) if side == "long" else replace(self, upper=tail)

    @property
    def finite_mean(self) -> bool:
        """True: a tail without a mean is refused when it is fitted."""
        return True

    @property
    def exponential_moment(self) -> float:
        """Supremum of s with E[exp(s Z)] finite: it is the upper tail that binds."""
        if self.upper.xi > 0.0:
            return 0.0
        return math.inf if self.upper.xi < 0.0 else 1.0 / self.upper.beta

    @property
    def _levels(self) -> Vector:
        """Probability of at most each innovation of the body."""
        ends = (self.lower.exceed_share, 1.0 - self.upper.exceed_share)
        return np.linspace(*ends, self.body.size)

    def _cdf(self, x: FloatArray) -> FloatArray:
        left = np.clip(np.searchsorted(self.body, x, side="right") - 1, 0, self.body.size - 2)
        width = self.body[left + 1] - self.body[left]
        levels = self._levels
        way = np.clip((x - self.body[left]) / np.where(width > 0.0, width, 1.0), 0.0, 1.0)
        probability = levels[left] + np.where(width > 0.0, way, 1.0) * (levels[1] - levels[0])
        below, above = x < self.body[0], x >= self.body[-1]
        low = 1.0 - self.lower.cdf(np.where(below, -x, self.lower.threshold))
        high = self.upper.cdf(np.where(above, x, self.upper.threshold))
        return np.where(below, low, np.where(above, high, probability))

    def _ppf(self, level: FloatArray) -> FloatArray:
        z = np.asarray(np.interp(level, self._levels, self.body))
        below, above = level < self.lower.exceed_share, 1.0 - level < self.upper.exceed_share
        if below.any():
            z[below] = -self.lower.ppf(1.0 - level[below])
        if above.any():
            z[above] = self.upper.ppf(level[above])
        return z

    def tail_mean(self, level: float) -> float:
        """Return E[Z | Z > ppf(level)]."""
        edge = 1.0 - self.upper.exceed_share
        if level >= edge:
            return self.upper.tail_mean(level)
        knots = np.union1d([level, edge], self._levels[self._levels > level])
        inside = np.interp(knots, self._levels, self.body)
        below = max(self.lower.exceed_share - level, 0.0)
        body = float(np.sum(np.diff(knots) * 0.5 * (inside[1:] + inside[:-1])))
        whole = body + self.upper.exceed_share * self.upper.tail_mean(edge)
        if below > 0.0:  # what the straight lines put there is replaced by the tail of -Z
            share = self.lower.exceed_share
            mean = share * self.lower.tail_mean(1.0 - share)
            mean -= level * self.lower.tail_mean(1.0 - level)
            whole -= mean + below * float(self.body[0])
        return whole / (1.0 - level)

    def rvs(self, size: int | tuple[int, ...], seed: int = 0) -> FloatArray:
        """Return independent draws by inversion; the same seed gives the same draws."""
        levels = np.random.default_rng(seed).random(size)
        return np.asarray(self.ppf(np.clip(levels, 2.0**-54, None)))
