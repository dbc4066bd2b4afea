"""VaR and ES of a forecast at one level, for estimators that stand on others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from quant import _checks, _numerics
from quant._typing import Vector
from quant.distributions.base import Distribution
from quant.distributions.empirical import Empirical
from quant.distributions.quantiles import Quantiles
from quant.risk._mixture import capped_tail_mean
from quant.risk._sampling import (
    effective_size,
    quantile_std_error,
    shortfall_std_error,
    size_at,
    tail_rank,
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
        law = forecast.loss
        if isinstance(law, Empirical):
            drawn = forecast.n_obs * forecast.horizon
            size = min(law.losses.size, drawn) if drawn else law.losses.size
            _checks.tail_supported(size, self.level, "level")
        return self._var(law)

    def std_error(self, forecast: LossForecast) -> Reading:
        """Return the standard errors: of the sample and of the estimated parameters."""
        cap = self._cap(forecast)
        known = self._es(forecast.loss, cap) is not None
        var, es = 0.0, 0.0
        if isinstance(forecast.loss, Empirical):
            size = size_at(forecast, self._var(forecast.loss))
            k = tail_rank(forecast.loss, self.level, "sample", size)
            var = quantile_std_error(forecast.loss, k, size) ** 2
            capped = Empirical(np.minimum(forecast.loss.losses, cap), forecast.loss.weights)
            if forecast.mean_variance is None:
                es = shortfall_std_error(capped, self.level, effective_size(forecast)) ** 2
            else:
                excess = np.maximum(capped.losses - capped.ppf(self.level), 0.0)
                es = forecast.mean_variance(excess) / (1.0 - self.level) ** 2
        if (error := forecast.parameter_error) is not None:
            var += error.variance(self._var)
            es += error.variance(lambda law: self._es(law, cap) or 0.0) if known else 0.0
        return Reading(math.sqrt(var), math.sqrt(es) if known else None)

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

    def _cap(self, forecast: LossForecast) -> float:
        unbounded = forecast.side == "short" and forecast.unit == "fraction"
        return math.expm1(self.max_move) if unbounded else math.inf


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
