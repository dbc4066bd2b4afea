"""Intervals about an estimate that errs by a factor."""

from __future__ import annotations

import math

from scipy.special import chdtri, ndtri

# Degrees of freedom from which the chi-square law is normal to the last digit that matters.
_MANY = 1e8
_FARTHEST = 40.0  # standard errors in units of the value: an end beyond is 0 or open


def scale_interval(value: float, std_error: float, confidence: float) -> tuple[float, float]:
    r"""Return the interval of an estimate that errs by a factor, as a volatility does.

    Its square is taken to have the law of a sample variance, chi-square with as many degrees of
    freedom as its standard error says,

    .. math:: \nu \hat R^2 / R^2 \sim \chi^2_\nu, \quad \nu = \hat R^2 / (2 \, se^2),

    so that the interval reaches further up than down, and further than that of a normal
    logarithm: a sample that shows too little volatility also shows too small an error. The upper
    end is infinite where the error is many times the value. Where the error is larger than the
    value, of less than half a degree of freedom, the lower end is that of the normal logarithm; and
    it is never above the value. Of an estimate of at most 0 the error is taken to add.

    References
    ----------
    Satterthwaite (1946), An approximate distribution of estimates of variance components,
    Biometrics Bulletin 2.
    """
    outside = 0.5 - 0.5 * confidence
    if value <= 0.0:
        reach = float(ndtri(1.0 - outside)) * std_error
        return value - reach, value + reach
    relative = std_error / value
    factor = math.exp(float(ndtri(1.0 - outside)) * min(relative, _FARTHEST))
    if relative * relative <= 0.5 / _MANY:
        return value / factor, value * factor
    freedom = 0.5 / (relative * relative)
    most, least = float(chdtri(freedom, outside)), float(chdtri(freedom, 1.0 - outside))
    low = value / factor if relative > 1.0 else value * math.sqrt(freedom / most)
    high = value * math.sqrt(freedom / least) if least > 0.0 else math.inf
    return min(low, value), high


def widened(
    interval: tuple[float, float], value: float, std_error: float, confidence: float
) -> tuple[float, float]:
    """Return a sampling interval widened by an independent error, each side by its square.

    Zou and Donner (2008), Construction of confidence limits about effect measures, section 2.
    """
    ends = zip(interval, scale_interval(value, std_error, confidence), strict=True)
    low, high = (math.hypot(sampled - value, own - value) for sampled, own in ends)
    return value - low, value + high
