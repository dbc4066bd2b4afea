"""Draws from what a sample says of a generalised Pareto tail."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv

from quant._typing import Matrix, Vector
from quant.distributions import _pareto

_CELLS = 64
_REACH = 6.0  # standard errors on either side, wide enough for either tail


def likely_tails(
    excesses: Vector, estimate: tuple[float, float, float], count: int, seed: int
) -> Matrix:
    r"""Return `count` draws (count, 3) of xi, beta and the share of exceedances.

    The posterior under the maximal data information prior
    :math:`\pi(\xi, \beta) \propto \beta^{-1} e^{-\xi}`, held where the tail has a mean unless the
    estimate has none (and the shape is at least -1/2), and under Jeffreys' prior for the share. Its
    quantiles are intervals close to their nominal rate where likelihood ratios, about an estimate
    that is itself too low, fall short.

    References
    ----------
    Northrop and Attalides (2016), Posterior propriety in Bayesian extreme value analyses using
    reference priors, Statistica Sinica 26, section 2.
    """
    xi, beta, share = estimate
    k, rng = excesses.size, np.random.default_rng(seed)
    spread = _REACH / np.sqrt(k)
    low = max(_pareto.LEAST_SHAPE, xi - spread * (1.0 + abs(xi)))
    high = xi + spread * (1.0 + abs(xi))
    high = min(1.0, high) if xi < 1.0 else high
    shapes, width = _cells(low, high)
    logs, height = _cells(-1.5 * spread, 1.5 * spread)
    scales = beta * np.exp(logs)
    density = np.array([_row(excesses, float(shape), scales) for shape in shapes])
    density -= shapes[:, None]  # flat in log beta
    mass = np.cumsum(np.exp(density - density.max()).ravel())
    at = np.searchsorted(mass, mass[-1] * (np.arange(count) + 0.5) / count)
    row, column = np.divmod(at, _CELLS)
    inside = rng.random((2, count)) - 0.5
    place = (rng.permutation(count) + 0.5) / count
    n = k / share
    return np.column_stack(
        (
            shapes[row] + width * inside[0],
            scales[column] * np.exp(height * inside[1]),
            betaincinv(k + 0.5, n - k + 0.5, place),
        )
    )


def _cells(low: float, high: float) -> tuple[Vector, float]:
    width = (high - low) / _CELLS
    return np.asarray(low + width * (np.arange(_CELLS) + 0.5), dtype=np.float64), width


def _row(excesses: Vector, shape: float, scales: Vector) -> Vector:
    """Return the log-likelihood at one shape and several scales, up to a constant."""
    x = excesses / scales[:, None]
    inside = shape * x.max(axis=1) > -1.0
    log = x[inside] * _pareto.log_ratio(shape * x[inside])
    found = np.full(scales.size, -np.inf)
    found[inside] = -excesses.size * np.log(scales[inside]) - (1.0 + shape) * log.sum(axis=1)
    return found
