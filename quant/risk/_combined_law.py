"""What several forecasts say together, and how far they may err."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from quant._typing import Matrix, Vector
from quant.distributions.quantiles import Quantiles
from quant.risk._combination_weights import Weights
from quant.risk._parameter_error import Number, ParameterError
from quant.risk._reading import Reader, Reading, weighted
from quant.risk.base import LossForecast

Intervals: TypeAlias = tuple[tuple[float, float], tuple[float, float] | None]


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """The combined law, displaced by errors of its VaR and ES."""

    read: Reader
    weights: Weights
    forecasts: tuple[LossForecast, ...]

    def __call__(self, error: Vector) -> Quantiles:
        var, es = self._sums([self.read(forecast) for forecast in self.forecasts])
        shifted = None if es is None else es + float(error[1])
        return Quantiles([(self.read.level, var + float(error[0]), shifted)])

    def _sums(self, readings: Sequence[Reading]) -> Reading:
        var = float(self.weights.var @ np.array([reading.var for reading in readings]))
        gaps = [reading.es - reading.var for reading in readings if reading.es is not None]
        if len(gaps) < len(readings):
            return Reading(var, None)
        return Reading(var, var + float(self.weights.gap @ np.array(gaps)))

    def covariance(self) -> Matrix:
        """Return the squared errors of VaR and ES: the members' own, weighted, added up."""
        var, es = self._sums([self.read.std_error(forecast) for forecast in self.forecasts])
        return np.diag([var**2, 0.0 if es is None else es**2])

    def ends(self, confidence: float) -> Matrix:
        """Return how far down (first row) and up (second) VaR and ES may err.

        The members' own intervals, weighted: members see the same data and err together.
        """
        each = [self.read.interval(forecast, confidence) for forecast in self.forecasts]
        return np.array([self._reach(each, end) for end in (0, 1)])

    def _reach(self, each: Sequence[Intervals], end: int) -> tuple[float, float]:
        now = [self.read(forecast) for forecast in self.forecasts]
        ends = [own[0][end] for own in each]
        reach = _weighted(self.weights.var, ends) - _weighted(
            self.weights.var, [reading.var for reading in now]
        )
        return reach, self._es_reach(now, each, end)

    def _es_reach(self, now: Sequence[Reading], each: Sequence[Intervals], end: int) -> float:
        """Return how far ES may err: as VaR, whose end is at most its own, and as their gap."""
        _, es = self._sums(now)
        if es is None:
            return 0.0
        both = [(own[0][end], own[1][end]) for own in each if own[1] is not None]
        below = [min(pair) for pair in both]
        gaps = [
            0.0 if high == low else high - low for (_, high), low in zip(both, below, strict=True)
        ]
        reach = _weighted(self.weights.var, below) + _weighted(self.weights.gap, gaps) - es
        # a gap that narrows as VaR errs does not keep the value out of its own interval
        return min(reach, 0.0) if end == 0 else max(reach, 0.0)

    def drivers(self) -> pd.Series:
        """Return the members' drivers, weighted."""
        return weighted(self.weights.var, [self.read.drivers(f) for f in self.forecasts])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CommonError(ParameterError):
    """The error of members that err together.

    Attributes
    ----------
    ends : callable
        Returns how far down (first row) and up (second) VaR and ES may err at a confidence.
    """

    ends: Callable[[float], Matrix]

    def interval(self, number: Number, confidence: float) -> tuple[float, float]:
        """Return the interval of a number that is either the VaR or the ES of the law."""
        value = number(self.law_at(self.estimate))
        higher = self.law_at(self.estimate + np.array([0.0, 1.0]))  # an ES may be, a VaR is not
        which = int(number(higher) != value)
        down, up = self.ends(confidence)[:, which]
        return value + float(down), value + float(up)


def _weighted(weights: Vector, values: Sequence[float]) -> float:
    """Return the weighted sum over what has a weight: open ends of others are no matter."""
    return sum(float(w) * value for w, value in zip(weights, values, strict=True) if w != 0.0)
