"""Student's t before it is scaled to variance 1: density and partial moments."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln, stdtr

from quant._typing import FloatArray


def logpdf(t: FloatArray, nu: float) -> FloatArray:
    """Return the log density."""
    constant = gammaln((nu + 1.0) / 2.0) - gammaln(nu / 2.0) - 0.5 * math.log(math.pi * nu)
    return np.asarray(constant - (nu + 1.0) / 2.0 * np.log1p(t * t / nu), dtype=np.float64)


def upper_mean(t: float, nu: float) -> float:
    """Return the integral of s f(s) over s > t; it is even in t."""
    return math.exp(float(logpdf(np.asarray(t), nu))) * (nu + t * t) / (nu - 1.0)


def lower_moments(t: float, nu: float) -> tuple[float, float, float]:
    """Return the integrals of 1, s and s^2 times the density over s < t.

    The second uses (1 + s^2 / nu) f_nu(s), which is proportional to a t density with nu - 2
    degrees of freedom at s sqrt((nu - 2) / nu).
    """
    mass = float(stdtr(nu, t))
    shrunk = float(stdtr(nu - 2.0, t * math.sqrt((nu - 2.0) / nu)))
    second = nu * ((nu - 1.0) / (nu - 2.0) * shrunk - mass)
    return mass, -upper_mean(t, nu), second
