"""Gaussian copula."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from quant import _checks
from quant.dependence._blas import one_blas_thread
from quant.dependence._copula import (
    EllipticalCopulaFit,
    Estimator,
    from_kendall,
    uniforms_of,
)
from quant.dependence._elliptical import GaussianShape
from quant.dependence.base import Margins
from quant.volatility.base import FitDiagnostics

__all__ = ["GaussianCopula"]


@dataclass(frozen=True, slots=True)
class GaussianCopula:
    r"""The dependence of a multivariate normal law, whatever the margins.

    .. math:: C(u) = \Phi_R(\Phi^{-1}(u_1), \dots, \Phi^{-1}(u_N))

    Parameters
    ----------
    estimator : {"scores", "kendall"}
        Correlation of the normal scores, or sin(pi tau / 2) of Kendall's tau, which heeds outliers
        less but need not be positive definite, and is refused where it is not.
    margins : {"ranks", "uniforms"}
        Turn observations into rank / (T + 1), or take probability integral transforms as given.

    Raises
    ------
    InputError
        If a field is none of these.

    Notes
    -----
    Its tail dependence is zero: far out, assets part. Observations tied at one value, such as zero
    returns, share their mean rank.

    References
    ----------
    McNeil, Frey and Embrechts (2015), Quantitative Risk Management, sections 7.1 and 7.5.

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.random.default_rng(7).standard_normal((500, 2)) @ [[1.0, 0.6], [0.0, 0.8]]
    >>> fit = GaussianCopula().fit(pd.DataFrame(draws**3, columns=["BTC", "ETH"]))
    >>> f"{fit.correlation.loc['BTC', 'ETH']:.3f}"
    '0.618'
    """

    estimator: Estimator = "scores"
    margins: Margins = "ranks"

    def __post_init__(self) -> None:
        _checks.one_of("estimator", self.estimator, ("scores", "kendall"))
        _checks.one_of("margins", self.margins, ("ranks", "uniforms"))

    @one_blas_thread()
    def fit(self, panel: pd.DataFrame) -> EllipticalCopulaFit:
        """Estimate on observations (T, N), at least 20 dates, best without volatility clustering.

        Raises
        ------
        InputError
            If the panel holds a blank or an asset that does not move, or the correlation is not
            positive definite.
        """
        sample, uniforms = uniforms_of(panel, self.margins, "GaussianCopula")
        assets = tuple(sample.columns)
        law = GaussianShape()
        scores = law.scores(uniforms)
        if self.estimator == "kendall":
            matrix = from_kendall(uniforms, assets)
        else:
            matrix = law.correlation_of(scores, assets)
        return EllipticalCopulaFit(
            spec=self,
            assets=assets,
            law=law,
            matrix=matrix,
            loglikelihood=float(law.copula_logpdf(scores, matrix).sum()),
            diagnostics=FitDiagnostics(),
            as_of=sample.index[-1],
        )
