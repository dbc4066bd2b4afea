"""VaR and ES of a forecast at one level, for estimators that stand on others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from quant import _numerics
from quant._typing import Vector
from quant.distributions.base import Distribution
from quant.distributions.empirical import Empirical
from quant.distributions.quantiles import Quantiles
from quant.risk._law_intervals import quantile_interval, tail_mean_interval
from quant.risk._mixture import capped_tail_mean
from quant.risk._parameter_error import Number
from quant.risk._standard_errors import (
    largest_loss,
    quantile_error,
    shortfall_error,
    supported,
)
from quant.risk.base import LossForecast


class Reading(NamedTuple):
    """VaR and, where the law knows it, ES: of a forecast, or their standard errors."""

    var: float
    es: float | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads a forecast at a level as the measures do by default, moves beyond `max_move` as it."""

    level: float
    max_move: float

    def __call__(self, forecast: LossForecast) -> Reading:
        """Return VaR and ES."""
        return Reading(self.var(forecast), self._es(forecast.loss, self._cap(forecast)))

    def var(self, forecast: LossForecast) -> float:
        """Return VaR alone."""
        supported(forecast, self.level, "level")
        return self._var(forecast.loss)

    def std_error(self, forecast: LossForecast) -> Reading:
        """Return the standard errors: of the sample and of the estimated parameters."""
        cap = self._cap(forecast)
        var = quantile_error(forecast, self.level, "sample", self._var)
        if self._es(forecast.loss, cap) is None:
            return Reading(var, None)
        es = shortfall_error(forecast, self.level, cap, self._capped(cap))
        return Reading(var, es)

    def interval(
        self, forecast: LossForecast, confidence: float
    ) -> tuple[tuple[float, float], tuple[float, float] | None]:
        """Return the intervals of VaR and, where the law knows it, of ES."""
        cap = self._cap(forecast)
        var = quantile_interval(forecast, self.level, self._var, confidence)
        if self._es(forecast.loss, cap) is None:
            return var, None
        number = self._capped(cap)
        return var, tail_mean_interval(forecast, self.level, cap, number, confidence)

    def drivers(self, forecast: LossForecast) -> pd.Series:
        """Return the weights of dates in the tail, or in the variance behind a parametric law.

        Paths drawn from a law have no dates: they are left out.
        """
        law = forecast.loss
        empty = pd.Series(dtype=np.float64, name="weight")
        if not isinstance(law, Empirical):
            return empty if forecast.variance_share is None else forecast.variance_share()
        weights = _numerics.tail_weights(law.losses, self.level, law.weights)
        if forecast.driver_dates is not None:
            return forecast.driver_dates(weights)
        if forecast.labels is None:
            return empty
        return pd.Series(weights, index=forecast.labels, name="weight")

    def _var(self, law: Distribution) -> float:
        return float(law.ppf(self.level))

    def _es(self, law: Distribution, cap: float) -> float | None:
        if isinstance(law, Quantiles) and not law.has_tail_mean(self.level):
            return None
        return capped_tail_mean(law, self.level, cap)[0]

    def _capped(self, cap: float) -> Number:
        return lambda law: self._es(law, cap) or 0.0

    def _cap(self, forecast: LossForecast) -> float:
        return largest_loss(forecast, self.max_move)


def periods_needed(level: float) -> int:
    """Return the periods among which one breach of the level is expected."""
    return math.ceil(_numerics.guarded(1.0 / (1.0 - level)))


def weighted(weights: Vector, each: list[pd.Series]) -> pd.Series:
    """Return the weighted sum of series over the union of their dates."""
    parts = [w * part for w, part in zip(weights, each, strict=True) if not part.empty]
    if not parts:
        return pd.Series(dtype=np.float64, name="weight")
    joined: pd.Series = pd.concat(parts)
    return joined.groupby(level=0).sum().rename("weight")
