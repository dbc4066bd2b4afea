"""Intervals about an estimate that errs by a factor."""

from __future__ import annotations

import math

from scipy.special import chdtri, ndtri

# Degrees of freedom from which the chi-square law is normal to the last digit that matters.
_MANY = 1e8
_WIDEST = math.sqrt(0.5)  # relative error of a volatility known from a single draw


def scale_interval(value: float, std_error: float, confidence: float) -> tuple[float, float]:
    r"""Return the interval of an estimate that errs by a factor, as a volatility does.

    Its square is taken to have the law of a sample variance, chi-square with as many degrees of
    freedom as its standard error says,

    .. math:: \nu \hat R^2 / R^2 \sim \chi^2_\nu, \quad \nu = \hat R^2 / (2 \, se^2),

    so that the interval reaches further up than down, and further than that of a normal
    logarithm: a sample that shows too little volatility also shows too small an error. It always
    holds the value. A sample variance has one degree of freedom at least: of an error larger than
    its, what is beyond is taken to add, as is all the error of an estimate of at most 0, so that
    the ends move through 0 without a jump.

    References
    ----------
    Satterthwaite (1946), An approximate distribution of estimates of variance components,
    Biometrics Bulletin 2.
    """
    outside = 0.5 - 0.5 * confidence
    reach = float(ndtri(1.0 - outside))
    if value <= 0.0:
        return value - reach * std_error, value + reach * std_error
    relative = min(std_error / value, _WIDEST)
    if relative * relative <= 0.5 / _MANY:
        factor = math.exp(reach * relative)
        return value / factor, value * factor
    freedom = 0.5 / (relative * relative)
    most, least = float(chdtri(freedom, outside)), float(chdtri(freedom, 1.0 - outside))
    added = reach * max(std_error - _WIDEST * value, 0.0)
    low, high = value * math.sqrt(freedom / most), value * math.sqrt(freedom / least)
    return min(low, value) - added, high + added


def widened(
    interval: tuple[float, float], value: float, std_error: float, confidence: float
) -> tuple[float, float]:
    """Return a sampling interval widened by an independent error, each side by its square.

    Zou and Donner (2008), Construction of confidence limits about effect measures, section 2.
    """
    ends = zip(interval, scale_interval(value, std_error, confidence), strict=True)
    low, high = (math.hypot(sampled - value, own - value) for sampled, own in ends)
    return value - low, value + high
