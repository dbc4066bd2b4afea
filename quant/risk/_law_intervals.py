"""Intervals of VaR and ES read off a forecast: of the sample and of the estimated parameters."""

from __future__ import annotations

import math

from quant.distributions.empirical import Empirical
from quant.risk._intervals import widened
from quant.risk._parameter_error import Number
from quant.risk._sampling import rank_interval, size_at
from quant.risk._shortfall_interval import shortfall_interval
from quant.risk._standard_errors import with_parameters
from quant.risk.base import LossForecast


def quantile_interval(
    forecast: LossForecast, level: float, number: Number, confidence: float
) -> tuple[float, float]:
    """Return the interval of VaR: order statistics of a sample, else that of the parameters.

    `number` reads VaR off a law.
    """
    if not isinstance(forecast.loss, Empirical):
        return possible(_of_parameters(forecast, number, confidence), forecast)
    value = number(forecast.loss)
    sampled = rank_interval(forecast.loss, level, confidence, size_at(forecast, value))
    error = with_parameters(0.0, forecast, number)
    return possible(widened(sampled, value, error, confidence), forecast)


def tail_mean_interval(
    forecast: LossForecast, level: float, cap: float, number: Number, confidence: float
) -> tuple[float, float]:
    """Return the interval of ES: of the tail mean of a sample, else that of the parameters.

    `number` reads ES off a law, losses counted up to `cap`.
    """
    value = number(forecast.loss)
    largest = max(cap, value)  # a law that states its ES knows of no cap
    if not isinstance(forecast.loss, Empirical):
        return possible(_of_parameters(forecast, number, confidence), forecast, largest)
    size = size_at(forecast, forecast.loss.ppf(level))
    sampled = shortfall_interval(forecast.loss, level, confidence, size, cap)
    error = with_parameters(0.0, forecast, number)
    return possible(widened(sampled, value, error, confidence), forecast, largest)


def possible(
    interval: tuple[float, float], forecast: LossForecast, largest: float = math.inf
) -> tuple[float, float]:
    """Return the interval as far as losses can go, a long's to all of its value.

    An end that nothing bounds stays open.
    """
    low, high = interval
    whole = 1.0 if forecast.side == "long" and forecast.unit == "fraction" else math.inf
    return low, high if math.isinf(high) else min(high, whole, largest)


def _of_parameters(
    forecast: LossForecast, number: Number, confidence: float
) -> tuple[float, float]:
    if forecast.parameter_error is None:
        value = number(forecast.loss)
        return value, value
    return forecast.parameter_error.interval(number, confidence)
