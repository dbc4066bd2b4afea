"""Exponentially weighted moving average of covariances."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import CovarianceKind, Matrix
from quant.dependence import _kernels, _matrices, _panel
from quant.dependence._fit import CorrelationFit, filtered
from quant.dependence._recursion import MatrixRecursion
from quant.errors import InputError
from quant.volatility.base import FitDiagnostics

__all__ = ["EWMACovariance"]


@dataclass(frozen=True, slots=True)
class EWMACovariance:
    r"""RiskMetrics covariance with zero means and one decay for all pairs.

    .. math::
        H_{t+1} = \lambda H_t + (1 - \lambda) r_t r_t', \quad \lambda = 0.5^{1 / half\_life}

    Parameters
    ----------
    half_life : float
        Observations until a product of returns has lost half its weight; 11.2 is lambda = 0.94.
    initial : tuple of N tuples of N floats, optional
        Covariance of the first returns, in the order of the columns. Left out, it is the mean
        product of all the returns the model is fitted to; what it is fades as lambda^t.

    Raises
    ------
    InputError
        If `half_life` is not above zero, or `initial` is not a positive semidefinite matrix.

    Notes
    -----
    Fitted to returns it forecasts their covariance; fitted to standardised innovations, the
    correlation that goes with any volatility model. One decay keeps the matrix semidefinite, so
    assets may outnumber dates; it then has no density and `loglikelihood` refuses. Nothing is
    estimated: `params` is empty. The forecast is the same for every period ahead.

    References
    ----------
    J.P. Morgan and Reuters (1996), RiskMetrics Technical Document, 4th edition, section 5.2.

    Examples
    --------
    >>> past = pd.DataFrame({"BTC": [0.01, -0.02, 0.03], "ETH": [0.02, -0.05, 0.01]})
    >>> fit = EWMACovariance(half_life=11.2).fit(past)
    >>> f"{fit.correlation.loc['BTC', 'ETH']:.4f}"
    '0.7306'
    """

    half_life: float
    initial: tuple[tuple[float, ...], ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "half_life", _checks.positive("half_life", self.half_life))
        if self.initial is not None:
            given = _checks.matrix("initial", self.initial)
            _matrices.semidefinite("initial", given)
            object.__setattr__(self, "initial", tuple(tuple(row) for row in given.tolist()))

    def fit(self, panel: pd.DataFrame) -> CorrelationFit:
        """Filter log returns (T, N), decimal, or innovations; at least two dates and two assets.

        Raises
        ------
        InputError
            If the panel holds a blank, an asset that does not move, or unsorted dates.
        """
        sample = _panel.of_returns(panel, 2, "EWMACovariance")
        return filtered(self, {}, sample, FitDiagnostics())

    def _opening(
        self, params: Mapping[str, float], sample: pd.DataFrame
    ) -> tuple[MatrixRecursion, Matrix]:
        del params
        rows = sample.to_numpy()
        start = rows.T @ rows / len(rows) if self.initial is None else np.array(self.initial)
        if len(start) != rows.shape[1]:
            raise InputError(
                f"initial: expected a matrix of {rows.shape[1]} assets, got {len(start)}; "
                "pass one row and column per column of the panel"
            )
        decay = 0.5 ** (1.0 / self.half_life)
        frozen = _matrices.frozen(np.asarray(start, dtype=np.float64))
        return MatrixRecursion(target=frozen, a=1.0 - decay, b=decay), frozen

    def _loglikelihood(self, params: Mapping[str, float], sample: pd.DataFrame) -> float:
        """Return the Gaussian log-likelihood of the returns under the filtered covariances."""
        recursion, start = self._opening(params, sample)
        terms = _kernels.gaussian(sample.to_numpy(), start, recursion, scale_density=False)
        bad = np.flatnonzero(~np.isfinite(terms).all(axis=1))
        if bad.size:
            raise InputError(
                "loglikelihood: expected a positive definite covariance, got a singular one at "
                f"{_checks.stamp(sample.index[bad[0]])}; use fewer assets than dates, none of "
                "them a copy of others"
            )
        constant = sample.size * math.log(2.0 * math.pi)
        return -0.5 * (constant + float(terms.sum()))

    def _covariance(self, fit: CorrelationFit, kind: CovarianceKind) -> Matrix:
        del fit, kind
        return np.zeros((0, 0))

    def _sigma(self, state: Matrix) -> Matrix:
        return np.asarray(np.sqrt(np.diag(state)))
