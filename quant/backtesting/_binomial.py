"""The law of a number of independent breaches."""

from __future__ import annotations

import numpy as np
from scipy.special import bdtr, bdtrc, gammaln, xlog1py, xlogy

from quant._typing import Vector


def binomial_law(trials: int, probability: float) -> Vector:
    """Return the probabilities of 0, 1, ..., `trials` breaches, (trials + 1,)."""
    x = np.arange(trials + 1, dtype=np.float64)
    orders = gammaln(trials + 1.0) - gammaln(x + 1.0) - gammaln(trials - x + 1.0)
    law: Vector = np.exp(orders + xlogy(x, probability) + xlog1py(trials - x, -probability))
    return law


def at_most(breaches: int, trials: int, probability: float) -> float:
    """Return P(X <= breaches)."""
    return float(bdtr(breaches, trials, probability))


def at_least(breaches: int, trials: int, probability: float) -> float:
    """Return P(X >= breaches)."""
    return float(bdtrc(breaches - 1, trials, probability))
