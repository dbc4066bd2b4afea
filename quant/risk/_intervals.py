"""Intervals about an estimate that errs by a factor."""

from __future__ import annotations

import math

from scipy.special import ndtri


def scale_interval(value: float, std_error: float, confidence: float) -> tuple[float, float]:
    """Return the interval of an estimate whose logarithm has a normal error.

    The error of a risk is that of a volatility and of a tail: it multiplies, so that intervals
    reach further up than down. Of an estimate of at most 0 it is taken to add.
    """
    quantile = float(ndtri(0.5 + confidence / 2.0))
    if value <= 0.0:
        return value - quantile * std_error, value + quantile * std_error
    factor = math.exp(quantile * std_error / value)
    return value / factor, value * factor


def widened(
    interval: tuple[float, float], value: float, std_error: float, confidence: float
) -> tuple[float, float]:
    """Return a sampling interval widened by an independent error, each side by its square.

    Zou and Donner (2008), Construction of confidence limits about effect measures, section 2.
    """
    ends = zip(interval, scale_interval(value, std_error, confidence), strict=True)
    low, high = (math.hypot(sampled - value, own - value) for sampled, own in ends)
    return value - low, value + high
