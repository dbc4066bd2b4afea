"""What the covariance of a joint regression needs to know of the law of the response."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from quant._typing import FloatArray, Matrix, Vector
from quant.backtesting._joint_regression import JointRegression, quantile_regression
from quant.backtesting._kernel_density import bandwidth, gaussian_density

_GRID = 512
_ROUNDING = 1e-12  # relative; how far from a line its own points may lie


@dataclass(frozen=True, slots=True, eq=False)
class Nuisance:
    """Density and distribution function at the quantile, and variance below it, of each day."""

    density: Vector
    share: Vector
    variance: Vector


@dataclass(frozen=True, slots=True, eq=False)
class LocationScale:
    """Mean and standard deviation of each day."""

    mean: Vector
    sigma: Vector


def nuisance(
    fit: JointRegression, of_response: LocationScale, of_residual: LocationScale
) -> Nuisance:
    """Return the nuisance under location and scale models of y and of y less its quantile.

    Density by Hendricks and Koenker's difference of quantile regressions; the distribution function
    from the residuals of the first model, the variance from their kernel density in the second.
    """
    return Nuisance(
        _density_at_quantile(fit),
        _distribution_at_quantile(fit, of_response),
        _variance_below_quantile(fit, of_residual),
    )


def location_scale(y: Vector, x: Matrix) -> LocationScale:
    """Return mean and standard deviation, both linear in x, by the likelihood of a normal."""
    from scipy.optimize import minimize

    k = x.shape[1]
    unit = float(np.std(y))
    size = np.abs(x).max(axis=0)
    scaled, response = x / size, y / unit
    mean = np.linalg.lstsq(scaled, response, rcond=None)[0]
    spread = np.linalg.lstsq(scaled, np.abs(response - scaled @ mean), rcond=None)[0]
    least = float((scaled @ spread).min())
    # the search starts where every sigma is above 0: at 0 the likelihood has no slope to follow
    spread[0] += (-1e-3 if least > 2e-3 else 1e-3 - least) * size[0]

    def loss(b: Vector) -> tuple[float, Vector]:
        sigma = scaled @ b[k:]
        if sigma.min() <= 0.0:
            return np.inf, np.zeros(2 * k)
        z = (response - scaled @ b[:k]) / sigma
        gradient = np.concatenate((-(z / sigma) @ scaled, ((1.0 - z * z) / sigma) @ scaled))
        return float(np.sum(np.log(sigma) + 0.5 * z * z)), gradient

    start: FloatArray = np.concatenate((mean, spread))
    found = minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-7})
    best = found.x if np.isfinite(found.fun) else start
    return LocationScale(unit * (scaled @ best[:k]), unit * (scaled @ best[k:]))


def _density_at_quantile(fit: JointRegression) -> Vector:
    p, n = fit.alpha, fit.y.size
    z = float(ndtri(p))
    square = 1.5 * math.exp(-z * z) / (2.0 * math.pi) / (2.0 * z * z + 1.0)
    width = n ** (-1.0 / 3.0) * float(ndtri(0.975)) ** (2.0 / 3.0) * square ** (1.0 / 3.0)
    width = min(width, 0.9 * min(p, 1.0 - p))  # both quantiles must exist
    upper = quantile_regression(fit.y, fit.x_quantile, p + width)
    lower = quantile_regression(fit.y, fit.x_quantile, p - width)
    rounding = np.finfo(np.float64).eps ** (2.0 / 3.0) * float(np.std(fit.y))
    gap = fit.x_quantile @ (upper - lower) - rounding
    # quantiles that cross have no density between them
    density: Vector = np.divide(2.0 * width, gap, out=np.zeros(n), where=gap > 0.0)
    return density


def _distribution_at_quantile(fit: JointRegression, model: LocationScale) -> Vector:
    mean, sigma = model.mean, model.sigma
    z = np.sort((fit.y - mean) / sigma)
    at = (fit.fitted_quantile - mean) / sigma
    share: Vector = np.searchsorted(z, at, side="right") / z.size
    return share


def _variance_below_quantile(fit: JointRegression, model: LocationScale) -> Vector:
    residual = fit.y - fit.fitted_quantile
    mean, sigma = model.mean, model.sigma
    z = (residual - mean) / sigma
    width = bandwidth(z)
    grid = np.linspace(z.min() - 3.0 * width, z.max() + 3.0 * width, _GRID)
    fine = np.linspace(grid[0], float((-mean / sigma).max()), 4 * _GRID)
    density = np.interp(fine, grid, gaussian_density(z, grid, width))
    moments = [_cumulated(fine**k * density, fine) for k in range(3)]
    truncated = -mean / sigma
    at = [np.interp(truncated, fine, moment) for moment in moments]
    usable = at[0] > 0.0
    ratio = [np.divide(m, at[0], out=np.zeros_like(m), where=usable) for m in at[1:]]
    variance: Vector = sigma**2 * (ratio[1] - ratio[0] ** 2)
    if not usable.all() or (variance < 0.0).any():
        # the location and scale model fails somewhere: one variance for all days
        below = residual[residual <= _ROUNDING * np.ptp(fit.y)]  # the line goes through some
        return np.full(residual.size, float(below.var(ddof=1)) if below.size > 1 else 0.0)
    return variance


def _cumulated(values: Vector, at: Vector) -> Vector:
    pieces = 0.5 * (values[1:] + values[:-1]) * np.diff(at)
    return np.concatenate(([0.0], np.cumsum(pieces)))
