"""Gaussian kernel density with the bandwidth of Sheather and Jones."""

from __future__ import annotations

import math

import numpy as np

from quant._typing import Vector

_BINS = 1000
_ROWS = 32  # points at a time: distances to a few thousand losses then fit the cache


def gaussian_density(sample: Vector, at: Vector, width: float) -> Vector:
    """Return the density of a sample at each point."""
    density = np.empty(at.size)
    for start in range(0, at.size, _ROWS):
        rows = slice(start, start + _ROWS)
        z = (at[rows, None] - sample) / width
        z *= z
        z *= -0.5
        density[rows] = np.exp(z, out=z).mean(axis=1)
    return density / (width * math.sqrt(2.0 * math.pi))


def bandwidth(sample: Vector) -> float:
    """Return the bandwidth that solves Sheather and Jones's equation, distances binned.

    References
    ----------
    Sheather and Jones (1991), A reliable data-based bandwidth selection method for kernel density
    estimation, Journal of the Royal Statistical Society B 53.
    """
    from scipy.optimize import brentq

    n = sample.size
    quartiles = np.quantile(sample, [0.25, 0.75])
    scale = min(float(sample.std(ddof=1)), float(quartiles[1] - quartiles[0]) / 1.349)
    step, pairs = _distances(sample)

    def derivative(width: float, order: int) -> float:
        u = (np.arange(pairs.size) * step / width) ** 2
        if order == 4:
            polynomial, own = u * u - 6.0 * u + 3.0, 3.0
        else:
            polynomial, own = u**3 - 15.0 * u * u + 45.0 * u - 15.0, -15.0
        total = 2.0 * float(np.exp(-0.5 * u) * polynomial @ pairs) + n * own
        return total / (n * (n - 1) * width ** (order + 1) * math.sqrt(2.0 * math.pi))

    fourth = derivative(1.24 * scale * n ** (-1.0 / 7.0), 4)
    sixth = -derivative(1.23 * scale * n ** (-1.0 / 9.0), 6)
    ratio = 1.357 * (fourth / sixth) ** (1.0 / 7.0)
    constant = 1.0 / (2.0 * math.sqrt(math.pi) * n)

    def excess(width: float) -> float:
        curvature = derivative(ratio * width ** (5.0 / 7.0), 4)
        return float((constant / curvature) ** 0.2 - width)

    largest = 1.144 * scale * n**-0.2
    low = 0.1 * largest
    while excess(largest) > 0.0:
        largest *= 1.1
    while excess(low) < 0.0:
        low *= 0.9
    return float(brentq(excess, low, largest, xtol=1e-6 * largest))


def _distances(sample: Vector) -> tuple[float, Vector]:
    """Return the width of a bin and the number of pairs at each distance in bins."""
    low, high = float(sample.min()), float(sample.max())
    step = 1.01 * (high - low) / _BINS
    counts = np.bincount(((sample - low) / step).astype(np.int64), minlength=_BINS)
    pairs = np.correlate(counts, counts, mode="full")[_BINS - 1 :].astype(np.float64)
    pairs[0] = float(np.sum(counts * (counts - 1) // 2))
    return step, pairs
