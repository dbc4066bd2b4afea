"""Standard errors of VaR and ES, and the bounds within which both are read off a forecast."""

from __future__ import annotations

import math

import numpy as np

from quant import _checks
from quant._typing import Rank
from quant.distributions.empirical import Empirical
from quant.errors import InputError
from quant.risk._parameter_error import Number
from quant.risk._sampling import (
    effective_size,
    quantile_std_error,
    shortfall_std_error,
    size_at,
    tail_rank,
)
from quant.risk.base import LossForecast


def supported(forecast: LossForecast, level: float, name: str) -> None:
    """Refuse a level that lies wholly beyond the sample behind an empirical forecast."""
    if isinstance(forecast.loss, Empirical):
        size = forecast.loss.losses.size
        # as many as there are dates or innovations: more paths do not reach further into the tail
        drawn = forecast.n_obs * forecast.horizon
        _checks.tail_supported(min(size, drawn) if drawn else size, level, name)


def largest_loss(forecast: LossForecast, max_move: float | None) -> float:
    """Return the loss that a move of `max_move` is on the unbounded side, infinite elsewhere."""
    unbounded = forecast.side == "short" and forecast.unit == "fraction"
    if unbounded and max_move is not None:
        return math.expm1(max_move)
    if not getattr(forecast.loss, "finite_mean", True):
        raise InputError(
            "max_move: expected a bound on the move, got None for a loss with an infinite "
            "mean; use ES(level, max_move=log(10)) or another bound"
        )
    return math.inf


def quantile_error(forecast: LossForecast, level: float, rank: Rank, number: Number) -> float:
    """Return the standard error of VaR: of the scenarios and of the estimated parameters.

    `number` reads VaR off a law.
    """
    variance = 0.0
    if isinstance(forecast.loss, Empirical):
        size = size_at(forecast, number(forecast.loss))
        k = tail_rank(forecast.loss, level, rank, size)
        variance = quantile_std_error(forecast.loss, k, size) ** 2
    return with_parameters(variance, forecast, number)


def shortfall_error(forecast: LossForecast, level: float, cap: float, number: Number) -> float:
    """Return the standard error of ES: of the scenarios and of the estimated parameters.

    `number` reads ES off a law, losses counted up to `cap`.
    """
    variance = 0.0
    if isinstance(forecast.loss, Empirical):
        capped = Empirical(np.minimum(forecast.loss.losses, cap), forecast.loss.weights)
        if forecast.mean_variance is None:
            variance = shortfall_std_error(capped, level, effective_size(forecast)) ** 2
        else:
            excess = np.maximum(capped.losses - capped.ppf(level), 0.0)
            variance = forecast.mean_variance(excess) / (1.0 - level) ** 2
    return with_parameters(variance, forecast, number)


def with_parameters(variance: float, forecast: LossForecast, number: Number) -> float:
    """Return the root of a variance and that which the estimated parameters add to it."""
    if forecast.parameter_error is not None:
        variance += forecast.parameter_error.variance(number)
    return math.sqrt(variance)
