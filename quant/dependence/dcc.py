"""Dynamic conditional correlation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import CovarianceKind, Matrix
from quant.dependence import _matrices, _panel
from quant.dependence._blas import one_blas_thread
from quant.dependence._dcc_likelihood import CorrelationLikelihood
from quant.dependence._fit import CorrelationFit, filtered
from quant.dependence._recursion import MatrixRecursion
from quant.dependence._search import climb
from quant.dependence._two_step import covariance
from quant.errors import ConvergenceError, InputError
from quant.volatility.base import FitDiagnostics

__all__ = ["DCC"]

_MINIMUM = 100


@dataclass(frozen=True, slots=True)
class DCC:
    r"""Correlation that moves with the news and returns to a target.

    .. math::
        Q_{t+1} = (1 - a - b) \bar Q + a\, x_t x_t' + b\, Q_t, \qquad
        R_t = diag(Q_t)^{-1/2} Q_t\, diag(Q_t)^{-1/2}

    Parameters
    ----------
    recursion : {"engle", "aielli"}
        ``"engle"``: x = z, the target is mean z z', **not** rescaled to a unit diagonal.
        ``"aielli"`` (cDCC): x = diag(Q)^(1/2) z, which makes the target consistent; it is the
        correlation of x, found anew for every (a, b).
    likelihood : {"full", "composite"}
        ``"composite"`` maximises the sum of the bivariate likelihoods of neighbouring columns: a
        **different estimator**, less efficient with few assets, not comparable in value with the
        full one, and dependent on the order of the columns. Its cost grows with N, not N^3.

    Raises
    ------
    InputError
        If a field is none of these.

    Notes
    -----
    Parameters: a, b >= 0 with a + b < 1. The recursion starts at its target. The log-likelihood is
    that of the second step, -1/2 sum(ln|R| + z'R^-1 z - z'z).

    `param_cov("robust")` holds for innovations that are not normal and includes the error of the
    target; ``"hessian"`` and ``"opg"`` include neither, and are refused for the composite
    likelihood, which has no information equality. None includes the first step, the estimated
    volatilities: Engle and Sheppard's full correction needs their scores.

    Forecasts beyond one period are approximations: Engle's iterates R, Aielli's Q, both decaying
    with a + b towards the target.

    References
    ----------
    Engle (2002), Dynamic conditional correlation, section 3. Engle and Sheppard (2001), Theoretical
    and empirical properties of DCC, sections 3-4. Aielli (2013), Dynamic conditional correlation:
    on properties and estimation, section 3. Pakel, Shephard, Sheppard and Engle (2021), Fitting
    vast dimensional time-varying covariance models, section 2.

    Examples
    --------
    >>> DCC(recursion="aielli")
    DCC(recursion='aielli', likelihood='full')
    """

    recursion: Literal["engle", "aielli"] = "engle"
    likelihood: Literal["full", "composite"] = "full"

    def __post_init__(self) -> None:
        _checks.one_of("recursion", self.recursion, ("engle", "aielli"))
        _checks.one_of("likelihood", self.likelihood, ("full", "composite"))

    @one_blas_thread()
    def fit(self, panel: pd.DataFrame) -> CorrelationFit:
        """Estimate by maximum likelihood on standardised innovations (T, N).

        Raises
        ------
        InputError
            If the panel holds a blank, an asset that does not move or is not standardised, or
            assets that others explain wholly.
        InsufficientDataError
            If there are fewer than 100 dates, or not more than assets.
        ConvergenceError
            If the optimiser does not come to rest; `best` carries the best fit.
        """
        sample = _panel.standardised(panel, _MINIMUM, "DCC")
        z = sample.to_numpy()
        _matrices.correlation("panel", _matrices.rescaled(z.T @ z), list(sample.columns))
        found = climb(self._of(sample).total)
        diagnostics = FitDiagnostics(
            converged=found.converged,
            iterations=found.iterations,
            message=found.message,
            on_bound=found.on_bound,
            zero_share=float(np.mean(z == 0.0)),
            modes=found.modes,
        )
        fit = filtered(self, {"a": found.a, "b": found.b}, sample, diagnostics, estimated=True)
        if not found.converged:
            raise ConvergenceError(
                f"fit: expected {self!r} to converge on {len(sample)} dates, got "
                f"{found.message!r} [at {_checks.stamp(fit.as_of)}]; lengthen the history or use "
                "CCC",
                best=fit,
            )
        return fit

    def _of(self, sample: pd.DataFrame) -> CorrelationLikelihood:
        news: Literal["row", "rescaled"] = "row" if self.recursion == "engle" else "rescaled"
        return CorrelationLikelihood(sample.to_numpy(), news, self.likelihood == "composite")

    def _opening(
        self, params: Mapping[str, float], sample: pd.DataFrame
    ) -> tuple[MatrixRecursion, Matrix]:
        a = _checks.nonnegative("a", params["a"])
        b = _checks.nonnegative("b", params["b"])
        if a + b >= 1.0:
            raise InputError(
                f"params: expected a + b below 1, got {a:g} + {b:g}; for no return to a target use "
                "EWMACovariance"
            )
        recursion = self._of(sample).recursion(a, b)
        return recursion, recursion.target

    def _loglikelihood(self, params: Mapping[str, float], sample: pd.DataFrame) -> float:
        return self._of(sample).total(params["a"], params["b"])

    @one_blas_thread()
    def _covariance(self, fit: CorrelationFit, kind: CovarianceKind) -> Matrix:
        if self.likelihood == "composite" and kind != "robust":
            raise InputError(
                f"kind: expected 'robust' for a composite likelihood, got {kind!r}; its Hessian is "
                "not its information"
            )
        held = fit.diagnostics.on_bound
        free = tuple(
            i
            for i, name in enumerate(("a", "b"))
            if name not in held and not (name == "b" and "persistence" in held)
        )
        return covariance(self._of(fit.panel), fit.params["a"], fit.params["b"], free, kind)

    def _sigma(self, state: Matrix) -> Matrix:
        return np.ones(len(state))
