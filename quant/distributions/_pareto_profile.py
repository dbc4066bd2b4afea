"""Profile-likelihood intervals of numbers read off a generalised Pareto tail."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import chdtri

from quant._typing import Vector
from quant.distributions import _pareto


def profile_interval(
    excesses: Vector,
    estimate: tuple[float, float, float],
    tail: float,
    confidence: float,
    of_unit: Callable[[float, float], float],
) -> tuple[float, float]:
    """Return the excesses over the threshold whose profile deviance is within the chi-square.

    `of_unit` maps a tail probability, relative to the share of exceedances, and a shape to the
    number for scale 1: the number itself is that times beta. For each candidate, shape and share
    are chosen best and the scale follows. An upper end that the sample does not bound is infinite.
    """
    from scipy.optimize import brentq

    xi, beta, share = estimate
    n = excesses.size / share
    drop = 0.5 * float(chdtri(1, 1.0 - confidence))
    best = beta * of_unit(tail / share, xi)
    top = _joint(excesses, n, xi, beta, share)

    def gap(log: float) -> float:
        value = best * math.exp(log)
        return top - _profile(excesses, n, estimate, tail, value, of_unit) - drop

    ends = []
    for direction in (-1.0, 1.0):
        far = next((s for s in 0.05 * 1.6 ** np.arange(12) if gap(direction * s) > 0.0), None)
        if far is None:
            ends.append(0.0 if direction < 0.0 else math.inf)
        else:
            ends.append(best * math.exp(brentq(gap, 0.0, direction * far, xtol=1e-4)))
    return ends[0], ends[1]


def _joint(excesses: Vector, n: float, xi: float, beta: float, share: float) -> float:
    k = excesses.size
    count = k * math.log(share) + ((n - k) * math.log1p(-share) if n > k else 0.0)
    return _pareto.loglikelihood(excesses, xi, beta) + count


def _profile(
    excesses: Vector,
    n: float,
    estimate: tuple[float, float, float],
    tail: float,
    value: float,
    of_unit: Callable[[float, float], float],
) -> float:
    """Return the highest log-likelihood among tails that give the number `value`."""
    from scipy.optimize import minimize

    xi, _, share = estimate

    def cost(point: Vector) -> float:
        shape, logit = float(point[0]), float(point[1])
        moved = share if n <= excesses.size else 1.0 / (1.0 + math.exp(-logit))
        if shape < _pareto.LEAST_SHAPE or moved <= tail or not 0.0 < moved <= 1.0:
            return math.inf
        unit = of_unit(tail / moved, shape)
        if not 0.0 < unit < math.inf:
            return math.inf
        return -_joint(excesses, n, shape, value / unit, moved)

    start = np.array([xi, math.log(share / (1.0 - share)) if share < 1.0 else 0.0])
    spread = np.array([[0.0, 0.0], [0.2, 0.0], [0.0, 0.2]])
    found = minimize(
        cost,
        start,
        method="Nelder-Mead",
        options={"initial_simplex": start + spread, "xatol": 1e-3, "fatol": 1e-6, "maxiter": 400},
    )
    return -float(found.fun)
