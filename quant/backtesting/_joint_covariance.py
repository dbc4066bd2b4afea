"""Covariance of a joint quantile and shortfall regression, robust to a wrong specification."""

from __future__ import annotations

import numpy as np

from quant._typing import Matrix
from quant.backtesting._joint_nuisance import Nuisance, location_scale, nuisance
from quant.backtesting._joint_regression import JointRegression


def covariance(fit: JointRegression) -> Matrix:
    """Return the sandwich covariance of (quantile, shortfall) coefficients.

    Location and scale models are fitted to their maximum likelihood. Terms that vanish only if the
    regression is right are kept.

    References
    ----------
    Dimitriadis and Bayer (2019), A joint quantile and expected shortfall regression framework,
    Electronic Journal of Statistics 13, theorem 2.4; Bayer and Dimitriadis (2022), appendix.
    """
    residual = fit.y - fit.fitted_quantile
    law = nuisance(
        fit, location_scale(fit.y, fit.x_quantile), location_scale(residual, fit.x_quantile)
    )
    return sandwich(bread(fit, law), meat(fit, law), fit.y.size)


def sandwich(bread: Matrix, meat: Matrix, n_obs: int) -> Matrix:
    """Return the covariance of coefficients, given mean derivative and mean square of the score."""
    inverse = np.linalg.inv(bread)
    spread: Matrix = inverse @ meat @ inverse / n_obs
    return spread


def bread(fit: JointRegression, law: Nuisance) -> Matrix:
    """Return the mean derivative of the score by the coefficients."""
    p, n = fit.alpha, fit.y.size
    q, e = fit.fitted_quantile, fit.fitted_shortfall
    xq, xe = fit.x_quantile, fit.x_shortfall
    off = law.share - p
    g, slope, bend = -1.0 / e, 1.0 / e**2, -2.0 / e**3  # G and its two derivatives
    return (
        _blocks(
            (xq * (g / p * law.density)[:, None]).T @ xq,
            (xq * (slope * off / p)[:, None]).T @ xe,
            (xe * (slope + bend * q * off / p)[:, None]).T @ xe,
        )
        / n
    )


def meat(fit: JointRegression, law: Nuisance) -> Matrix:
    """Return the mean square of the score."""
    p, n = fit.alpha, fit.y.size
    q, e = fit.fitted_quantile, fit.fitted_shortfall
    xq, xe = fit.x_quantile, fit.x_shortfall
    off = law.share - p
    g, slope, gap = -1.0 / e, 1.0 / e**2, q - e
    first = g**2 * ((1.0 - p) / p + (1.0 - 2.0 * p) * off / p**2)
    both = g * slope * ((1.0 - p) / p * gap + (1.0 - p) / p * q * off / p - off / p * gap)
    second = slope**2 * (law.variance / p + (1.0 - p) / p * gap**2 - 2.0 * gap * q * off / p)
    return (
        _blocks(
            (xq * first[:, None]).T @ xq, (xq * both[:, None]).T @ xe, (xe * second[:, None]).T @ xe
        )
        / n
    )


def _blocks(first: Matrix, both: Matrix, second: Matrix) -> Matrix:
    return np.block([[first, both], [both.T, second]])
