"""Samples that might as well have been: the quantiles that one sample leaves open."""

from __future__ import annotations

import numpy as np

from quant._typing import Vector
from quant.risk._shortfall_interval import TAIL_INDEX


def possible_sample(sample: Vector, generator: np.random.Generator) -> Vector:
    r"""Return n numbers, ranked as the sample, that stand for one law it may have come from.

    Of n independent draws from a continuous law, the probabilities at the ordered draws,
    :math:`U_{(1)} < \dots < U_{(n)}`, are ordered uniforms whatever the law. One draw of them puts
    a quantile function through the sample, straight between neighbours and a Pareto tail beyond
    either end, as in the interval of a shortfall; the n numbers are its means over n equal shares
    of probability, so that tail means of both agree.

    References
    ----------
    Hannig, Iyer, Lai and Lee (2016), Generalized fiducial inference, section 2.
    """
    order, n = np.argsort(sample, kind="stable"), sample.size
    x = sample[order]
    steps = np.cumsum(generator.standard_exponential(n + 1))
    u = steps[:-1] / steps[-1]
    edges = np.arange(n + 1) / n
    inner = np.concatenate(([0.0], np.cumsum(0.5 * (x[1:] + x[:-1]) * np.diff(u))))
    at = np.clip(edges, u[0], u[-1])
    left = np.clip(np.searchsorted(u, at, side="right") - 1, 0, n - 2)
    beyond = at - u[left]
    slope = (x[left + 1] - x[left]) / (u[left + 1] - u[left])
    whole = inner[left] + beyond * (x[left] + 0.5 * beyond * slope)
    below = _beyond(-x[0], np.minimum(edges, u[0]), u[0])
    above = _beyond(x[-1], 1.0 - np.maximum(edges, u[-1]), 1.0 - u[-1])
    possible = np.empty(n)
    possible[order] = n * np.diff(whole - below - above)
    return possible


def _beyond(end: float, probability: Vector, reached: float) -> Vector:
    """Return the integral of the quantiles past an end of the sample, from the far end on."""
    if end <= 0.0:
        return np.asarray(end * probability)
    share = probability / reached
    return np.asarray(end * reached * share ** (1.0 - TAIL_INDEX) / (1.0 - TAIL_INDEX))
