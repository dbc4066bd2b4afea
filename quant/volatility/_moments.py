"""Covariance of estimates that solve moment equations instead of maximising a likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quant._typing import CovarianceKind, Matrix, Vector


@dataclass(frozen=True, slots=True, eq=False)
class MomentEquations:
    """Moments at the estimates.

    Attributes
    ----------
    moments : ndarray (n, k)
        One row per date; the columns sum to zero.
    slope : ndarray (k, k)
        Minus the derivative of the summed moments.
    variance : ndarray (k, k)
        Of the summed moments where they are homoskedastic and uncorrelated.
    lags : int
        Autocovariances that the Newey-West middle counts.
    """

    moments: Matrix
    slope: Matrix
    variance: Matrix
    lags: int

    def covariance(self, kind: CovarianceKind) -> Matrix:
        """Return the (k, k) classical, outer-product or Newey-West sandwich covariance."""
        if kind == "opg":
            return _inverse(self.moments.T @ self.moments)
        bread = _inverse(self.slope)
        middle = self.variance if kind == "hessian" else _newey_west(self.moments, self.lags)
        return np.asarray(bread @ middle @ bread.T)


def ratio(squares: Vector, x: Vector) -> float:
    """Return the factor that makes variances x (n,) as large as squared returns (n,) on average."""
    return float(squares.mean() / x.mean())


def ratio_moment(squares: Vector, x: Vector, scale: float) -> tuple[Matrix, Matrix]:
    """Return the moment (n, 1) and the slope (1, 1) that `ratio` solves."""
    gap = squares - scale * x
    weight = x.mean() / np.mean(gap**2)
    return weight * gap[:, None], np.array([[squares.size * weight * x.mean()]])


def _newey_west(moments: Matrix, lags: int) -> Matrix:
    middle = moments.T @ moments
    for lag in range(1, lags + 1):
        cross = moments[lag:].T @ moments[:-lag]
        middle += (1.0 - lag / (lags + 1.0)) * (cross + cross.T)
    return np.asarray(middle)


def _inverse(matrix: Matrix) -> Matrix:
    """Return the inverse, by way of a unit diagonal: the units of the parameters do not matter."""
    scale = 1.0 / np.sqrt(np.diag(matrix))
    return np.asarray(np.linalg.inv(matrix * np.outer(scale, scale)) * np.outer(scale, scale))
