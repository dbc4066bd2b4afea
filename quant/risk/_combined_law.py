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
        var = [own[0][end] - reading.var for own, reading in zip(each, now, strict=True)]
        es = [
            0.0 if own[1] is None or reading.es is None else own[1][end] - reading.es
            for own, reading in zip(each, now, strict=True)
        ]
        reach = _weighted(self.weights.var, var)
        if np.array_equal(self.weights.var, self.weights.gap):
            return reach, _weighted(self.weights.gap, es)
        gap = [own - other for own, other in zip(es, var, strict=True)]
        return reach, reach + _weighted(self.weights.gap, gap)

    def drivers(self) -> pd.Series:
        """Return the members' drivers, weighted."""
        return weighted(self.weights.var, [self.read.drivers(f) for f in self.forecasts])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CommonError(ParameterError):
    """The error of members that err together.

    Attributes
    ----------
    ends : callable
        Returns how far down (first row) and up (second) each parameter may err at a confidence.
    """

    ends: Callable[[float], Matrix]

    def interval(self, number: Number, confidence: float) -> tuple[float, float]:
        """Return the interval of a number that moves one for one with one of the parameters."""
        value = number(self.law_at(self.estimate))
        which = next(
            i
            for i, step in enumerate(1e-6 * abs(value) * np.eye(self.estimate.size))
            if number(self.law_at(self.estimate + step)) != value
        )
        down, up = self.ends(confidence)[:, which]
        return value + float(down), value + float(up)


def _weighted(weights: Vector, values: Sequence[float]) -> float:
    """Return the weighted sum over what has a weight: open ends of others are no matter."""
    return sum(float(w) * value for w, value in zip(weights, values, strict=True) if w != 0.0)
