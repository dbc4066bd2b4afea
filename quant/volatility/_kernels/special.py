"""Derivatives of the log-gamma function for compiled code."""

from __future__ import annotations

import math

from numba import njit


@njit(nogil=True, cache=True, _nrt=False)
def digamma(x):
    """Return the first derivative of log Gamma for x > 0."""
    shift = 0.0
    while x < 10.0:
        shift -= 1.0 / x
        x += 1.0
    s = 1.0 / (x * x)
    tail = s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132)))))
    return shift + math.log(x) - 0.5 / x - tail


@njit(nogil=True, cache=True, _nrt=False)
def trigamma(x):
    """Return the second derivative of log Gamma for x > 0."""
    shift = 0.0
    while x < 10.0:
        shift += 1.0 / (x * x)
        x += 1.0
    s = 1.0 / (x * x)
    tail = s * (1 / 6 - s * (1 / 30 - s * (1 / 42 - s * (1 / 30 - s * (5 / 66)))))
    return shift + 1.0 / x + 0.5 * s + tail / x
