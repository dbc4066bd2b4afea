"""Bernoulli likelihood ratios of breach counts and of breach transitions."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc, xlogy

from quant._typing import FloatArray


def bernoulli(failures: FloatArray, trials: FloatArray, probability: FloatArray) -> FloatArray:
    """Return the log-likelihood of `failures` among `trials`, with 0 ln 0 = 0."""
    hits = xlogy(failures, probability)
    misses = xlogy(trials - failures, 1.0 - probability)
    return np.asarray(hits + misses, dtype=np.float64)


def share(failures: FloatArray, trials: FloatArray) -> FloatArray:
    """Return failures / trials, and 0 where nothing was tried (its likelihood is 1 anyway)."""
    return np.divide(failures, trials, out=np.zeros_like(failures), where=trials > 0)


def coverage_ratio(breaches: FloatArray, trials: FloatArray, probability: float) -> FloatArray:
    """Return the likelihood ratio of a breach probability against the observed share."""
    null = bernoulli(breaches, trials, np.full_like(breaches, probability))
    free = bernoulli(breaches, trials, share(breaches, trials))
    return np.maximum(2.0 * (free - null), 0.0)


def independence_ratio(
    n00: FloatArray, n01: FloatArray, n10: FloatArray, n11: FloatArray
) -> FloatArray:
    """Return the likelihood ratio of one breach probability against one for each yesterday."""
    calm, hit = n00 + n01, n10 + n11
    pooled = share(n01 + n11, calm + hit)
    null = bernoulli(n01 + n11, calm + hit, pooled)
    free = bernoulli(n01, calm, share(n01, calm)) + bernoulli(n11, hit, share(n11, hit))
    return np.maximum(2.0 * (free - null), 0.0)


def chi_square_tail(ratio: float, dof: float) -> float:
    """Return the probability that a chi-square variable exceeds `ratio`."""
    return float(chdtrc(dof, ratio))
