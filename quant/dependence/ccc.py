"""Constant conditional correlation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from quant._typing import CovarianceKind, Matrix
from quant.dependence import _matrices, _panel
from quant.dependence._fit import CorrelationFit, filtered
from quant.dependence._recursion import MatrixRecursion
from quant.errors import InputError
from quant.volatility.base import FitDiagnostics

__all__ = ["CCC"]

_MINIMUM = 20


@dataclass(frozen=True, slots=True)
class CCC:
    r"""Constant correlation of standardised innovations.

    .. math:: R = diag(S)^{-1/2} S\, diag(S)^{-1/2}, \quad S = \frac{1}{T} \sum_t z_t z_t'

    Notes
    -----
    Parameters: ``rho[A,B]`` for every pair, in the order of the columns. Nothing is demeaned. The
    log-likelihood is that of the second step, -1/2 sum(ln|R| + z'R^-1 z - z'z): what correlation
    adds to the volatilities. `param_cov` knows ``"robust"``: influence functions of moments, right
    for any law of the innovations, which are taken as observed.

    References
    ----------
    Bollerslev (1990), Modelling the coherence in short-run nominal exchange rates, section 2.

    Examples
    --------
    >>> draws = np.random.default_rng(7).standard_normal((500, 2)) @ [[1.0, 0.6], [0.0, 0.8]]
    >>> fit = CCC().fit(pd.DataFrame(draws, columns=["BTC", "ETH"]))
    >>> f"{fit.params['rho[BTC,ETH]']:.3f}"
    '0.616'
    """

    def fit(self, panel: pd.DataFrame) -> CorrelationFit:
        """Estimate on standardised innovations (T, N): the z of volatility fits.

        Raises
        ------
        InputError
            If the panel holds a blank, an asset that does not move or is not standardised, or
            assets that others explain wholly.
        InsufficientDataError
            If there are fewer than 20 dates, or not more than assets.
        """
        sample = _panel.standardised(panel, _MINIMUM, "CCC")
        z = sample.to_numpy()
        matrix = _matrices.rescaled(z.T @ z / len(z))
        pairs = combinations(enumerate(sample.columns), 2)
        params = {f"rho[{a},{b}]": float(matrix[i, j]) for (i, a), (j, b) in pairs}
        return filtered(self, params, sample, FitDiagnostics(), estimated=True)

    def _opening(
        self, params: Mapping[str, float], sample: pd.DataFrame
    ) -> tuple[MatrixRecursion, Matrix]:
        matrix = np.eye(sample.shape[1])
        upper = np.triu_indices(len(matrix), 1)
        matrix[upper] = list(params.values())
        matrix.T[upper] = matrix[upper]
        _matrices.correlation("correlation", matrix, list(sample.columns))
        return MatrixRecursion(_matrices.frozen(matrix), a=0.0, b=0.0), matrix

    def _loglikelihood(self, params: Mapping[str, float], sample: pd.DataFrame) -> float:
        z = sample.to_numpy()
        _, matrix = self._opening(params, sample)
        distance = float(np.sum(np.linalg.solve(matrix, z.T) * z.T))
        return -0.5 * (len(z) * _matrices.log_determinant(matrix) + distance - float(np.sum(z * z)))

    def _covariance(self, fit: CorrelationFit, kind: CovarianceKind) -> Matrix:
        if kind != "robust":
            raise InputError(
                f"kind: expected 'robust' for CCC, got {kind!r}; its correlations are moments, not "
                "maxima of a likelihood"
            )
        z = fit.panel.to_numpy()
        z = z / np.sqrt(np.mean(z * z, axis=0))
        first, second = np.triu_indices(z.shape[1], 1)
        rho = fit.start[first, second]
        squares = 0.5 * (z[:, first] ** 2 + z[:, second] ** 2)
        influence = z[:, first] * z[:, second] - rho * squares
        covariance: Matrix = influence.T @ influence / len(z) ** 2
        return covariance

    def _sigma(self, state: Matrix) -> Matrix:
        return np.ones(len(state))
