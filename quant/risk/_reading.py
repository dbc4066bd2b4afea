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
from quant.risk.base import LossForecast, RiskEstimate


class Reading(NamedTuple):
    """VaR and, where the law knows it, ES of a forecast."""

    var: float
    es: float | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads a forecast at a level as the measures do by default, moves beyond `max_move` as it."""

    level: float
    max_move: float

    def __call__(self, forecast: LossForecast) -> Reading:
        """Return VaR and ES."""
        var = self.var(forecast)
        return Reading(var.value, self.es(forecast).value if self.knows_es(forecast) else None)

    def var(self, forecast: LossForecast) -> RiskEstimate:
        """Return VaR, with whatever error the forecast knows of."""
        return _ReadVaR(self.level)(forecast)

    def es(self, forecast: LossForecast) -> RiskEstimate:
        """Return ES, with whatever error the forecast knows of."""
        return _ReadES(self.level, self.max_move)(forecast)

    def knows_es(self, forecast: LossForecast) -> bool:
        """Say whether the law has an ES: one of quantiles alone may have none."""
        law = forecast.loss
        return not isinstance(law, Quantiles) or law.has_tail_mean(self.level)

    def drivers(self, forecast: LossForecast) -> pd.Series:
        """Return the weights of dates in the tail, or in the variance behind a parametric law.

        Paths drawn from a law have no dates: they are left out.
        """
        return _tail_drivers(forecast, self.level)


@dataclass(frozen=True, slots=True)
class _ReadVaR:
    """The quantile as a measure: members answer for their errors to measures alone."""

    level: float

    def __call__(self, forecast: LossForecast) -> RiskEstimate:
        supported(forecast, self.level, "level")
        return RiskEstimate(self._of(forecast.loss), self, forecast)

    def std_error(self, forecast: LossForecast) -> float:
        return quantile_error(forecast, self.level, "sample", self._of)

    def interval(self, forecast: LossForecast, confidence: float) -> tuple[float, float]:
        return quantile_interval(forecast, self.level, self._of, confidence)

    def drivers(self, forecast: LossForecast) -> pd.Series:
        return _tail_drivers(forecast, self.level)

    def _of(self, law: Distribution) -> float:
        return float(law.ppf(self.level))


@dataclass(frozen=True, slots=True)
class _ReadES:
    """The tail mean as a measure."""

    level: float
    max_move: float

    def __call__(self, forecast: LossForecast) -> RiskEstimate:
        supported(forecast, self.level, "level")
        return RiskEstimate(self._under(forecast)(forecast.loss), self, forecast)

    def std_error(self, forecast: LossForecast) -> float:
        cap = largest_loss(forecast, self.max_move)
        return shortfall_error(forecast, self.level, cap, self._under(forecast))

    def interval(self, forecast: LossForecast, confidence: float) -> tuple[float, float]:
        cap = largest_loss(forecast, self.max_move)
        return tail_mean_interval(forecast, self.level, cap, self._under(forecast), confidence)

    def drivers(self, forecast: LossForecast) -> pd.Series:
        return _tail_drivers(forecast, self.level)

    def _under(self, forecast: LossForecast) -> Number:
        cap = largest_loss(forecast, self.max_move)
        return lambda law: capped_tail_mean(law, self.level, cap)[0]


def _tail_drivers(forecast: LossForecast, level: float) -> pd.Series:
    law = forecast.loss
    empty = pd.Series(dtype=np.float64, name="weight")
    if not isinstance(law, Empirical):
        return empty if forecast.variance_share is None else forecast.variance_share()
    weights = _numerics.tail_weights(law.losses, level, law.weights)
    if forecast.driver_dates is not None:
        return forecast.driver_dates(weights)
    if forecast.labels is None:
        return empty
    return pd.Series(weights, index=forecast.labels, name="weight")


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
