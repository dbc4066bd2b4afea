"""Sandwich covariance of the parameters of conditional quantiles."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from quant._typing import Matrix, Vector
from quant.risk._quantile_dynamics import Dynamics


def sandwich(
    x: Vector,
    var: Vector,
    es: Vector,
    var_slopes: Matrix,
    es_slopes: Matrix,
    tail: float,
    dynamics: Dynamics,
) -> Matrix:
    """Return the covariance of the estimates of a path of VaR, and ES where it is joint.

    `var_slopes` and `es_slopes` (T, k) are the slopes of the path in the parameters. The density
    at the quantile, which the bread needs, is the share of losses in a band around it.

    References
    ----------
    Engle and Manganelli (2004), CAViaR, theorem 3.
    Patton, Ziegel and Chen (2019), Dynamic semiparametric models for expected shortfall,
    theorem 3.
    """
    width = bandwidth(x - var, tail)
    density = (np.abs(x - var) < width) / (2.0 * width)
    hit = x >= var
    if dynamics.joint:
        of_var = (1.0 - hit / tail) / es
        shift = x - var if dynamics.names[-1] == "es_gap" else -var
        of_es = 1.0 / es - hit * (x - var) / (tail * es**2) + shift / es**2
        scores = of_var[:, None] * var_slopes + of_es[:, None] * es_slopes
        bread = _moment(var_slopes, density / (tail * es)) + _moment(es_slopes, 1.0 / es**2)
    else:
        scores = (tail - hit)[:, None] * var_slopes
        bread = _moment(var_slopes, density)
    inverse = np.linalg.pinv(bread, rcond=1e-12, hermitian=True)
    meat = _moment(scores, np.ones(x.size))
    return np.asarray(inverse @ meat @ inverse / x.size)


def bandwidth(gaps: Vector, tail: float) -> float:
    """Return the half width of the band: that of Hall and Sheather, in units of the gaps.

    References
    ----------
    Machado and Santos Silva (2013), Quantile regression and heteroskedasticity, section 3.
    """
    at = float(ndtri(tail))
    density = np.exp(-0.5 * at * at) / np.sqrt(2.0 * np.pi)
    share = gaps.size ** (-1 / 3) * 1.96 ** (2 / 3)
    share *= (1.5 * density**2 / (2.0 * at * at + 1.0)) ** (1 / 3)
    share = min(share, 0.8 * tail)
    middle = float(np.median(np.abs(gaps - np.median(gaps)))) / 0.6745
    spread = middle if middle > 0.0 else float(gaps.std())
    return spread * float(ndtri(tail + share) - ndtri(tail - share))


def _moment(slopes: Matrix, weights: Vector) -> Matrix:
    return np.asarray(slopes.T @ (weights[:, None] * slopes) / len(slopes))
